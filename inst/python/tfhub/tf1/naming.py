"""Names that TensorFlow makes up become names of what they name.

TensorFlow counts functions through a process, and names a table after a random number
or the path of a file. So the same module would be other bytes each time, and would tell
where it was made. Here the name is that of the content: two modules, imported into one
graph or loaded into one process, have the same name only for the same thing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

# A number of TensorFlow's, or a digest from here.
_MADE_UP = re.compile(r"_(\d+|[0-9a-f]{16})(?=_|$)")
# In the process that made the module it names a Python function; in another one it
# would name another function, or none.
_GRADIENT = "_gradient_op_type"
_LOST = b"CustomGradient-lost"
# An argument that only the other function of a while loop needs.
_UNUSED = re.compile(r"_\d+(___redundant_placeholder\d+)$")


def name_functions(graph_def: Any, suffix: str = "") -> None:
    """Renames the functions of a graph after their content, and sorts them by name.

    Args:
      graph_def: The GraphDef, which is changed.
      suffix: What to put behind the names, to have them for once.
    """
    library = graph_def.library
    functions = {function.signature.name: function for function in library.function}
    names: dict[str, str] = {}
    for name in functions:
        _name(name, functions, names)
    if suffix:
        names = {old: f"{name}{suffix}" for old, name in names.items()}
        names |= {name.removesuffix(suffix): name for name in names.values()}
        for old, function in functions.items():
            function.signature.name = names[old]
    renamed = {names[old]: function for old, function in functions.items()}
    for function in renamed.values():
        _rename_calls(function.node_def, names)  # those in a circle
        _rename(_texts(function.attr.values()), names)
        for node in function.node_def:
            _rename(_texts(node.attr.values()), names)
    _rename_calls(graph_def.node, names)
    for node in graph_def.node:
        _rename(_texts(node.attr.values()), names)
    for gradient in library.gradient:
        for field in ("function_name", "gradient_func"):
            old = getattr(gradient, field)
            setattr(gradient, field, names.get(old, old))
    gradients = sorted(library.gradient, key=lambda one: str(one.function_name))
    ordered = [renamed[name] for name in sorted(renamed)]
    copy = type(library)(function=ordered, gradient=gradients)
    library.CopyFrom(copy)


def _name(name: str, functions: dict[str, Any], names: dict[str, str]) -> None:
    """Names a function, after the functions that it calls."""
    if name in names:
        return
    function = functions[name]
    names[name] = name  # until it is known, should it be called within itself
    for called in _called(function.node_def):
        if called in functions:
            _name(called, functions, names)
    _rename_calls(function.node_def, names)
    for argument in function.signature.input_arg:
        argument.name = _UNUSED.sub(r"\1", argument.name)
    stem = _MADE_UP.sub("", name)
    function.signature.name = stem
    content = type(function)()
    content.CopyFrom(function)
    # Forward and backward functions name each other as texts, in a circle.
    blank = dict.fromkeys(functions, "")
    _rename(_texts(content.attr.values()), blank)
    for node in content.node_def:
        _rename(_texts(node.attr.values()), blank)
    digest = hashlib.sha256(content.SerializeToString(deterministic=True)).hexdigest()
    names[name] = function.signature.name = f"{stem}_{digest[:16]}"


def _called(nodes: Iterable[Any]) -> Iterator[str]:
    for node in nodes:
        yield node.op
        for value in node.attr.values():
            for function in (value.func, *value.list.func):
                yield function.name


def _rename_calls(nodes: Iterable[Any], names: dict[str, str]) -> None:
    for node in nodes:
        node.op = names.get(node.op, node.op)
        for value in node.attr.values():
            if value.HasField("func"):
                value.func.name = names.get(value.func.name, value.func.name)
            for function in value.list.func:
                function.name = names.get(function.name, function.name)


def _texts(values: Iterable[Any]) -> Iterator[Any]:
    return (value for value in values if value.s)


def _rename(values: Iterable[Any], names: dict[str, str]) -> None:
    for value in values:
        text = value.s.decode("utf-8", "replace")
        if text in names:
            value.s = names[text].encode()


def forget_gradients(graph_def: Any) -> None:
    """Makes it an error to ask for a gradient that a Python function defined."""
    functions = graph_def.library.function
    for nodes in (graph_def.node, *(function.node_def for function in functions)):
        for node in nodes:
            if _GRADIENT in node.attr:
                node.attr[_GRADIENT].s = _LOST


def name_all(meta_graph: Any, assets: Iterable[bytes]) -> None:
    """Renames the functions and the tables of a graph, also those that functions make.

    A table is named after the node that makes it, or calls what makes it, and after
    all content.

    Args:
      meta_graph: The MetaGraphDef, finished but for this.
      assets: What tells the content of its assets.
    """
    graph_def = meta_graph.graph_def
    names = _table_names(graph_def)
    _rename_tables(graph_def, names)
    name_functions(graph_def)
    if not names:
        return
    digest = hashlib.sha256(meta_graph.SerializeToString(deterministic=True))
    for asset in assets:
        digest.update(asset)
    end = f"_{digest.hexdigest()[:16]}".encode()
    _rename_tables(graph_def, {name: name + end for name in names.values()})
    name_functions(graph_def)  # they are others now


def _table_names(graph_def: Any) -> dict[bytes, bytes]:
    """What the tables are to be called, by their shared names."""
    functions = {f.signature.name: f for f in graph_def.library.function}
    names: dict[bytes, bytes] = {}

    def add(nodes: Iterable[Any], prefix: str) -> None:
        for node in nodes:
            if _is_shared(node):
                name = f"{prefix}{node.name}".encode()
                names.setdefault(node.attr["shared_name"].s, name)
            for called in _called([node]):
                if called in functions:
                    add(functions.pop(called).node_def, f"{prefix}{node.name}/")

    add(graph_def.node, "")
    while functions:  # those that nothing calls
        _, function = functions.popitem()
        add(function.node_def, "unused/")
    return names


def _rename_tables(graph_def: Any, names: dict[bytes, bytes]) -> None:
    functions = graph_def.library.function
    for nodes in (graph_def.node, *(function.node_def for function in functions)):
        for node in filter(_is_shared, nodes):
            shared = node.attr["shared_name"]
            shared.s = names.get(shared.s, shared.s)


def _is_shared(node: Any) -> bool:
    named = "HashTable" in node.op and "shared_name" in node.attr
    return named and bool(node.attr["shared_name"].s)
