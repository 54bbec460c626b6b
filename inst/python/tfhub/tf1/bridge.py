"""What R asks of modules in the TF1 Hub format; see `runtime/bridge.py`."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

from ..errors import InputError
from ..formats.description import DEFAULT_SIGNATURES
from ..runtime.bridge import columns
from ..runtime.signatures import Source
from ..runtime.tf import tf
from . import creating
from .module import Module
from .spec import ModuleSpec


class RModule(Module):
    """A module that `apply()` and `predict()` of `runtime/bridge.py` take.

    They know a model by its signatures, and by how each takes its inputs.
    """

    @property
    def signatures(self) -> dict[str, Callable[..., Any]]:
        """The signatures as functions of the inputs that give all outputs."""
        return {
            name: functools.partial(self, signature=name, as_dict=True)
            for name in self.get_signature_names()
        }

    @property
    def _hub(self) -> Any:
        bound: Any = {
            name: functools.partial(self._apply, name)
            for name in self.get_signature_names()
        }
        return Source(self._spec.name, "", bound)

    def _apply(
        self,
        signature: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        as_dict: bool | None,
    ) -> Any:
        inputs = dict(kwargs)
        training = inputs.pop("training", None)
        if len(args) + bool(inputs) > 1:
            msg = (
                f"The signature {signature!r} of {self._spec.name} takes one argument."
            )
            hint = "Give several inputs by name, or all of them in one argument."
            raise InputError(msg, handle=self._spec.name, hint=hint)
        value = inputs or (args[0] if args else None)
        outputs = self.get_output_info_dict(signature)
        if as_dict or "default" in outputs or len(outputs) != 1:
            return self(value, signature, as_dict, training)
        (only,) = outputs
        return self(value, signature, True, training)[only]


def in_graph() -> bool:
    """Whether a module made now belongs to a graph."""
    with tf.init_scope():
        return not tf.executing_eagerly()


def create_module_spec(
    function: Callable[..., Any],
    name: str,
    tags: list[list[str]],
    drop_collections: list[str] | None,
) -> ModuleSpec:
    """`create_module_spec()` of a function of R, which knows the arguments.

    Args:
      function: Called with the number of the variant, from 0.
      name: What to call the function in messages.
      tags: Those of each variant.
      drop_collections: As for `create_module_spec()`.
    """

    def module_fn(variant: int) -> None:
        function(variant)

    module_fn.__name__ = name
    variants = [(each, {"variant": i}) for i, each in enumerate(tags)]
    return creating.create_module_spec(module_fn, variants, drop_collections)


@functools.cache
def allow_columns() -> None:
    """Makes TensorFlow's functions of feature columns callable from R.

    At the first call of a deprecated function TensorFlow logs the frame of Python that
    called it, and fails where there is none. So the first calls are made here; they
    fail for want of arguments.
    """
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        for space in (tf.feature_column, tf.compat.v1.feature_column):
            for name in dir(space):
                function = getattr(space, name)
                if not name.startswith("_") and callable(function):
                    with contextlib.suppress(TypeError):
                        function()
    finally:
        logger.setLevel(level)


def count_variables(module: Module) -> dict[str, float]:
    """How many variables a module has, and how many numbers are in them."""
    sizes = [variable.shape.num_elements() for variable in module.variables]
    return {"count": float(len(sizes)), "parameters": float(sum(sizes))}


def describe(spec: ModuleSpec) -> dict[str, Any]:
    """A specification in the tables that `runtime.bridge.describe()` gives."""
    graphs, rows = list[tuple[str, ...]](), list[tuple[str, ...]]()
    for tags in spec.get_tags():
        joined = ", ".join(sorted(tags))
        names = spec.get_signature_names(tags)
        called = [name for name in DEFAULT_SIGNATURES if name in names]
        if not called and len(names) == 1:
            called = names
        graphs.append((joined, *called[:1]) if called else (joined, ""))
        for name in names:
            for role, infos in (
                ("input", spec.get_input_info_dict(name, tags)),
                ("output", spec.get_output_info_dict(name, tags)),
            ):
                for key, info in infos.items():
                    dtype, bracket, shape = str(info).partition("[")
                    rows.append((joined, name, role, key, dtype, bracket + shape))
    return {
        "handle": spec.name,
        "travels": spec.travels,
        "format": "TF1 Hub module",
        "default_tags": "",
        "on_disk": spec.definition.folder is not None,
        "graphs": columns(("tags", "default_signature"), graphs),
        "signatures": columns(
            ("tags", "signature", "role", "name", "dtype", "shape"), rows
        ),
        "functions": columns(("tags", "name", "arguments", "output"), []),
    }
