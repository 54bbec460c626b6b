"""The undocumented names are where they are looked for, and do what they are for."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from tfhub.keras import private
from tfhub.runtime.tf import np, tf


def test_a_graph_for_xla() -> None:
    seen = []

    def probe(x: Any) -> Any:
        seen.append(private.is_compiled())
        return x

    for compiled in (True, False):
        tf.function(tf.function(probe), jit_compile=compiled)(tf.zeros([]))
    assert seen == [True, False]


def test_safe_mode(keras: Any) -> None:
    seen = []

    class Probe(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            seen.append(private.in_safe_mode(keras))

    config = keras.saving.serialize_keras_object(Probe())
    with keras.saving.custom_object_scope({"Probe": Probe}):
        for safe_mode in (True, False):
            keras.saving.deserialize_keras_object(config, safe_mode=safe_mode)
    keras.models.clone_model(keras.Sequential([keras.Input([1]), Probe()]))
    assert seen == [None, True, False, None, None]


def test_a_keras_file_is_told_from_all_else(keras: Any, tmp_path: Path) -> None:
    seen = []

    class Probe(keras.layers.Layer):  # type: ignore[misc]
        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            seen.append(private.is_loading_file())
            return super().from_config(config)

    named = {"Probe": Probe}
    model = keras.Sequential([keras.Input([1]), Probe()])
    model.save(tmp_path / "m.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(tmp_path / "m.h5")
    keras.models.load_model(tmp_path / "m.keras", custom_objects=named)
    keras.models.load_model(tmp_path / "m.h5", custom_objects=named)
    keras.models.model_from_json(model.to_json(), custom_objects=named)
    keras.Sequential.from_config(model.get_config(), custom_objects=named)
    keras.models.clone_model(model)
    assert seen == [True, False, False, False, False]
    assert not private.is_loading_file()


def test_the_layer_keeps_its_registered_name(layer: Any, keras: Any) -> None:
    assert keras.saving.get_registered_name(layer) == "tfhub>KerasLayer"
    found = keras.saving.get_registered_object("tfhub>KerasLayer")
    assert found is not layer
    assert issubclass(found, layer)
    assert keras.saving.get_registered_object("KerasLayer") is None


def test_inputs_come_as_they_are(keras: Any, is_keras3: bool) -> None:
    if not is_keras3:
        return
    seen = []

    class Probe(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            private.take_any_input(self)

        def call(self, x: Any) -> Any:
            seen.append(x)
            return tf.zeros([1])

    Probe()(["text"])
    Probe()(np.ones(1, np.float64))
    assert seen[0] == ["text"]
    assert seen[1].dtype == np.float64


def test_a_weight_is_the_variable(keras: Any, is_keras3: bool) -> None:
    layer, variable = keras.layers.Layer(), tf.Variable([1.0, 2.0], name="a/b")
    fixed = tf.Variable(1, trainable=False)
    if is_keras3:
        kind = private.variable_class(keras.Variable)
        private.track_variable(layer, kind(variable, True))
        private.track_variable(layer, kind(fixed, False))
        assert layer.weights[0].value is variable
        assert layer.weights[0].name == "a_b"
    else:
        private.add_weights(layer, [variable], [fixed])
        assert layer.weights[0] is variable
    layer.weights[0].assign([3.0, 4.0])
    assert variable.numpy().tolist() == [3.0, 4.0]
    assert len(layer.trainable_weights) == len(layer.non_trainable_weights) == 1
    layer.trainable = False
    assert len(layer.non_trainable_weights) == 2
