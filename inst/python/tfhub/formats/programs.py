"""The programs of a SavedModel: its graphs with their functions, and what runs them.

A node of a graph names its inputs `node` or `node:1`; one of a function also
`argument` or `node:output:0` (graph.proto and function.proto of TensorFlow).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path, PureWindowsPath
from typing import Any

from . import protos, reading
from .contents import NOT, read_as
from .files import require_model
from .tf1_hub import is_hub_module

# Collections and a signature that name what is run when a model is loaded.
_STARTS = ("saved_model_main_op", "legacy_init_op", "saved_model_initializers")
_ASSETS = "saved_model_assets"
_START_SIGNATURE = "__saved_model_init_op"
AT_START, SAVING = "loading", "saving"
_ORDER = {AT_START: 1, SAVING: 2}  # behind signatures
_VARIABLE = "VarHandleOp"
_LONGEST = 200  # functions of a way, and characters of a path of names


@dataclass(eq=False)
class Body:
    """A graph, which has no name, or a function of its library."""

    name: str
    nodes: Any
    arguments: dict[str, int] = field(default_factory=dict)
    returns: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Any]:
        """The nodes by their names."""
        return {node.name: node for node in self.nodes}


@dataclass(frozen=True, eq=False)
class Step:
    """From where a function is reached.

    Attributes:
      root: What is run: `signature NAME`, `function NAME`, `loading`, `saving`, or "".
      above: The function that calls it; None where the graph or the root does.
    """

    root: str
    above: str | None = None


class Program:
    """One MetaGraph.

    Attributes:
      tags: Its tags.
      graph: The graph itself.
      functions: Those of its library, by name.
      objects: What it says of its objects; empty in the format of TensorFlow 1.
      is_hub_module: Whether it is one of the TF1 Hub format.
      has_objects: Whether TensorFlow loads its objects and not its graph: of several
        graphs it loads none so.
      saver: The tensor that the loader's path of the checkpoint takes the place of.
      assets: Those that paths of assets do, with the names of the files.
    """

    def __init__(
        self, meta_graph: Any, *, is_hub_module: bool, is_only: bool = True
    ) -> None:
        self.tags = tuple(sorted(meta_graph.meta_info_def.tags))
        self.graph = Body("", meta_graph.graph_def.node)
        library = meta_graph.graph_def.library
        self.functions = _by_name(library.function)
        self.objects = meta_graph.object_graph_def
        self.is_hub_module = is_hub_module
        self.has_objects = is_only and bool(self.objects.nodes)
        self.saver = tensor_name(meta_graph.saver_def.filename_tensor_name)
        self._meta_graph = meta_graph
        # Maps, on the wire; the last of several entries with one key counts.
        self._collections = {each.key: each.value for each in meta_graph.collection_def}
        self.assets: dict[str, list[str]] = {}
        for asset in self._assets():
            tensor = tensor_name(asset.tensor_info.name)
            self.assets.setdefault(tensor, []).append(asset.filename)
        self._gradients = {
            each.function_name: each.gradient_func for each in library.gradient
        }

    def _assets(self) -> Iterator[Any]:
        yield from self._meta_graph.asset_file_def
        if _ASSETS in self._collections:
            for each in self._collections[_ASSETS].any_list.value:
                yield reading.parsed(protos.AssetFileDef, each.value)

    def asset_file(self, number: int) -> str | None:
        """The name of the file of an object; None where it is no asset."""
        if not 0 <= number < len(self.objects.nodes):
            return None
        node, files = self.objects.nodes[number], self._meta_graph.asset_file_def
        index = node.asset.asset_file_def_index
        is_there = node.HasField("asset") and 0 <= index < len(files)
        return str(files[index].filename) if is_there else None

    def bodies(self) -> Iterator[Body]:
        """The graph and all functions, whether something reaches them or not."""
        yield self.graph
        yield from self.functions.values()

    def called_by(self, node: Any) -> Iterator[str]:
        """The functions of the library that a node calls, or may."""
        if node.op in self.functions:
            yield node.op
        for entry in node.attr:
            value = entry.value
            if value.HasField("func"):
                yield value.func.name
            elif value.HasField("list"):
                for each in value.list.func:
                    yield each.name

    @cached_property
    def callers(self) -> dict[str, list[tuple[Body, Any]]]:
        """The nodes that call each function, with where they stand."""
        found: dict[str, list[tuple[Body, Any]]] = {}
        for body in self.bodies():
            for node in body.nodes:
                for name in self.called_by(node):
                    found.setdefault(name, []).append((body, node))
        return found

    @cached_property
    def users(self) -> dict[str, list[Any]]:
        """The nodes of the graph that take something of each of its nodes."""
        found: dict[str, list[Any]] = {}
        for node in self.graph.nodes:
            for tensor in node.input:
                found.setdefault(node_name(tensor), []).append(node)
        return found

    def is_private(self, handle: Any) -> bool:
        """Whether only nodes of the graph that say so read and assign a variable."""
        ops = {each.op for each in self.users.get(handle.name, ())}
        return (
            handle.op == _VARIABLE
            and ops <= {"ReadVariableOp", "AssignVariableOp", "VarIsInitializedOp"}
            and self._variables[_name_of_variable(handle)] == 1
        )

    @cached_property
    def _variables(self) -> Counter[str]:
        """How many nodes stand for each variable, which they share by a name."""
        return Counter(
            _name_of_variable(node)
            for body in self.bodies()
            for node in body.nodes
            if node.op == _VARIABLE
        )

    @cached_property
    def exposed(self) -> dict[str, list[str]]:
        """Functions that the object has, by name: where it has them, `layer.f`, say."""
        nodes, found = self.objects.nodes, dict[str, list[str]]()
        paths, waiting = {0: ""}, deque([0] if nodes else [])
        while waiting:
            path = paths[number := waiting.popleft()]
            for child in nodes[number].children:
                if child.node_id not in paths and 0 <= child.node_id < len(nodes):
                    inner = f"{path}.{child.local_name}" if path else child.local_name
                    paths[child.node_id] = inner[:_LONGEST]
                    waiting.append(child.node_id)
        for number, node in enumerate(nodes):
            names = list(node.function.concrete_functions)
            names.append(node.bare_concrete_function.concrete_function_name)
            for name in filter(None, names):
                found.setdefault(name, []).append(paths.get(number, f"#{number}"))
        return found

    @cached_property
    def bound(self) -> dict[str, Any]:
        """The numbers of the objects that are bound to a function's last arguments."""
        entries = self.objects.concrete_functions
        return {entry.key: entry.value.bound_inputs for entry in entries}

    @cached_property
    def roots(self) -> dict[str, str]:
        """What first runs each node of the graph, by their names: see `Step`."""
        found: dict[str, str] = {}
        for root, tensors in self._starts():
            waiting = list(tensors)
            while waiting:
                name = node_name(waiting.pop())
                node = self.graph.by_name.get(name)
                if node is None or name in found:
                    continue
                found[name] = root
                waiting.extend(node.input)
        return found

    def _starts(self) -> Iterator[tuple[str, Iterator[str]]]:
        meta_graph = self._meta_graph
        starts = [
            value
            for name in _STARTS
            if name in self._collections
            for value in self._collections[name].node_list.value
        ]
        for entry in meta_graph.signature_def:
            tensors = (each.value.name for each in entry.value.outputs)
            if entry.key == _START_SIGNATURE:
                starts.extend(tensors)
            elif not entry.key.startswith("__saved_model"):
                yield f"signature {entry.key}", tensors
        yield AT_START, iter(starts)
        saver = meta_graph.saver_def
        yield AT_START, iter([saver.restore_op_name])
        yield SAVING, iter([saver.save_tensor_name])

    @cached_property
    def steps(self) -> dict[str, Step]:
        """From where each function is first reached, if something reaches it."""
        found: dict[str, Step] = {}
        waiting = deque[str]()

        def reach(name: str, step: Step) -> None:
            if name in self.functions and name not in found:
                found[name] = step
                waiting.append(name)

        def go_on() -> None:
            while waiting:
                above = waiting.popleft()
                step = Step(found[above].root, above)
                reach(self._gradients.get(above, ""), step)
                for node in self.functions[above].nodes:
                    for name in self.called_by(node):
                        reach(name, step)

        # What a user runs comes first: less is the model's own there.
        for name, paths in self.exposed.items():
            reach(name, Step(f"function {paths[0]}"))
        rooted = [node for node in self.graph.nodes if node.name in self.roots]
        rooted.sort(key=lambda node: _ORDER.get(self.roots[node.name], 0))
        for _, nodes in groupby(
            rooted, lambda node: _ORDER.get(self.roots[node.name], 0)
        ):
            for node in nodes:
                for name in self.called_by(node):
                    reach(name, Step(self.roots[node.name]))
            go_on()
        go_on()
        return found

    def way_to(self, body: Body, node: Any) -> tuple[str, ...]:
        """From what is run to a node: the root and the functions between them."""
        if not body.name:
            root = self.roots.get(node.name, "")
            return (root,) if root else ()
        way, step = [body.name], self.steps.get(body.name)
        while step is not None and step.above is not None and len(way) < _LONGEST:
            way.append(step.above)
            step = self.steps.get(step.above)
        if step is not None and step.root:
            way.append(step.root)
        return tuple(reversed(way)) if step is not None else ()


def _name_of_variable(handle: Any) -> str:
    shared = attributes(handle).get("shared_name")
    name = shared.s.decode("utf-8", "replace") if shared is not None else ""
    return name or str(handle.name)


def attributes(node: Any) -> dict[str, Any]:
    """The attributes of a node, a map: of several with one name the last counts."""
    return {entry.key: entry.value for entry in node.attr}


def node_name(tensor: str) -> str:
    """The name of the node that a tensor, or a control input, is of."""
    return tensor.removeprefix("^").partition(":")[0]


def tensor_name(tensor: str) -> str:
    """A tensor of a graph by its full name, `node:0`; "" where there is none."""
    return tensor if ":" in tensor or not tensor else f"{tensor}:0"


def stays_inside(file: str) -> bool:
    """Whether the name of an asset's file is one within the folder of assets."""
    path = PureWindowsPath(file)  # which knows both kinds of slashes
    is_name = bool(file) and not file.endswith(".")  # what is joined could go up there
    return is_name and not path.anchor and ".." not in path.parts


def inputs_of(node: Any) -> list[str]:
    """The tensors that a node takes, without what it only waits for."""
    return [each for each in node.input if not each.startswith("^")]


def _by_name(functions: Any) -> dict[str, Body]:
    found: dict[str, Any] = {}
    for each in functions:
        other = found.setdefault(each.signature.name, each)
        if other is not each and other != each:
            msg = f"two functions are named {each.signature.name!r}"
            raise ValueError(msg)
    return {name: _body(each) for name, each in found.items()}


def _body(function: Any) -> Body:
    signature = function.signature
    returns = {entry.key: entry.value for entry in function.ret}
    return Body(
        signature.name,
        function.node_def,
        {each.name: index for index, each in enumerate(signature.input_arg)},
        tuple(returns.get(each.name, "") for each in signature.output_arg),
    )


def read_programs(folder: str | Path, *, handle: str | None = None) -> list[Program]:
    """Reads the programs of a SavedModel.

    Raises:
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: The file is damaged, from the future, or a pointer of Git LFS.
    """
    file = require_model(Path(folder), handle=handle)
    is_module = is_hub_module(Path(folder))
    model = read_as(file, protos.Programs)
    with reading.guarded(file, NOT):
        is_only = len(model.meta_graphs) == 1
        return [
            Program(each, is_hub_module=is_module, is_only=is_only)
            for each in model.meta_graphs
        ]
