"""Where a text comes from that an op of a model takes: a path, or an address.

It is followed backwards from the op, through the functions between, to what the model
says itself, to what its user gives it, or to what its loader does: the path of its own
checkpoint or of one of its own assets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .programs import (
    AT_START,
    SAVING,
    Body,
    Program,
    attributes,
    inputs_of,
    node_name,
    stays_inside,
    tensor_name,
)
from .protos import STRING

OWN, TEXT, INPUT, COMPUTED = "own", "text", "input", "computed"
_MOST_STEPS = 100_000  # of one program; what lies further is computed
_MOST_ORIGINS = 50  # of one tensor
_DEEPEST = 200
_A_STEP = 10  # inputs that are looked at

# Ops that give one of their inputs, or parts of it, and the number of those inputs:
# None for all of them.
_GIVES: dict[str, slice] = {
    "ConcatV2": slice(0, -1),
    "ExpandDims": slice(0, 1),
    "GatherV2": slice(0, 1),
    "Identity": slice(0, 1),
    "Merge": slice(None),
    "Pack": slice(None),
    "Reshape": slice(0, 1),
    "Select": slice(1, 3),
    "SelectV2": slice(1, 3),
    "ShardedFilename": slice(0, 1),
    "Squeeze": slice(0, 1),
    "StopGradient": slice(0, 1),
    "StridedSlice": slice(0, 1),
    "Switch": slice(0, 1),
}
# Ops whose inputs from this number on are the arguments of the functions they call.
_CALLS = {
    "PartitionedCall": 0,
    "StatefulPartitionedCall": 0,
    "If": 1,
    "StatelessIf": 1,
    "Case": 1,
    "StatelessCase": 1,
    "While": 0,
    "StatelessWhile": 0,
}


@dataclass(frozen=True, order=True)
class Origin:
    """One place that a text may come from.

    Attributes:
      kind: `OWN` where the loader gives it, for a file of the model; `TEXT` where it
        stands in the model; `INPUT` where who calls the model gives it; `COMPUTED`
        where nobody can tell before it runs.
      text: The text, where it stands in the model.
    """

    kind: str
    text: str = ""


_COMPUTED = frozenset([Origin(COMPUTED)])
_Origins = frozenset[Origin]


class Origins:
    """Follows the texts of one program.

    Args:
      program: The program.
      at_start: Whether what is looked at runs when the model is loaded or saved. Only
        then TensorFlow's loader puts its own paths in the place of the constants that
        stand for them in a graph.
    """

    def __init__(self, program: Program, *, at_start: bool) -> None:
        self._program = program
        self._is_fed = at_start
        self._known: dict[tuple[str, str], _Origins] = {}
        self._left = _MOST_STEPS

    def of(self, body: Body, tensor: str, depth: int = 0) -> _Origins:
        """Where the text of a tensor may come from."""
        key = body.name, tensor
        if key in self._known:
            return self._known[key]
        if not self._may_go_on() or depth > _DEEPEST:
            return _COMPUTED
        self._known[key] = _COMPUTED  # what a loop comes back to
        found = self._look(body, tensor, depth + 1)
        if len(found) > _MOST_ORIGINS:
            found = _COMPUTED
        self._known[key] = found
        return found

    def _may_go_on(self, steps: int = 1) -> bool:
        self._left -= steps
        return self._left >= 0

    def _look(self, body: Body, tensor: str, depth: int) -> _Origins:
        name = node_name(tensor)
        if body.name and name in body.arguments:
            return self._of_argument(body, body.arguments[name], depth)
        node = body.by_name.get(name)
        if node is None or not self._may_go_on(len(node.input) // _A_STEP):
            return _COMPUTED
        if not body.name and (given := self._given(tensor, name)):
            return given
        if node.op == "Const":
            return _constant(node)
        if node.op in ("Placeholder", "PlaceholderV2"):
            return frozenset([Origin(INPUT)])
        if node.op == "PlaceholderWithDefault":
            given = frozenset([Origin(INPUT)])
            return given.union(*self._all(body, inputs_of(node)[:1], depth))
        if node.op == "ReadVariableOp":
            return self._of_variable(body, node, depth)
        if node.op == "StringJoin":
            separator = attributes(node).get("separator")
            between = _text(separator.s) if separator is not None else ""
            return _joined(self._all(body, inputs_of(node), depth), between)
        if node.op in _GIVES:
            given, some = frozenset[Origin](), inputs_of(node)[_GIVES[node.op]]
            return given.union(*self._all(body, some, depth))
        return self._of_call(node, tensor, depth)

    def _all(self, body: Body, tensors: list[str], depth: int) -> list[_Origins]:
        return [self.of(body, each, depth) for each in tensors]

    def _given(self, tensor: str, name: str) -> _Origins:
        """What the loader gives in the place of a tensor of the graph, if it does."""
        program, tensor = self._program, tensor_name(tensor)
        if not self._is_fed:
            return frozenset()
        # What a signature reaches, too, has its constant there.
        root = program.roots.get(name, "")
        is_at_start = root in (AT_START, SAVING)
        # The tables of a TF1 Hub module are initialised by what has no root.
        is_fed = is_at_start or program.has_objects
        if tensor in program.assets and (
            is_fed or (program.is_hub_module and not root)
        ):
            return frozenset(map(_of_asset, program.assets[tensor]))
        is_saver = is_at_start and tensor == program.saver
        return frozenset([Origin(OWN)]) if is_saver else frozenset()

    def _of_variable(self, body: Body, node: Any, depth: int) -> _Origins:
        """What is assigned to a variable that only the graph itself reads and assigns.

        TensorFlow 2 writes a graph that keeps the paths of assets in such variables.
        """
        handle = body.by_name.get(node_name(node.input[0])) if node.input else None
        if body.name or handle is None or not self._program.is_private(handle):
            return _COMPUTED
        found = set[Origin]()
        for each in self._program.users.get(handle.name, ()):
            if each.op == "AssignVariableOp":
                value = inputs_of(each)[1:2]
                found.update(*self._all(body, value, depth))
        return frozenset(found) or _COMPUTED

    def _of_argument(self, body: Body, index: int, depth: int) -> _Origins:
        found = set[Origin]()
        for above, node in self._program.callers.get(body.name, ()):
            if not self._may_go_on(1 + len(node.input) // _A_STEP):
                return _COMPUTED
            inputs = inputs_of(node)
            first = 0 if node.op == body.name else _CALLS.get(node.op)
            at = -1 if first is None else first + index
            if not 0 <= at < len(inputs):
                found.add(Origin(COMPUTED))
                continue
            found |= self.of(above, inputs[at], depth)
        if body.name in self._program.exposed:
            found |= self._of_bound(body, index)
        return frozenset(found)

    def _of_bound(self, body: Body, index: int) -> _Origins:
        """What the loader binds to the last arguments of a function of the object."""
        bound = self._program.bound.get(body.name, ())
        at = index - (len(body.arguments) - len(bound))
        if at < 0:
            return frozenset([Origin(INPUT)])
        file = self._program.asset_file(bound[at])
        return _COMPUTED if file is None else frozenset([_of_asset(file)])

    def _of_call(self, node: Any, tensor: str, depth: int) -> _Origins:
        """What a function that is called gives."""
        number = tensor.rpartition(":")[2]
        index = int(number) if number.isdecimal() and len(number) < 9 else 0
        called = [
            self._program.functions[name]
            for name in self._program.called_by(node)
            if name in self._program.functions
        ]
        is_call = node.op in _CALLS or node.op in self._program.functions
        if not is_call or not called or node.op in ("While", "StatelessWhile"):
            return _COMPUTED
        found = set[Origin]()
        for function in called:
            if not index < len(function.returns):
                return _COMPUTED
            found |= self.of(function, function.returns[index], depth)
        return frozenset(found)


def _constant(node: Any) -> _Origins:
    value = attributes(node).get("value")
    if value is None or value.tensor.dtype != STRING:
        return _COMPUTED
    texts = value.tensor.string_val
    if value.tensor.tensor_content:  # which TensorFlow takes then
        return _COMPUTED
    if not 0 < len(texts) <= _MOST_ORIGINS:
        return _COMPUTED
    return frozenset(Origin(TEXT, _text(each)) for each in texts)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _of_asset(file: str) -> Origin:
    """An asset is the model's own if its file lies in the folder of assets."""
    return Origin(OWN) if stays_inside(file) else Origin(TEXT, file)


def _joined(parts: list[_Origins], between: str) -> _Origins:
    """What texts make that stand behind each other.

    Behind a path of the loader's, what the model says counts as within it, if it does
    not lead up.
    """
    if not parts:
        return _COMPUTED
    kinds = [{origin.kind for origin in each} for each in parts]
    if kinds[0] == {OWN}:
        rest = [origin for each in parts[1:] for origin in each]
        texts = [between, *(each.text for each in rest if each.kind == TEXT)]
        leads_up = any(".." in each for each in texts) or (
            any(each.startswith(".") for each in texts)  # two dots may meet
            and any(each.endswith(".") for each in texts)
        )
        inside = all(each.kind in (OWN, TEXT) for each in rest) and not leads_up
        return parts[0] if inside else _COMPUTED
    if all(len(each) == 1 for each in parts) and all(each == {TEXT} for each in kinds):
        text = between.join(origin.text for each in parts for origin in each)
        return frozenset([Origin(TEXT, text)])
    return _COMPUTED
