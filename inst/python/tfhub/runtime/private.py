"""The name of TensorFlow that applying a function needs, and that is not documented.

`tests/python/runtime/test_private.py` fails when it moves.
"""

from __future__ import annotations

from typing import Any

from .tf import tf


def call_flat(function: Any, tensors: list[Any]) -> Any:
    """Calls a ConcreteFunction with its tensors in the order of its inputs.

    The documented call matches Python arguments to the traced signature each time,
    which costs more than many a small model itself, and takes no input named `self`.
    This is what it ends in; it is also where TensorFlow puts the variables of the
    replica. In the scope of a strategy, and in none of its replicas, it puts what fails
    when it is run. A graph of its own is in no scope, so there a variable with copies
    gives the first.
    """
    captured = function.captured_inputs
    if tf.executing_eagerly() and tf.distribute.in_cross_replica_context():
        with tf.Graph().as_default():
            captured = [c.handle if isinstance(c, tf.Variable) else c for c in captured]
    return function._call_flat(tensors, captured)
