"""An image module that is given 0 to 255 in place of 0 to 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub import words
from tfhub.runtime import unit_values

BYTES = np.full([2, 4, 4, 3], 200.0)


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_values, "_noted", set())


def module(path: Path, *, says: bool) -> str:
    def build() -> None:
        images = tf.compat.v1.placeholder(tf.float32, [None, 4, 4, 3])
        if says:
            size = {"height": 4, "width": 4}
            info = hub.ImageModuleInfo(default_image_size=size)
            hub.attach_image_module_info(info)
        hub.add_signature(inputs={"images": images}, outputs=images)

    return hub.create_module_spec(build).export(str(path))


@pytest.mark.parametrize("opened", [hub.load, hub.Module])
def test_it_is_noted_once(
    tmp_path: Path, opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    handle = module(tmp_path / "module", says=True)
    images = opened(handle)
    images(BYTES / 255)
    images(BYTES - 250)
    images(np.zeros([0, 4, 4, 3]))
    assert caplog.messages == []
    images(BYTES)
    images(BYTES)
    opened(handle)(BYTES)
    [said] = caplog.messages
    assert said == (
        f"{handle} takes images with values from 0 to 1, and was given values up to "
        "255. Divide them, x / 255, or read the files by hub.read_images(), which does."
    )


def test_it_is_noted_in_r_s_words(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(words, "_spoken", "r")
    hub.predict(hub.load(module(tmp_path / "module", says=True)), BYTES)
    assert caplog.messages[0].endswith(
        "read the files by hub_read_images(), which does."
    )


@pytest.mark.parametrize("opened", [hub.load, hub.Module])
def test_a_module_that_does_not_say_takes_what_it_takes(
    tmp_path: Path, opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    opened(module(tmp_path / "module", says=False))(BYTES)
    assert caplog.messages == []
