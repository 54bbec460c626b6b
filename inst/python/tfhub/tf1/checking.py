"""What a graph must be like to be a module."""

from __future__ import annotations

from typing import Any

from .. import words
from ..errors import ModuleFnError
from ..runtime.tf import tf
from ..shown import brief
from . import importing, saved

COLLECTIONS = frozenset(
    {
        *importing.STATE,
        *importing.TRAINABLE_STATE,
        *importing.APPLIED,
        *importing.TRAINABLE_APPLIED,
        saved.ATTACHMENTS,
        saved.ASSETS,
    }
)


def check(meta_graph: Any, *, from_saved_model: bool = False) -> None:
    """Checks that a MetaGraph can become a module.

    Args:
      meta_graph: The MetaGraphDef; TensorFlow's own signatures are removed.
      from_saved_model: Whether it was read, and not made by a `module_fn`.

    Raises:
      ModuleFnError: It has no signature, or a collection that a module cannot have.
    """
    for name in [name for name in meta_graph.signature_def if name.startswith("__")]:
        del meta_graph.signature_def[name]  # TensorFlow's own, and no signature
    if not meta_graph.signature_def:
        msg = "No signatures present, so there is nothing to apply the module with."
        hint = f"Call {words.call('add_signature', ...)} in module_fn."
        if from_saved_model:
            hint = "Save the model again, with signatures."
        raise ModuleFnError(msg, hint=hint)
    names = meta_graph.collection_def
    unsupported = sorted(name for name in names if name not in COLLECTIONS)
    if unsupported:
        msg = f"Unsupported collections in graph: {unsupported}."
        name = "create_module_spec"
        name += "_from_saved_model" if from_saved_model else ""
        remedy = words.call(name, ..., drop_collections=unsupported)
        hint = f"To leave them out: {remedy}."
        raise ModuleFnError(msg, hint=hint)


def check_state(graph: Any) -> None:
    """Checks that what holds the state is not placed by what does not.

    Raises:
      ModuleFnError: A stateful op is to be beside an op that is not.
    """
    stateful = {
        op.name
        for op in graph.get_operations()
        if op.op_def is not None and op.op_def.is_stateful and not op.inputs
    }
    for op in graph.get_operations():
        if op.name not in stateful:
            continue
        for group in map(tf.compat.as_str, op.colocation_groups()):
            name = group.removeprefix("loc:@")
            if group.startswith("loc:@") and name not in stateful:
                msg = (
                    f"The state {brief(op.name)} is colocated with {brief(name)} "
                    f"({brief(group)}), which is none."
                )
                raise ModuleFnError(msg, hint="Place only the other way round.")
