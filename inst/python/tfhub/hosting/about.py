"""What a page says of a model, made of its files, within bounds.

This is done in a process of its own (see `workers`), as a model may ask for any time
and memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from ..errors import HandleNotFoundError, HubError, ModelFormatError, ModelNotFoundError
from ..formats.amiss import require_whole
from ..formats.description import Description, Graph, Signature, Tensor, shortened
from ..formats.reading import following
from ..formats.saved_model import describe_folder
from ..formats.walking import UnfitTreeError, walk
from ..shown import shown
from .page import render
from .usage import calls

_ROWS = 2000  # of all tables of a page, but for those of the files and the README
_FILES = 500
_OPS = 500
_GRAPHS = 8
_TEXT = 300  # characters of a name, a shape or a list of arguments
_FORM = 240  # and of a form with many of them
_CALLS = 8  # forms of one function

T = TypeVar("T")


def about(folder: str) -> dict[str, Any]:
    """What the page of a model says of it.

    Args:
      folder: Its real path.

    Returns:
      `facts` and `contents`, which are HTML; `calls` for `usage()`; and `problem`,
      which says why there is nothing else, or is ""; and `amiss`, which says why the
      model that is described cannot be loaded.
    """
    try:
        some = walk(folder, is_real=True)
        entries = [entry for entry in some if not entry.is_folder]
        files = {entry.path: entry.status.st_size for entry in entries}
        model = describe_folder(folder, follow=False)
    except UnfitTreeError as error:
        return nothing(f"{error}.")
    except (
        HandleNotFoundError,
        ModelNotFoundError,
    ):  # what is there by now is nobody's business
        return nothing("It is no model any more: load this page again.")
    except HubError as error:
        return nothing(_without(error.message, folder))
    return {
        "facts": render("facts.html", model=_cut_facts(model), size=_sum(files)),
        "contents": render("contents.html", **_contents(model, files)),
        "calls": calls(model),
        "problem": "",
        "amiss": [cut(_without(each, folder), 1000) for each in model.problems],
    }


def whole(folder: str) -> dict[str, Any]:
    """What is amiss with the files of a model that is to be packed.

    Args:
      folder: Its real path.

    Returns:
      `problem`, which is "" where nothing is, and `hint`.
    """
    try:
        with following(follow=False):
            require_whole(Path(folder), graph=False)
    except ModelFormatError as error:
        return {
            "problem": cut(error.message, 2000),
            "hint": cut(error.hint or "", 1000),
        }
    return {"problem": "", "hint": ""}


def nothing(problem: str) -> dict[str, Any]:
    """What is said of a model that cannot be described."""
    return {
        "facts": "",
        "contents": "",
        "calls": [],
        "problem": cut(problem, 1000),
        "amiss": [],
    }


def cut(text: str, at_most: int = _TEXT) -> str:
    """A text for a page, on one line and not too long."""
    text = shown(text[: at_most + 1])
    return text if len(text) <= at_most else f"{text[: at_most - 1]}…"


def _without(message: str, folder: str) -> str:
    """A message that does not say where on this machine the model lies."""
    return message.replace(f"{folder}/", "").replace(folder, "The folder")


def _sum(files: dict[str, int]) -> int:
    return sum(files.values())


def _cut_facts(model: Description) -> dict[str, Any]:
    return {
        "format": model.format,
        "variables": model.variables,
        "tensorflow": cut(model.tensorflow, 40),
    }


def _contents(model: Description, files: dict[str, int]) -> dict[str, Any]:
    rows = _Rows(_ROWS)
    return {
        "graphs": [_graph(graph, rows) for graph in model.graphs[:_GRAPHS]],
        "several": len(model.graphs) > 1,
        "more_graphs": max(0, len(model.graphs) - _GRAPHS),
        "files": [(cut(name), size) for name, size in islice(files.items(), _FILES)],
        "more_files": max(0, len(files) - _FILES),
        "count": len(files),
        "size": _sum(files),
        "values": None if model.variables is None else model.variables.bytes,
    }


class _Rows:
    """How many rows the tables of a page may have still."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, items: Iterable[T]) -> list[T]:
        taken = list(islice(items, self.left))
        self.left -= len(taken)
        return taken


def _graph(graph: Graph, rows: _Rows) -> dict[str, Any]:
    signatures = []
    for name, signature in graph.signatures.items():
        if not rows.take([name]):
            break
        signatures.append(
            {
                "name": cut(name),
                "is_default": name == graph.default_signature,
                "sides": _sides(signature, rows),
            }
        )
    functions = []
    for name, forms in graph.functions.items():
        texts = [
            (cut(shortened(form.arguments, _FORM)), cut(shortened(form.output, _FORM)))
            for form in forms[:_CALLS]
        ]
        if not (taken := rows.take(texts)):
            break
        functions.append((cut(name), taken))
    in_all = sum(len(forms) for forms in graph.functions.values())
    return {
        "tags": [cut(tag, 60) for tag in graph.tags[:10]],
        "signatures": signatures,
        "more_signatures": len(graph.signatures) - len(signatures),
        "functions": functions,
        "more_functions": in_all - sum(len(taken) for _, taken in functions),
        "ops": [cut(op, 60) for op in graph.ops[:_OPS]],
        "more_ops": max(0, len(graph.ops) - _OPS),
    }


def _sides(signature: Signature, rows: _Rows) -> dict[str, dict[str, Any]]:
    sides = {"Inputs": signature.inputs, "Outputs": signature.outputs}
    found = {}
    for side, tensors in sides.items():
        taken = rows.take(tensors.items())
        found[side] = {
            "shown": [_row(name, tensor) for name, tensor in taken],
            "more": len(tensors) - len(taken),
        }
    return found


def _row(name: str, tensor: Tensor) -> tuple[str, str, str]:
    dtype, bracket, dims = cut(str(tensor)).partition("[")
    return cut(name), dtype, bracket + dims
