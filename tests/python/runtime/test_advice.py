"""The commonest mistakes are answered with the next step, in either language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub.errors import InputError
from tfhub.runtime.coercion import Frame

IMAGES = tf.TensorSpec([None, 16, 12, 3], tf.float32)


class Model(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def __call__(self, x: Any) -> Any:
        return tf.reduce_sum(x, 1)

    @tf.function(input_signature=[IMAGES])
    def look(self, images: Any) -> Any:
        return {"default": tf.reduce_mean(images, [1, 2])}

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 3], tf.float32),
            tf.TensorSpec([None], tf.int64),
        ]
    )
    def pair(self, apples: Any, oranges: Any) -> Any:
        return {"default": apples, "dogs": oranges}

    @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32)])
    def one(self, x: Any) -> Any:
        return {"default": x}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = Model()
    path = tmp_path_factory.mktemp("advice") / "model"
    signatures = {"look": made.look, "pair": made.pair, "one": made.one}
    tf.saved_model.save(made, str(path), signatures)
    return hub.load(path)


numbers = pd.DataFrame({"a": [1.0, 2], "b": [3.0, 4], "c": [5.0, 6]})
fruit = {"apples": np.ones([2, 3]), "oranges": [1, 2]}
images = np.ones([2, 16, 12, 3])

# What is given to a signature, or to the call, and what is said in Python and in R.
MISTAKES: dict[str, tuple[str | None, Any, str, str]] = {
    "one row": (
        None,
        np.ones(3),
        "One row is a batch of 1: x[:1] keeps it so where",
        "x[1, , drop = FALSE] keeps it so where it is taken from several, "
        "matrix(x, nrow = 1) makes it so.",
    ),
    "a column": ("one", np.ones(3), "np.expand_dims(x, 1)", "matrix(x) makes it a col"),
    "one image": (
        "look",
        images[0],
        "np.expand_dims(x, 0) makes it so.",
        "One image is a batch of 1: x[1, , , , drop = FALSE] keeps it so where it is "
        "taken from several, array(x, c(1, dim(x))) makes it so.",
    ),
    "a path": (
        "look",
        "photo.jpg",
        "Read them: hub.read_images(x, size=(16, 12)).",
        "Read them: hub_read_images(x, size = c(16, 12)).",
    ),
    "paths": ("look", ["a.png", "b.png"], "hub.read_images(x", "hub_read_images(x"),
    "images of different sizes": (
        "look",
        [images[0], images[0], np.ones([8, 9, 3])],
        "x[0] is 16 x 12, x[2] is 8 x 9. Read their files in one size",
        "x[[1]] is 16 x 12, x[[3]] is 8 x 9. Read their files in one size, "
        "hub_read_images(paths, size = c(16, 12)), or resize each: "
        "tf$image$resize(x, c(16L, 12L)).",
    ),
    "images of another size": (
        "look",
        images[:, :8],
        "are 8 x 12 pixels (height x width), and 16 x 12 are expected.",
        "hub_read_images(paths, size = c(16, 12))",
    ),
    "images of grey": ("look", images[..., :1], "have 1 channel, and 3", "1 is grey"),
    "a column of text": (
        None,
        numbers.assign(kind=["x", "y"]),
        "The column kind holds text, and numbers are expected (float32). Make numbers "
        "of it, or leave it out: x[['a', 'b', 'c']].",
        "The column kind holds text, or a factor, and numbers are expected (float32). "
        'Make numbers of it, or leave it out: x[c("a", "b", "c")].',
    ),
    "columns of text alone": (
        None,
        pd.DataFrame({"k": ["x"], "l": ["y"]}),
        "The columns k, l hold text",
        "Make numbers of it, or leave it out.",
    ),
    "a column too many": (
        None,
        numbers.assign(y=[0, 1]),
        "It has 4 columns, a, b, c, y, and 3 are expected. Choose those that the model "
        "takes, such as x[['a', 'b', 'c']].",
        'such as x[c("a", "b", "c")].',
    ),
    "a column too few": (None, numbers[["a"]], "It has 1 column, a, and 3", "are exp"),
    "a matrix too wide": (None, np.ones([2, 4]), "such as x[:, :3].", "as x[, 1:3]."),
    "text for numbers": (None, [["1", "2", "3"]], "np.asarray(x, float)", "as.numeric"),
    "an input too many": (
        "pair",
        {**fruit, "pears": [1, 2]},
        "Leave out pears: {name: x[name] for name in ['apples', 'oranges']}.",
        'Leave out pears: x[c("apples", "oranges")].',
    ),
    "an input too few": (
        "pair",
        {"apples": 1},
        "by its name: {'apples': ..., 'oranges': ...}.",
        "by its name: list(apples = ..., oranges = ...).",
    ),
    "inputs without names": ("pair", np.ones([2, 3]), "Give each by its name: {", "li"),
    "no whole numbers": (
        "pair",
        {**fruit, "oranges": np.array([1.5, 2.0])},
        "Whole numbers are expected: np.round(x)",
        "Whole numbers are expected: round(x)",
    ),
    "something else": ("pair", {**fruit, "apples": object()}, "Bring what", "Bring wh"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("way", ["call", "predict"])
def test_a_common_mistake(model: Any, mistake: str, way: str) -> None:
    signature, given, python, r = MISTAKES[mistake]
    if way == "predict" and mistake in ("an input too few", "something else"):
        pytest.skip("it has no rows")
    call: Callable[..., Any] = model
    if way == "predict":
        call = lambda x, **kwargs: hub.predict(model, x, **kwargs)  # noqa: E731
    with pytest.raises(InputError) as caught:
        call(given, signature=signature)
    error = caught.value
    assert error.hint is not None
    assert python in error.hint
    assert r in (error.in_words("r")[1] or "")


@pytest.mark.parametrize("given", [np.ones([16, 12, 3]), "photo.jpg"])
def test_a_module_says_it_too(given: Any) -> None:
    def build() -> None:
        images = tf.compat.v1.placeholder(tf.float32, IMAGES.shape)
        hub.add_signature(inputs={"images": images}, outputs=images)

    module = hub.Module(hub.create_module_spec(build))
    with pytest.raises(InputError) as caught:
        module(given)
    hint = caught.value.in_words("r")[1] or ""
    assert "array(x, c(1, dim(x)))" in hint or "hub_read_images(x, " in hint


def test_r_gives_a_frame_of_its_own(model: Any) -> None:
    frame = Frame(a=np.ones(2), k=np.array(["x", "y"], object))
    with pytest.raises(InputError) as caught:
        model(frame)
    assert "column k holds text" in (caught.value.hint or "")


def test_hostile_names_are_harmless(model: Any) -> None:
    frame = numbers.assign(**{"\x1b[2J'); q('no": ["x", "y"]})
    with pytest.raises(InputError) as caught:
        model(frame)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 2000
