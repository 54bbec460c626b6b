"""Arguments that a function does not have, or lacks, are said by their names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub.errors import InputError
from tfhub.testing import save_fruit_model


class Table(tf.Module):
    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.int64),
            tf.TensorSpec([None], tf.string),
        ]
    )
    def put(self, id: Any, name: Any) -> Any:
        return tf.strings.join([tf.strings.as_string(id), name])


@pytest.fixture(scope="module")
def fruit(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return hub.load(save_fruit_model(tmp_path_factory.mktemp("arguments") / "fruit"))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = str(tmp_path_factory.mktemp("arguments") / "table")
    tf.saved_model.save(Table(), path)
    return hub.load(path)


apples = np.ones([1, 3])
CALLS = {
    "a misspelt name": ({"traning": True}, (apples,), "did you mean training?"),
    "a misspelt word of ours": ({"as_dicts": 1}, (apples,), "did you mean as_dict?"),
    "another name": (
        {"rate": 0.1},
        (apples,),
        "There is no argument rate, only x, training. The input needs no name.",
    ),
    "a strange value": (
        {"training": "yes"},
        (apples,),
        "Give training a value that is expected.",
    ),
    "too many": ({}, (apples, True, 1), "It takes 2 arguments: x, training."),
}


@pytest.mark.parametrize("call", CALLS)
def test_of_the_call(fruit: Any, call: str) -> None:
    kwargs, args, hint = CALLS[call]
    from tfhub.runtime.signatures import apply

    with pytest.raises(InputError) as caught:
        apply(fruit, args, kwargs)
    assert hint in (caught.value.hint or "")


def test_of_a_function(table: Any) -> None:
    from tfhub.runtime.signatures import apply

    def hint(*args: Any, **kwargs: Any) -> str:
        with pytest.raises(InputError) as caught:
            apply(table, args, kwargs, function="put")
        return caught.value.in_words("r")[1] or ""

    frame = pd.DataFrame({"id": [1], "name": ["a"]})
    assert hint(id=[1]) == "Give name, too."
    assert hint([1]) == "Give name, too."
    assert "as an argument of its own: id = x$id, ..." in hint(frame)
    assert "no argument nam; did you mean name?" in hint([1], nam=["a"])


def test_rows_that_differ_are_counted(fruit: Any) -> None:
    given = {"apples": np.ones([2, 3]), "oranges": [1, 2, 3]}
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        fruit(given, signature="fruit_to_pet")
    assert isinstance(caught.value, InputError)
    assert "Incompatible shapes: [3] vs. [2]" in caught.value.message
    assert "mostly the batch: apples 2, oranges 3." in (caught.value.hint or "")


def test_options_are_of_their_type(tmp_path: Any) -> None:
    from tfhub.runtime.bridge import load_options

    path = save_fruit_model(tmp_path / "fruit")
    with pytest.raises(
        InputError, match="of the type float, not tf.saved_model.LoadOptions"
    ):
        hub.load(path, options=3.0)
    with pytest.raises(InputError) as caught:
        load_options({"foo": 1})
    words, hint = caught.value.in_words("r")
    assert "tf$saved_model$LoadOptions has no argument foo" in words
    assert "experimental_io_device" in (hint or "")
