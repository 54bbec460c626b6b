from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import pytest
import tensorflow as tf

from tfhub.migrating.names import is_only_tf1, tensorflow
from tfhub.migrating.tf1_names import ONLY_TF1

# Of what TensorFlow has in places of its own, and Keras.
OTHERS = {"compat", "estimator", "experimental", "keras", "tools"}


def missing(old: Any, new: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    for name in dir(old):
        if name.startswith("_") or (not path and name in OTHERS):
            continue
        full = f"{path}.{name}" if path else name
        if not hasattr(new, name):
            yield full
        elif depth < 2 and is_part(getattr(old, name)):
            yield from missing(getattr(old, name), getattr(new, name), full, depth + 1)


def is_part(value: Any) -> bool:
    return isinstance(value, types.ModuleType) and "tensorflow" in value.__name__


@pytest.mark.skipif(
    not tf.__version__.startswith("2.21"), reason="the table is that of 2.21"
)
def test_the_table_is_what_tensorflow_2_does_not_have() -> None:
    assert set(missing(tf.compat.v1, tf)) - ONLY_TF1 == set()
    assert [name for name in ONLY_TF1 if attrgetter_or_none(name) is not None] == []


def attrgetter_or_none(name: str) -> Any:
    found: Any = tf
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def test_names_in_parts_that_are_gone() -> None:
    assert is_only_tf1("layers.dense")
    assert is_only_tf1("contrib.x.y")
    assert not is_only_tf1("nn.relu")
    assert not is_only_tf1("layer.dense")
    assert tensorflow("tensorflow.compat.v1.Session") == "Session"
    assert tensorflow("tensorflow") is None
    assert tensorflow("tensorflow_text.Session") is None
