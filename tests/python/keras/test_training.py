"""Weights, freezing, training=, losses and precision."""

from __future__ import annotations

from typing import Any

import pytest

import tfhub as hub
from tfhub.runtime.tf import np, tf

X = np.arange(8, dtype=np.float32).reshape(2, 4)
Y = np.ones([2, 3], np.float32)


def values(variables: list[Any]) -> list[Any]:
    return [np.asarray(v.numpy()) for v in variables]


def test_weights_appear_once(layer: Any, keras: Any, models: dict[str, str]) -> None:
    made = layer(models["dense"], trainable=True, name="hub")
    model = keras.Sequential([keras.Input([4]), made, keras.layers.Dense(1)])
    assert [w.shape for w in made.weights] == [(4, 3), (4,)]
    assert len(model.weights) == 4
    assert len(model.trainable_weights) == 3
    assert model.count_params() == 12 + 4 + 4
    lines: list[str] = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    assert any(
        "KerasLayer" in line and "16" in line for line in lines[0].split("\n") + lines
    )


def test_get_and_set_weights_reach_the_model(
    layer: Any, models: dict[str, str]
) -> None:
    made = layer(models["dense"])
    kernel, mean = made.get_weights()
    made.set_weights([2 * kernel, mean])
    np.testing.assert_allclose(made(X), 2 * X @ kernel, rtol=1e-5, atol=1e-6)
    loaded = made.resolved_object
    np.testing.assert_allclose(loaded(X, training=False), made(X))


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_optimizers_train_it(
    layer: Any, keras: Any, models: dict[str, str], name: str
) -> None:
    model = keras.Sequential([layer(models["dense"], trainable=True, input_shape=[4])])
    optimizer = getattr(keras.optimizers, name)(0.01)
    model.compile(optimizer, "mse")
    history = model.fit(X, Y, epochs=3, verbose=0).history["loss"]
    assert history[2] < history[0]


def test_freezing_and_unfreezing(
    layer: Any, keras: Any, models: dict[str, str]
) -> None:
    made = layer(models["dense"])
    assert made.trainable_weights == []
    assert len(made.non_trainable_weights) == 2
    made.trainable = True
    assert [tuple(w.shape) for w in made.trainable_weights] == [(4, 3)]
    model = keras.Sequential([keras.Input([4]), made])
    made.trainable = False
    model.compile("sgd", "mse")
    before = made.get_weights()
    with tf.device("cpu"):
        model.evaluate(X, Y, verbose=0)
    head = keras.Sequential([keras.Input([4]), made, keras.layers.Dense(1)])
    head.compile("sgd", "mse")
    head.fit(X, np.ones([2, 1]), verbose=0)
    for old, new in zip(before, made.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_training_reaches_the_model_while_trainable(
    layer: Any, models: dict[str, str]
) -> None:
    made = layer(models["dense"], trainable=True)
    made(X)
    made(X, training=False)
    assert made.get_weights()[1].tolist() == [0, 0, 0, 0]
    made(X, training=True)
    assert made.get_weights()[1].tolist() == [1.0, 1.5, 2.0, 2.5]
    made.trainable = False
    made(X, training=True)
    assert made.get_weights()[1].tolist() == [1.0, 1.5, 2.0, 2.5]
    made.trainable = True
    made(X, training=tf.constant(True))
    assert made.get_weights()[1].tolist() == [1.5, 2.25, 3.0, 3.75]


def test_fit_updates_what_training_updates(
    layer: Any, keras: Any, models: dict[str, str]
) -> None:
    made = layer(models["dense"], trainable=True, input_shape=[4])
    model = keras.Sequential([made, keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    model.fit(X, np.ones([2, 1]), verbose=0)
    assert made.get_weights()[1].tolist() == [1.0, 1.5, 2.0, 2.5]


def test_losses_count_once_while_trainable(
    layer: Any, keras: Any, models: dict[str, str]
) -> None:
    made = layer(models["dense"], trainable=True)
    expected = 0.1 * np.sum(made.get_weights()[0] ** 2)
    assert [float(loss) for loss in made.losses] == pytest.approx([expected])
    x, z = keras.Input([4]), keras.Input([4])
    model = keras.Model([x, z], keras.layers.Add()([made(x), made(z)]))
    assert sum(map(float, model.losses)) == pytest.approx(expected)
    made.trainable = False
    assert sum(map(float, model.losses)) == 0.0


def test_losses_are_trained(layer: Any, keras: Any, models: dict[str, str]) -> None:
    model = keras.Sequential([layer(models["dense"], trainable=True, input_shape=[4])])
    model.compile(keras.optimizers.SGD(1.0), loss=None)
    kernel = model.get_weights()[0]
    with tf.GradientTape() as tape:
        total = tf.add_n(model.losses)
    (weight,) = model.trainable_weights
    variable = weight if isinstance(weight, tf.Variable) else weight.value
    gradient = tape.gradient(total, variable)
    np.testing.assert_allclose(gradient, 0.2 * kernel, rtol=1e-5)


def test_fits_like_a_tape(layer: Any, keras: Any, models: dict[str, str]) -> None:
    """Two steps of SGD in Keras are those of a tape on the loaded object."""
    model = keras.Sequential([layer(models["dense"], trainable=True, input_shape=[4])])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    history = model.fit(X, Y, batch_size=2, epochs=3, shuffle=False, verbose=0)
    loaded, losses = hub.load(models["dense"]), []
    for _ in range(3):
        with tf.GradientTape() as tape:
            error = tf.reduce_mean((loaded(X, training=True) - Y) ** 2)
            total = error + loaded.regularization_losses[0]()
        losses.append(float(total))
        (variable,) = loaded.trainable_variables
        variable.assign_sub(0.01 * tape.gradient(total, variable))
    assert history.history["loss"] == pytest.approx(losses, rel=1e-5)


def test_mixed_precision(layer: Any, keras: Any, models: dict[str, str]) -> None:
    x = keras.Input([4], dtype="float16")
    made = layer(models["dense"], trainable=True, dtype="mixed_float16")
    y = keras.layers.Dense(3, dtype="mixed_float16")(made(x))
    model = keras.Model(x, y)
    assert {w.dtype for w in made.weights} <= {"float32", tf.float32}
    model.compile("sgd", "mse")
    before = made.get_weights()[0].copy()
    model.fit(X, Y, verbose=0)
    assert np.abs(made.get_weights()[0] - before).max() > 0


def test_trains_a_signature(layer: Any, keras: Any, models: dict[str, str]) -> None:
    made = layer(models["dense"], trainable=True, signature="kernel", output_key="rows")
    model = keras.Sequential([keras.Input([4]), made])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    kernel = made.get_weights()[0]
    model.fit(X, Y, verbose=0)
    step = 0.01 * (2 / 6 * X.T @ (X @ kernel - Y) + 0.2 * kernel)
    np.testing.assert_allclose(made.get_weights()[0], kernel - step, rtol=1e-4)


def test_a_plain_saved_module_tells_its_weights(layer: Any, fruit: Any) -> None:
    """It has no lists of variables, as `tf.Module` does not save them."""
    made = layer(fruit, trainable=True)
    assert [w.shape for w in made.trainable_weights] == [()]
    assert [tuple(w.shape) for w in made.non_trainable_weights] == [(2,)]
