from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub.errors import InputError, OutputError

X = np.arange(210.0).reshape(70, 3)


@pytest.fixture(scope="module")
def model(fruit: Path) -> Any:
    return hub.load(fruit)


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lines.txt").write_text("one\ntwo\n")
    example = str(hub.predict.__doc__).partition("```python")[2].partition("```")[0]
    names = {"hub": hub, "tfhub": hub, "np": np, "tf": tf}
    exec(inspect.cleandoc(example), names)


@pytest.mark.parametrize("size", [1, 32, 69, 70, 1000])
def test_the_batches_do_not_show(model: Any, size: int) -> None:
    got = hub.predict(model, X, batch_size=size)
    np.testing.assert_allclose(got, model(X).numpy(), rtol=1e-6)
    assert type(got) is np.ndarray


def test_text_is_decoded(model: Any) -> None:
    words = ["a", "ü", "日本"] * 30
    got = hub.predict(model, words, signature="shout")
    assert got.tolist() == [word.upper() for word in words]


def test_all_outputs(model: Any) -> None:
    inputs = {"apples": X, "oranges": np.arange(70)}
    got = hub.predict(model, inputs, signature="fruit_to_pet", as_dict=True)
    assert list(got) == ["cats", "default", "dogs"]
    np.testing.assert_array_equal(got["dogs"], np.arange(70) + 1)


def test_a_data_frame(model: Any) -> None:
    frame = pd.DataFrame({"text": ["a", "b"] * 40})
    assert hub.predict(model, frame, signature="shout").tolist() == ["A", "B"] * 40


def test_no_rows(model: Any) -> None:
    assert hub.predict(model, np.zeros((0, 3))).shape == (0, 2)


def test_invalid_utf8_is_shown(model: Any) -> None:
    got = hub.predict(model, np.array([b"a\xff"], object), signature="shout")
    assert "a" in got[0].lower()


def test_an_error_speaks_of_the_whole_input(model: Any) -> None:
    with pytest.raises(InputError, match=r"given +\(float64\[70, 2\]\)"):
        hub.predict(model, X[:, :2])


@pytest.mark.parametrize("size", [0, -1, True])
def test_a_batch_size_that_is_none(model: Any, size: int) -> None:
    with pytest.raises(InputError, match="whole number of 1 or more"):
        hub.predict(model, X, batch_size=size)


def test_inputs_of_different_lengths(model: Any) -> None:
    inputs = {"apples": X, "oranges": [1, 2]}
    with pytest.raises(InputError, match="apples: 70, oranges: 2"):
        hub.predict(model, inputs, signature="fruit_to_pet")


def test_an_output_that_is_not_one_row_a_row(tmp_path: Path) -> None:
    module = tf.Module()
    spec = tf.TensorSpec([None], tf.float32)
    module.f = tf.function(lambda x: {"sum": tf.reduce_sum(x)}, input_signature=[spec])
    tf.saved_model.save(module, str(tmp_path), signatures={"f": module.f})
    model = hub.load(tmp_path)
    assert hub.predict(model, np.ones(30)) == 30
    with pytest.raises(OutputError, match=r"shape \[\] for a batch of 32 rows"):
        hub.predict(model, np.ones(70))


def test_ragged_outputs(tmp_path: Path) -> None:
    module = tf.Module()
    spec = tf.TensorSpec([None], tf.string)
    module.__call__ = tf.function(tf.strings.split, input_signature=[spec])
    tf.saved_model.save(module, str(tmp_path))
    got = hub.predict(hub.load(tmp_path), ["a b", "", "c"] * 20)
    assert [row.tolist() for row in got[:3]] == [["a", "b"], [], ["c"]]
    assert len(got) == 60
