"""Looks through the programs of a model for what reaches out of it.

Nothing is loaded: every node of every graph and of every function is looked at, also
of those that nothing seems to reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..shown import brief, listed
from . import reading
from .contents import NOT
from .files import require_model
from .origins import COMPUTED, INPUT, OWN, TEXT, Origin, Origins
from .programs import (
    AT_START,
    SAVING,
    Body,
    Program,
    attributes,
    inputs_of,
    read_programs,
)
from .reaching import CODE, DELETES, REACHING, WRITES, Reach, harmless_ops

UNKNOWN = "unknown op"
_MOST = 10_000  # findings that are kept
_MOST_NAMES = 20  # of a way, and of tags
_COMPILED = "XlaCallModule"  # holds a program of another kind, see `_calls_back()`
_CALLBACK = b"callback"


@dataclass(frozen=True)
class Finding:
    """A node of a model that reaches out of it, or that may.

    Attributes:
      effect: What it does: `reads files`, `writes files`, `lists files`, `deletes
        files`, `runs code`, `uses the network`, `ends the process`, several of them
        with commas between; or `unknown op`.
      op: Its op.
      where: The path, address or name that it is given: the text itself, or `an input`
        of the model, `the loader's own path`, `computed`; several with commas.
      node: Its name.
      function: The function of the library that holds it, or "" for the graph.
      reached_from: From what is run to that function: `signature serving_default`,
        say, and the functions between; empty where nothing reaches it.
      tags: The tags of its graph.
    """

    effect: str
    op: str
    where: str
    node: str
    function: str
    reached_from: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Scan:
    """What a scan of a model found.

    Attributes:
      handle: What the user asked for.
      path: The folder.
      findings: What reaches out of it, or may.
      nodes: How many nodes were looked at.
      more: How many findings there are beyond those that are kept.
    """

    handle: str
    path: str
    findings: tuple[Finding, ...]
    nodes: int
    more: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The scan as lists, dicts, numbers and strings, ready for JSON."""
        return asdict(self)


def scan_folder(folder: str | Path, *, handle: str | None = None) -> Scan:
    """Scans the model in a folder; reads its graph and loads nothing.

    Args:
      folder: The folder.
      handle: What it is called.

    Raises:
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: The file of the model is damaged, from the future, or a pointer
        of Git LFS.
    """
    programs = read_programs(folder, handle=handle)
    found, nodes, more = list[Finding](), 0, 0
    with reading.guarded(require_model(Path(folder), handle=handle), NOT):
        for program in programs:
            nodes += sum(len(body.nodes) for body in program.bodies())
            for finding in _findings(program):
                if len(found) < _MOST:
                    found.append(finding)
                else:
                    more += 1
    return Scan(handle or str(folder), str(folder), tuple(found), nodes, more)


def _findings(program: Program) -> Iterator[Finding]:
    harmless, functions = harmless_ops(), program.functions
    origins = {start: Origins(program, at_start=start) for start in (True, False)}
    for body in program.bodies():
        for node in body.nodes:
            op = node.op
            if op in functions or (op in harmless and op != _COMPILED):
                continue
            if op == _COMPILED:
                reach = Reach((CODE,), (), None) if _calls_back(node) else None
            else:
                reach = REACHING.get(op, Reach((UNKNOWN,), (), None))
            if reach is None:
                continue
            way = program.way_to(body, node)
            places = _places(node, reach, body, origins[_is_fed(program, way)])
            if places and _stays(places, reach, way):
                continue
            yield Finding(
                ", ".join(reach.effects),
                brief(op),
                _where(places),
                brief(node.name),
                brief(body.name),
                _few(way),
                _few(program.tags),
            )


def _few(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) <= _MOST_NAMES:
        return tuple(map(brief, names))
    first, last = names[: _MOST_NAMES // 2], names[-_MOST_NAMES // 2 :]
    return (*map(brief, first), "...", *map(brief, last))


def _is_fed(program: Program, way: tuple[str, ...]) -> bool:
    """Whether the loader's own paths stand where a graph has constants for them.

    It puts them there when it loads or saves; in the TF1 Hub format always. Of a TF2
    SavedModel the loader runs the functions, to which it binds them, and not the graph.
    """
    return (
        program.is_hub_module
        or program.has_objects
        or way[:1] in ((AT_START,), (SAVING,))
    )


def _places(
    node: Any, reach: Reach, body: Body, origins: Origins
) -> list[frozenset[Origin]]:
    found, inputs = list[frozenset[Origin]](), inputs_of(node)
    given = attributes(node)
    for place in reach.places:
        if isinstance(place, int):
            is_there = place < len(inputs)
            of = origins.of(body, inputs[place]) if is_there else frozenset()
            found.append(of or frozenset([Origin(COMPUTED)]))
        else:
            found.append(_of_attribute(given.get(place)))
    return found


def _of_attribute(value: Any) -> frozenset[Origin]:
    if value is None:  # the default of all of them is empty, but that of PrintV2
        return frozenset([Origin(TEXT, "")])
    if value.placeholder:  # who calls the function says it
        return frozenset([Origin(COMPUTED)])
    texts = value.list.s if value.HasField("list") else [value.s]
    return frozenset(Origin(TEXT, each.decode("utf-8", "replace")) for each in texts)


def _stays(places: list[frozenset[Origin]], reach: Reach, way: tuple[str, ...]) -> bool:
    """Whether an op reaches nothing: all that it is given is the model's, or empty.

    The model's own files are read; they are written only where it is saved.
    """
    writes = WRITES in reach.effects or DELETES in reach.effects
    is_own = not writes or way[:1] == (SAVING,)
    return all(
        (origin.kind == OWN and is_own)
        or (origin.kind == TEXT and reach.is_within(origin.text))
        for origins in places
        for origin in origins
    )


def _where(places: list[frozenset[Origin]]) -> str:
    if not places:
        return ""
    words = {INPUT: "an input", OWN: "the loader's own path", COMPUTED: "computed"}
    return listed(
        dict.fromkeys(
            words.get(origin.kind, origin.text)
            for origins in places
            for origin in sorted(origins)
        )
    )


def _calls_back(node: Any) -> bool:
    """Whether a compiled program calls back into the process that runs it.

    What jax2tf exports is a program of StableHLO, which only computes; JAX names what
    calls Python from there a callback.
    """
    return any(
        entry.key == "module" and _CALLBACK in entry.value.s for entry in node.attr
    )
