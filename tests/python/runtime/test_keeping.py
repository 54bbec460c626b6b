from __future__ import annotations

import gc
import operator
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow
from tensorflow.python.framework import convert_to_constants

import tfhub as hub

tf: Any = tensorflow
SPEC = tf.TensorSpec([None, 1], tf.float32)
X = np.ones([2, 1], "float32")


class Encoder(tf.Module):
    def __init__(self, bias: Any) -> None:
        super().__init__()
        self.bias = bias
        self.kernel = tf.Variable([[2.0]])

    @tf.function(input_signature=[SPEC])
    def encode(self, x: Any) -> Any:
        return x @ self.kernel + self.bias


class Model(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bias = tf.Variable([4.0])
        self.encoder = Encoder(self.bias)
        self.by_name = {"encoder": Encoder(self.bias)}
        self.functions = [tf.function(self.__call__, input_signature=[SPEC])]
        self.regularization_losses = [
            tf.function(lambda: tf.reduce_sum(self.bias), input_signature=[])
        ]

    @tf.function(input_signature=[SPEC])
    def __call__(self, x: Any) -> Any:
        return self.encoder.encode(x)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("keeping") / "model")
    model = Model()
    tf.saved_model.save(model, folder, signatures=model.__call__)
    return folder


@pytest.mark.parametrize(
    "get",
    [
        lambda m: m.signatures["serving_default"],
        lambda m: m.signatures,
        lambda m: m.__call__,
        lambda m: m.__call__.concrete_functions[0],
        lambda m: m.__call__.get_concrete_function(SPEC),
        lambda m: m.__call__.get_concrete_function(tf.TensorSpec([2, 1], tf.float32)),
        lambda m: m.encoder.encode,
        lambda m: m.encoder,
        lambda m: m.by_name["encoder"].encode,
        lambda m: m.functions[0],
    ],
)
def test_what_comes_out_of_a_model_keeps_it(
    path: str, get: Callable[[Any], Any]
) -> None:
    function = get(hub.load(path))
    gc.collect()
    if isinstance(function, type(hub.load(path).signatures)):
        function = function["serving_default"]
    elif not callable(function):
        function = function.encode
    with tf.GradientTape() as tape:
        (y,) = tf.nest.flatten(function(tf.constant(X)))
    np.testing.assert_array_equal(y, [[6], [6]])
    kernel, bias = sorted(tape.watched_variables(), key=lambda v: -v.shape.rank)
    gradients = [g.numpy().tolist() for g in tape.gradient(y, [kernel, bias])]
    assert gradients == [[[2]], [2]]
    concrete = function
    if not hasattr(function, "inputs"):
        concrete = function.get_concrete_function(SPEC)
    assert len(concrete.variables) == 2
    frozen = convert_to_constants.convert_variables_to_constants_v2(concrete)
    y = tf.nest.flatten(frozen(tf.constant(X)))[0]
    np.testing.assert_array_equal(y, [[6], [6]])


def test_a_regularization_loss_keeps_it(path: str) -> None:
    (loss,) = hub.load(path).regularization_losses
    with tf.GradientTape() as tape:
        assert float(loss()) == 4
    assert len(tape.watched_variables()) == 1


def test_a_table_lives_as_long_as_a_function_that_uses_it(tmp_path: Path) -> None:
    class Table(tf.saved_model.experimental.TrackableResource):  # type: ignore[misc]
        def _create_resource(self) -> Any:
            return tf.raw_ops.MutableHashTableV2(
                key_dtype=tf.string, value_dtype=tf.int64, shared_name="of_a_test"
            )

        def _initialize(self) -> None:
            tf.raw_ops.LookupTableImportV2(
                table_handle=self.resource_handle,
                keys=["a"], values=tf.constant([5], tf.int64),
            )  # fmt: skip

        def _destroy_resource(self) -> None:
            tf.raw_ops.DestroyResourceOp(resource=self.resource_handle)

    model = tf.Module()
    model.table = Table()
    model.find = tf.function(
        lambda x: tf.raw_ops.LookupTableFindV2(
            table_handle=model.table.resource_handle, keys=x,
            default_value=tf.constant(-1, tf.int64),
        ),
        input_signature=[tf.TensorSpec([None], tf.string)],
    )  # fmt: skip
    tf.saved_model.save(model, str(tmp_path / "model"))
    find = hub.load(tmp_path / "model").find
    gc.collect()
    assert find(tf.constant(["a", "b"])).numpy().tolist() == [5, -1]


def test_nothing_is_kept_for_longer(path: str) -> None:
    gc.collect()
    gc.disable()  # by counting references alone
    try:
        model = hub.load(path)
        bias = weakref.ref(model.bias)
        model(X)
        model.signatures["serving_default"](tf.constant(X))
        function = model.encoder.encode
        del model
        assert bias() is not None
        del function
        assert bias() is None
    finally:
        gc.enable()


def test_it_is_saved_again_as_it_was(path: str, tmp_path: Path) -> None:
    model = hub.load(path)
    tf.saved_model.save(model, str(tmp_path / "again"), model.signatures)
    again = hub.load(tmp_path / "again")
    for name in ("__call__", "encoder.encode"):
        old, new = (operator.attrgetter(name)(m) for m in (model, again))
        np.testing.assert_array_equal(new(tf.constant(X)), old(tf.constant(X)))
