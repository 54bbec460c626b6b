"""What a layer says when something is wrong, and what kind of error it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub import words
from tfhub.errors import DependencyError, HubError, LayerError, OtherKerasError
from tfhub.keras import versions
from tfhub.runtime.tf import np, tf


@pytest.fixture
def nothing_callable(tmp_path: Path) -> str:
    module = tf.Module()
    module.v = tf.Variable(1.0)
    module.f = tf.function(lambda x: {"y": x * module.v})
    signature = module.f.get_concrete_function(tf.TensorSpec([None], name="x"))
    tf.saved_model.save(module, str(tmp_path / "m"), {"double": signature})
    return str(tmp_path / "m")


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"signature": "kernel"}, "either output_key or signature_outputs_as_dict"),
        (
            {
                "signature": "kernel",
                "output_key": "rows",
                "signature_outputs_as_dict": True,
            },
            "are both set",
        ),
        ({"signature_outputs_as_dict": True}, "only valid if specifying a signature"),
        ({"signature": "no", "output_key": "rows"}, "Signatures: kernel"),
    ],
)
def test_choices_that_do_not_fit(
    layer: Any, models: dict[str, str], choices: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        layer(models["dense"], **choices)
    assert isinstance(caught.value, HubError)


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ({"trainble": True}, "Did you mean trainable?"),
        ({"as_dict": True}, "Did you mean signature_outputs_as_dict?"),
        ({"foo": 3}, "It has: handle, trainable, arguments, tags"),
    ],
)
def test_an_argument_that_no_layer_has(
    layer: Any, models: dict[str, str], more: dict[str, Any], hint: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        layer(models["dense"], **more)
    assert isinstance(caught.value, LayerError)
    name = next(iter(more))
    said = f"A layer has no argument {name}, and Keras does not take it."
    assert caught.value.message == said
    assert hint in (caught.value.hint or "")


def test_what_keras_says_of_an_argument_stays(
    layer: Any, models: dict[str, str]
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        layer(models["dense"], dtype=3.5)
    assert not isinstance(caught.value, HubError)


def test_a_layer_speaks_the_language(layer: Any, models: dict[str, str]) -> None:
    made = layer(models["dense"], name="one")
    assert "KerasLayer 'one'; in models of the other Keras use hub." in repr(made)
    words.speak("r")
    try:
        assert repr(made).startswith("<layer_hub 'one'; to a model of the other Keras")
        assert "KerasLayer" not in repr(made)
    finally:
        words.speak("python")


def test_keras_writes_in_bold_and_its_codes_are_not_shown(
    layer: Any, models: dict[str, str]
) -> None:
    with pytest.raises(HubError) as caught:
        layer(models["dense"])(np.ones([2, 99]))
    assert "x1b" not in str(caught.value)
    assert "The inputs do not fit" in str(caught.value)


@pytest.mark.parametrize("more", [{"tags": ["serve"]}, {"load_options": object()}])
def test_a_callable_with_what_is_for_loading(layer: Any, more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="mutually exclusive"):
        layer(lambda x: x, **more)


def test_not_callable(layer: Any, nothing_callable: str) -> None:
    with pytest.raises(
        ValueError, match="Signature name has to be specified"
    ) as caught:
        layer(nothing_callable)
    assert "Signatures: double" in str(caught.value)
    made = layer(nothing_callable, trainable=True, signature="double", output_key="y")
    assert made(tf.ones([1])).numpy().tolist() == [1.0]
    assert len(made.trainable_weights) == 1


def test_output_key_that_is_missing(layer: Any, models: dict[str, str]) -> None:
    inputs = {"a": tf.ones([1, 2]), "b": tf.constant([1])}
    with pytest.raises(ValueError, match="available: pair, sum"):
        layer(models["nested"], output_key="none")(inputs)
    with pytest.raises(ValueError, match="output_key` is forbidden if output type"):
        layer(models["dense"], output_key="none")(tf.ones([1, 4]))


def test_losses_that_are_no_functions(layer: Any) -> None:
    module = tf.Module()
    module.regularization_losses = [tf.constant(1.0)]

    class Called(tf.Module):  # type: ignore[misc]
        regularization_losses = (tf.constant(1.0),)

        def __call__(self, x: Any) -> Any:
            return x

    with pytest.raises(ValueError, match="regularization_losses"):
        layer(Called())


def test_nothing_to_train(
    layer: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    module = tf.train.Checkpoint()
    module.__call__ = tf.function(
        lambda x: 2 * x, input_signature=[tf.TensorSpec([None])]
    )
    tf.saved_model.save(module, str(tmp_path / "m"))
    layer(tmp_path / "m")(tf.ones([1]))
    assert not caplog.messages
    made = layer(tmp_path / "m", trainable=True)
    for _ in range(2):
        made(tf.ones([1]))
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "zero trainable weights" in record.message
    assert f"{tmp_path}/m has nothing to train" in record.message


def test_config_of_a_callable(layer: Any) -> None:
    with pytest.raises(NotImplementedError, match="string handle"):
        layer(lambda x: x).get_config()


def test_config_with_arguments_not_for_json(layer: Any, fruit: Path) -> None:
    made = layer(fruit, arguments={"training": np.zeros(1)})
    with pytest.raises(ValueError, match="JSON"):
        made.get_config()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.ones([2, 3], np.float32), r"float32\[2, 3\]"),
        (np.ones([4], np.float32), r"float32\[4\]"),
        (tf.constant([["a"] * 4]), r"string\[1, 4\]"),
        ({"x": np.ones([2, 4])}, "x: float64"),
    ],
)
def test_inputs_that_do_not_fit(
    layer: Any, models: dict[str, str], given: Any, message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        layer(models["dense"])(given)
    assert "expected" in str(caught.value)
    assert "given" in str(caught.value)


def test_a_size_that_does_not_fit_after_one_that_did(
    layer: Any, models: dict[str, str]
) -> None:
    made = layer(models["dense"])
    made(tf.ones([2, 4]))
    with pytest.raises((TypeError, ValueError), match=r"float32\[2, 5\]"):
        made(tf.ones([2, 5]))


def test_an_error_within_a_function_is_of_its_type(
    layer: Any, models: dict[str, str]
) -> None:
    made = layer(models["dense"])
    for call in (made, hub.load(models["dense"])):
        with pytest.raises(HubError, match="expected"):
            tf.function(lambda x, call=call: call(x))(tf.ones([2, 3]))


def test_symbolic_inputs_that_do_not_fit(
    layer: Any, keras: Any, models: dict[str, str]
) -> None:
    with pytest.raises((TypeError, ValueError), match="expected"):
        layer(models["dense"])(keras.Input([3]))


def both(layer: Any) -> tuple[Any, Any]:
    names = {"keras3", "tf_keras"}
    (other,) = names - {"keras3" if layer.__module__.endswith("keras3") else "tf_keras"}
    try:
        return layer, getattr(hub, other).KerasLayer
    except HubError as error:
        pytest.skip(str(error))


def test_the_other_keras(layer: Any, models: dict[str, str]) -> None:
    own, other = both(layer)
    wanted = other._hub_name
    made = own(models["dense"])
    with pytest.raises((TypeError, ValueError), match=wanted):
        other._hub_keras.Sequential([made])
    with pytest.raises(OtherKerasError, match=wanted):
        made(other._hub_keras.Input([4]))


def test_a_keras_that_is_too_old(
    keras: Any, is_keras3: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_keras3:
        pytest.skip("There is no older Keras 2 that TensorFlow takes")
    monkeypatch.setattr(keras, "__version__", "3.4.1")
    with pytest.raises(DependencyError, match="pip install 'keras>=3.5'"):
        versions.keras3()


def test_no_such_model(layer: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        layer(tmp_path / "nothing")
