"""A GraphDef of TensorFlow 1 becomes one that a TensorFlow 2 function can hold.

Variables by reference become resource variables, the first generation of tables the
second, and the functions of its library get names that no other module has.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from ...runtime.tf import tf
from ..pruning import node_of, tensor_of

# Ops on a variable by reference, and the same on a resource. The first input is the
# variable, and so is the output where there is one.
_ASSIGN = {
    "Assign": "AssignVariableOp",
    "AssignAdd": "AssignAddVariableOp",
    "AssignSub": "AssignSubVariableOp",
}
_UPDATE = {
    **{f"Scatter{do}": f"ResourceScatter{do}" for do in (
        "Update", "Add", "Sub", "Mul", "Div", "Min", "Max")},
    **{f"ScatterNd{do}": f"ResourceScatterNd{do}" for do in (
        "Update", "Add", "Sub", "Min", "Max")},
    "StridedSliceAssign": "ResourceStridedSliceAssign",
}  # fmt: skip
_ASK = {
    "IsVariableInitialized": "VarIsInitializedOp",
    "CountUpTo": "ResourceCountUpTo",
}
# Ops that pass a reference on: how many of their outputs are references.
_FLOW = {
    "RefIdentity": 1,
    "RefEnter": 1,
    "RefExit": 1,
    "RefNextIteration": 1,
    "RefMerge": 1,
    "RefSwitch": 2,
}
_VARIABLES = ("Variable", "VariableV2")
_TABLES = {
    "HashTable",
    "MutableHashTable",
    "MutableHashTableOfTensors",
    "MutableDenseHashTable",
    "InitializeTable",
    "InitializeTableFromTextFile",
    "LookupTableExport",
    "LookupTableFind",
    "LookupTableImport",
    "LookupTableInsert",
    "LookupTableSize",
}
_count = itertools.count()


def modernize(meta_graph: Any) -> None:
    """Does all of this module to a MetaGraphDef, in place."""
    graph_def = meta_graph.graph_def
    _rename_functions(graph_def)
    for node in graph_def.node:
        # Shapes that were noted on the way; those of references would be wrong now.
        node.attr.pop("_output_shapes", None)
        if node.op in _TABLES:
            node.op += "V2"
    references = _references(graph_def)
    if references:
        _use_resources(meta_graph, references)


def _rename_functions(graph_def: Any) -> None:
    """Gives the functions names of their own: those of a process share one space."""
    library = graph_def.library
    suffix = f"_tfhub_{next(_count)}"
    names = {f.signature.name: f.signature.name + suffix for f in library.function}
    if not names:
        return
    nodes = [graph_def.node, *(function.node_def for function in library.function)]
    for node in itertools.chain(*nodes):
        node.op = names.get(node.op, node.op)
        for function in _functions_of(node):
            function.name = names.get(function.name, function.name)
    for function in library.function:
        function.signature.name = names[function.signature.name]
    for gradient in library.gradient:
        for field in ("function_name", "gradient_func"):
            name = getattr(gradient, field)
            setattr(gradient, field, names.get(name, name))


def _functions_of(node: Any) -> Iterator[Any]:
    for attr in node.attr.values():
        if attr.HasField("func"):
            yield attr.func
        yield from attr.list.func


def _references(graph_def: Any) -> dict[str, int]:
    """The tensors that are references, with the dtypes of what they refer to."""
    dtypes: dict[str, int] = {}
    for node in graph_def.node:
        if node.op in _VARIABLES:
            dtypes[f"{node.name}:0"] = node.attr["dtype"].type
        elif node.op in _ASSIGN or node.op in _UPDATE:
            dtypes[f"{node.name}:0"] = node.attr["T"].type
        for i in range(_FLOW.get(node.op, 0)):
            dtypes[f"{node.name}:{i}"] = node.attr["T"].type
    return dtypes


def _use_resources(meta_graph: Any, references: dict[str, int]) -> None:
    """Variables by reference become resources.

    What took the value of a reference gets a read of its own, which runs when it would
    have run: after the same control inputs.
    """
    graph_def = meta_graph.graph_def
    changed = {
        node.name: tensor_of(node.input[0])
        for node in graph_def.node
        if node.op in _ASSIGN or node.op in _UPDATE
    }
    added: dict[str, Any] = {}

    def handle(tensor: str) -> str:
        """The resource for a reference; that of an assignment comes after it."""
        change = node_of(tensor)
        if change not in changed:
            return tensor
        name = f"{change}/tfhub_handle"
        if name not in added:
            inputs = [handle(changed[change]), f"^{change}"]
            added[name] = _node(name, "Identity", inputs)
            added[name].attr["T"].type = tf.resource.as_datatype_enum
        return name

    def read(name: str, tensor: str, controls: Iterable[str]) -> str:
        added[name] = _node(name, "ReadVariableOp", [handle(tensor), *controls])
        added[name].attr["dtype"].type = references[tensor]
        return name

    for node in graph_def.node:
        places = _reference_inputs(node)
        controls = [name for name in node.input if name.startswith("^")]
        for i, name in enumerate(node.input):
            tensor = tensor_of(name)
            if name.startswith("^") or tensor not in references:
                continue
            if i in places:
                node.input[i] = handle(tensor)
            else:
                node.input[i] = read(f"{node.name}/tfhub_read_{i}", tensor, controls)
    for node in graph_def.node:
        _to_resource(node)
    for signature in meta_graph.signature_def.values():
        for info in signature.outputs.values():
            if info.name in references:
                info.name = (
                    read(f"{node_of(info.name)}/tfhub_value", info.name, ()) + ":0"
                )
    graph_def.node.extend(added.values())


def _node(name: str, op: str, inputs: list[str]) -> Any:
    node = tf.compat.v1.NodeDef(name=name, op=op)
    node.input.extend(inputs)
    return node


def _reference_inputs(node: Any) -> tuple[int, ...]:
    if node.op in _ASSIGN or node.op in _UPDATE or node.op in _ASK:
        return (0,)
    if node.op == "RefMerge":
        return tuple(range(node.attr["N"].i))
    return (0,) if node.op in _FLOW else ()


def _to_resource(node: Any) -> None:
    """The op of a node that takes references becomes that which takes resources."""
    if node.op in _VARIABLES:
        node.op = "VarHandleOp"
    elif node.op in _ASSIGN:
        dtype = node.attr["T"].type
        node.op = _ASSIGN[node.op]
        node.attr.clear()
        node.attr["dtype"].type = dtype
    elif node.op in _UPDATE:
        node.op = _UPDATE[node.op]
        if "use_locking" in node.attr:
            del node.attr["use_locking"]
        if not node.op.startswith(("ResourceScatterNd", "ResourceStrided")):
            node.attr["dtype"].type = node.attr["T"].type
            del node.attr["T"]
    elif node.op in _ASK:
        node.op = _ASK[node.op]
        if "dtype" in node.attr:
            del node.attr["dtype"]
    elif node.op in _FLOW:
        node.op = node.op.removeprefix("Ref")
        node.attr["T"].type = tf.resource.as_datatype_enum
