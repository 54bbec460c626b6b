"""What is known of a model from its files alone."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..words import said

DEFAULT_SIGNATURES = ("default", "serving_default")
_MOST_READ = 50_000  # characters of a longer text that are looked at
# Where a part of a structure ends, but not a dimension of a shape.
_BETWEEN = re.compile(r", (?![^][]{0,1000}\])")


def shortened(text: str, most: int = 300) -> str:
    """Arguments or a result on few lines: `{a: float32[?], ... and 168 more}`.

    Args:
      text: As in `Call`; a model with 170 outputs has 170 parts in it.
      most: The characters that stay.
    """
    if len(text) <= most:
        return text
    parts = [match.start() for match in _BETWEEN.finditer(text[:_MOST_READ])]
    cut = max((at for at in parts if at <= most), default=0)
    if not cut:
        return text
    more = sum(at >= cut for at in parts)
    count = f"{more:,} more" if len(text) <= _MOST_READ else "many more"
    closed = text[-1] in ")}" or (text[0] == "[" and text[-1] == "]")
    return f"{text[:cut]}, ... and {count}{text[-1] if closed else ''}"


@dataclass(frozen=True)
class Tensor:
    """An input or output: its dtype, its shape, and `dense`, `sparse` or `ragged`.

    A dimension is None where it is unknown, the shape is None where the rank is.
    As text: `float32[?, 3]`, `string[]` for a scalar, `float32[...]`, `sparse ...`.
    """

    dtype: str
    shape: tuple[int | None, ...] | None
    kind: str = "dense"

    @property
    def elements(self) -> int | None:
        """How many elements it has, None where a dimension is unknown."""
        if self.shape is None or None in self.shape:
            return None
        return math.prod(dim or 0 for dim in self.shape)

    def __str__(self) -> str:
        dims = (
            "..."
            if self.shape is None
            else ", ".join("?" if d is None else str(d) for d in self.shape)
        )
        return f"{'' if self.kind == 'dense' else self.kind + ' '}{self.dtype}[{dims}]"


@dataclass(frozen=True)
class Signature:
    """The inputs and outputs of a signature, each sorted by name."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]


@dataclass(frozen=True)
class Call:
    """One traced form of a function: its arguments and its result, as text."""

    arguments: str
    output: str
    # No fields, and so not in `to_dict()`: both in R's words, the tensors among the
    # arguments by their names, and the names that the model has for its arguments.
    in_r = "", ""
    inputs = MappingProxyType[str, Tensor]({})
    names = tuple[str, ...]()

    @classmethod
    def of(
        cls,
        arguments: str,
        output: str,
        inputs: Mapping[str, Tensor],
        names: Sequence[str],
    ) -> Call:
        """A form whose texts have code in them, see `words`."""
        call = cls(said(arguments, "python"), said(output, "python"))
        object.__setattr__(call, "inputs", inputs)
        object.__setattr__(call, "names", tuple(names))
        object.__setattr__(call, "in_r", (said(arguments, "r"), said(output, "r")))
        return call


@dataclass(frozen=True)
class Graph:
    """One MetaGraph, which TensorFlow chooses by its tags."""

    tags: tuple[str, ...]
    signatures: dict[str, Signature]
    functions: dict[str, tuple[Call, ...]]
    ops: tuple[str, ...]

    @property
    def default_signature(self) -> str | None:
        """The signature that a call without `signature=` uses, if there is one."""
        for name in DEFAULT_SIGNATURES:
            if name in self.signatures:
                return name
        return next(iter(self.signatures)) if len(self.signatures) == 1 else None


def default_graph(graphs: Sequence[Graph]) -> Graph:
    """The graph that `load()` takes when no tags are given."""
    for wanted in ((), ("serve",)):
        for graph in graphs:
            if graph.tags == wanted:
                return graph
    return graphs[0]


@dataclass(frozen=True)
class Variables:
    """How many variables a model has, their elements in all, and their bytes.

    `tensors` are the variables by their names in the checkpoint.
    """

    count: int
    parameters: int
    bytes: int
    tensors: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Weight:
    """A variable under the name that the model's author gave it."""

    name: str
    tensor: Tensor
    trainable: bool


@dataclass(frozen=True)
class Description:
    """A model, described without loading it.

    Attributes:
      handle: What the user asked for; the path when it was a folder.
      path: The folder.
      format: `TF2 SavedModel`, `TF1 SavedModel` or `TF1 Hub module`.
      tensorflow: The version of TensorFlow that wrote it, or "".
      graphs: One for each set of tags.
      variables: Number, elements and bytes; None where the checkpoint's index is
        damaged or missing.
      files: Each file's path within the folder, and its size in bytes.
      size: Bytes on disk.
      weights: Each variable, in the order of the names in the checkpoint.
      tree: The tree digest, which `trust()` takes, or "".
      tree_source: `"recorded"` when the model was written to the cache (its files may
        have changed since), `"computed"` from its files now, or "".
      problems: Why it cannot be loaded, a sentence for each: files that are missing,
        cut, damaged, or pointers of Git LFS.
    """

    handle: str
    path: str
    format: str
    tensorflow: str
    graphs: tuple[Graph, ...]
    variables: Variables | None
    files: dict[str, int]
    size: int
    weights: tuple[Weight, ...] = ()
    tree: str = ""
    tree_source: str = ""
    problems: tuple[str, ...] = ()

    @property
    def tags(self) -> tuple[tuple[str, ...], ...]:
        """The tags of every graph variant."""
        return tuple(graph.tags for graph in self.graphs)

    @property
    def default_graph(self) -> Graph:
        """The graph that `load()` takes when no tags are given."""
        return default_graph(self.graphs)

    @property
    def signatures(self) -> dict[str, Signature]:
        """The signatures of the default graph."""
        return self.default_graph.signatures

    @property
    def functions(self) -> dict[str, tuple[Call, ...]]:
        """The functions of the default graph; `__call__` is the object's own call."""
        return self.default_graph.functions

    @property
    def default_signature(self) -> str | None:
        """The signature that a call without `signature=` uses, if there is one."""
        return self.default_graph.default_signature

    def to_dict(self) -> dict[str, Any]:
        """The description as lists, dicts, numbers and strings, ready for JSON."""
        return {**_plain(self), "default_signature": self.default_signature}


def _plain(value: Any) -> Any:
    """As `dataclasses.asdict()`, which takes ten times as long."""
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return tuple([_plain(each) for each in value])
    names = getattr(type(value), "__dataclass_fields__", None)
    if names is None:
        return value
    return {name: _plain(getattr(value, name)) for name in names}
