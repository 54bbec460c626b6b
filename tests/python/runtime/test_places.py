"""Where a model is read. `keras/test_distribution.py` has other machines."""

from __future__ import annotations

from tfhub.runtime import places
from tfhub.runtime.tf import tf


def test_alone_nothing_is_said() -> None:
    options = tf.saved_model.LoadOptions(allow_partial_checkpoint=True)
    assert places.read_here(None) is None
    assert places.read_here(options) is options


def test_what_is_said_stays() -> None:
    options = tf.saved_model.LoadOptions(experimental_io_device="/job:other")
    assert places.read_here(options) is options
