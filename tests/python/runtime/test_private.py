"""The undocumented name is where it is looked for, and does what it is for."""

from __future__ import annotations

from tfhub.runtime.private import call_flat
from tfhub.runtime.tf import tf


def test_a_flat_call() -> None:
    variable = tf.Variable(3.0)
    function = tf.function(lambda x, y: {"z": variable * x["b"] - y + x["a"]})
    spec = tf.TensorSpec([])
    concrete = function.get_concrete_function({"b": spec, "a": spec}, spec)
    flat = [tf.constant(1.0), tf.constant(2.0), tf.constant(4.0)]  # a, b, y
    assert float(call_flat(concrete, flat)["z"]) == 3.0
    with tf.GradientTape() as tape:
        z = call_flat(concrete, flat)["z"]
    assert float(tape.gradient(z, variable)) == 2.0
