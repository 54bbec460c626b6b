"""A module as a function from values to values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..runtime.tf import tf
from . import importing, tensors
from .module import Module
from .spec import as_module_spec


@contextmanager
def eval_function_for_module(
    spec: Any, tags: Any = None
) -> Iterator[Callable[..., Any]]:
    """Gives a function that applies a module, in a graph of its own.

    ```python
    with hub.eval_function_for_module("https://example.com/text/1") as f:
        vectors = f(["one text", "another"])  # an array
    ```

    Args:
      spec: A handle, or a ModuleSpec.
      tags: The graph variant; None is the one without tags.

    Yields:
      A function `f(inputs=None, signature=None, as_dict=None)`, which takes and gives
      numpy arrays (SparseTensorValues, RaggedTensorValues) as `Module.__call__` takes
      and gives tensors.

    Raises:
      HubError: As `hub.Module()` does.
    """
    v1 = tf.compat.v1
    spec = as_module_spec(spec)
    with tf.Graph().as_default() as graph:
        module = Module(spec, tags=tags)
        placeholders, outputs = {}, {}
        for name in module.get_signature_names():
            placeholders[name] = {
                key: _placeholder(info.type_spec)
                for key, info in module.get_input_info_dict(name).items()
            }
            outputs[name] = module(placeholders[name], signature=name, as_dict=True)
        initializers = [v1.global_variables_initializer(), v1.tables_initializer()]
        graph.finalize()

    def evaluate(
        inputs: Any = None, signature: str | None = None, as_dict: bool | None = None
    ) -> Any:
        name = signature or "default"
        infos = module.get_input_info_dict(name)
        named = tensors.by_name(inputs, infos)
        fed = {placeholders[name][key]: value for key, value in named.items()}
        return session.run(tensors.choose(outputs[name], as_dict), fed)

    # Not `with session`, whose graph would be the default one where this is used.
    session = importing.session(graph)
    try:
        session.run(initializers)
        yield evaluate
    finally:
        session.close()


def _placeholder(spec: Any) -> Any:
    v1 = tf.compat.v1
    if isinstance(spec, tf.SparseTensorSpec):
        return v1.sparse_placeholder(spec.dtype, spec.shape)
    if isinstance(spec, tf.RaggedTensorSpec):
        return v1.ragged.placeholder(
            spec.dtype, spec.ragged_rank, spec.shape[spec.ragged_rank + 1 :]
        )
    return v1.placeholder(spec.dtype, spec.shape)
