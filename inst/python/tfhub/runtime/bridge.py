"""What R asks of Python in one step, in values that R's reticulate converts.

Nothing here is public. TensorFlow and numpy are imported when a function needs them,
so that R can describe a model without them.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import operator
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .. import words
from ..cache import listing, maintenance
from ..errors import InputError
from ..fetch import transfer
from ..formats.description import Graph, Tensor
from ..net.progress import Progress
from ..shown import listed
from ..travelling import as_given as as_given
from ..travelling import without_login as without_login
from .meter import RowProgress
from .r_arrays import for_r
from .r_arrays import frame as frame
from .r_arrays import from_bytes as from_bytes
from .r_arrays import from_integer64 as from_integer64
from .r_arrays import from_raw as from_raw
from .r_arrays import from_sparse as from_sparse


def apply(
    model: Any,
    args: list[Any],
    kwargs: dict[str, Any],
    *,
    signature: str | None = None,
    as_dict: bool | None = None,
    function: str = "__call__",
) -> Any:
    """Applies a model; see `signatures.apply()`."""
    from . import signatures, symbolic

    with symbolic.refusing(model._hub.handle, args, kwargs):
        return signatures.apply(
            model, tuple(args), kwargs, signature, as_dict, function
        )


def predict(
    model: Any,
    x: Any,
    *,
    signature: str | None = None,
    as_dict: bool | None = None,
    function: str | None = None,
    batch_size: int = 32,
    int64: str = "double",
    progress: RowProgress | None = None,
) -> tuple[Any, list[str]]:
    """Applies a model, or a function of it, in batches; see `batching.predict()`.

    Returns:
      Its arrays as `for_r()` gives them.
    """
    from . import batching

    def apply_function(batch: Any) -> Any:
        named = isinstance(batch, Mapping)
        args, kwargs = ([], dict(batch)) if named else ([batch], {})
        return apply(model, args, kwargs, function=function or "")

    outputs = batching.predict(
        model if function is None else apply_function,
        x,
        signature=signature,
        as_dict=as_dict,
        batch_size=batch_size,
        progress=progress,
    )
    return for_r(outputs, int64)


def value(tensor: Any, int64: str = "double") -> tuple[Any, list[str]]:
    """A tensor, or a dict or list of tensors, as `for_r()` gives arrays."""
    from . import batching
    from .tf import tf

    return for_r(tf.nest.map_structure(batching.to_numpy, tensor), int64)


def member(model: Any, name: str, *, signature: bool) -> Any:
    """A function of a model (dots reach into its parts), or a signature."""
    return model.signatures[name] if signature else operator.attrgetter(name)(model)


def raising(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of R, which raises what it says it failed with.

    Args:
      function: Returns a value and None, or None and the exception to raise.
    """

    def call(*args: Any) -> Any:
        value, error = function(*args)
        if error is not None:
            raise error
        return value

    return call


def set_environment(variables: dict[str, str], names: list[str]) -> None:
    """Makes `os.environ` that of R, which shares the process.

    Args:
      variables: The variables of R whose values are UTF-8.
      names: The names of all variables of R.
    """
    same = str.upper if os.name == "nt" else str
    for name in os.environ.keys() - set(map(same, names)):
        del os.environ[name]
    for name, value in variables.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def load_options(fields: dict[str, Any]) -> Any:
    """A `tf.saved_model.LoadOptions`.

    Raises:
      InputError: It has no such argument.
    """
    from .tf import tf

    known = inspect.signature(tf.saved_model.LoadOptions).parameters
    unknown = [name for name in fields if name not in known]
    if unknown:
        kind = words.tensorflow("saved_model.LoadOptions")
        msg = f"{kind} has no argument {listed(unknown)}."
        raise InputError(msg, hint=f"It has: {listed(known)}.")
    return tf.saved_model.LoadOptions(**fields)


def describe(handle: str | os.PathLike[str], *, digest: bool = False) -> dict[str, Any]:
    """A description as columns of tables; counts are floats, as R's integers are short.

    A signature has a row for each input and output, a function one for each of its
    traced variants. `tags` are those of the graph, put together by commas.
    """
    from ..describing.describe import describe

    model = describe(handle, digest=digest)
    found: dict[str, Any] = _without_zeros(
        {
            "handle": model.handle,
            "path": model.path,
            "format": model.format,
            "tensorflow": model.tensorflow,
            "size": float(model.size),
            "tree": model.tree,
            "tree_source": model.tree_source,
            "problems": list(model.problems),
            "variables": {
                name: math.nan
                if model.variables is None
                else float(getattr(model.variables, name))
                for name in ("count", "parameters", "bytes")
            },
            "default_tags": _joined(model.default_graph),
            "graphs": columns(
                ("tags", "default_signature"),
                [
                    (_joined(graph), graph.default_signature or "")
                    for graph in model.graphs
                ],
            ),
            "signatures": columns(
                ("tags", "signature", "role", "name", "dtype", "shape"),
                [row for graph in model.graphs for row in _signature_rows(graph)],
            ),
            "functions": columns(
                ("tags", "name", "arguments", "output"),
                [row for graph in model.graphs for row in _function_rows(graph)],
            ),
            "weights": {
                **columns(
                    ("name", "dtype", "shape"),
                    [
                        (each.name, *_dtype_and_shape(each.tensor))
                        for each in model.weights
                    ],
                ),
                "parameters": [
                    float(each.tensor.elements or 0) for each in model.weights
                ],
                "trainable": [each.trainable for each in model.weights],
            },
            "ops": sorted({op for graph in model.graphs for op in graph.ops}),
            "files": {
                "file": list(model.files),
                "bytes": [float(size) for size in model.files.values()],
            },
        }
    )
    return found


def _without_zeros(value: Any) -> Any:
    """A zero byte in a text, which R does not have, becomes what `shown()` makes it."""
    if isinstance(value, str):
        return value.replace("\0", "\\x00") if "\0" in value else value
    if isinstance(value, dict):
        return {name: _without_zeros(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_zeros(each) for each in value]
    return value


def _joined(graph: Graph) -> str:
    return ", ".join(graph.tags)


def _signature_rows(graph: Graph) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, signature in graph.signatures.items():
        for role in ("input", "output"):
            for key, tensor in getattr(signature, f"{role}s").items():
                rows.append(
                    (_joined(graph), name, role, key, *_dtype_and_shape(tensor))
                )
    return rows


def _dtype_and_shape(tensor: Tensor) -> tuple[str, str]:
    dtype, bracket, shape = str(tensor).partition("[")
    return dtype, bracket + shape


def _function_rows(graph: Graph) -> list[tuple[str, ...]]:
    return [
        (_joined(graph), name, *call.in_r)
        for name, calls in graph.functions.items()
        for call in calls
    ]


def cache_list(*, check: bool) -> dict[str, list[Any]]:
    """What `cache_list()` returns, as columns; see `_table()`."""
    return _table(listing.cache_list(check=check), listing.CachedModel)


def cache_verify(handles: list[str] | None) -> dict[str, list[Any]]:
    """What `cache_verify()` returns, as columns."""
    return _table(maintenance.cache_verify(handles), maintenance.Verification)


def cache_remove(handles: list[str]) -> dict[str, list[Any]]:
    """What `cache_remove()` returns, as columns."""
    return _table(maintenance.cache_remove(handles), maintenance.Removal)


def cache_prune(**limits: Any) -> dict[str, list[Any]]:
    """What `cache_prune()` returns, as columns."""
    return _table(maintenance.cache_prune(**limits), maintenance.Removal)


def cache_adopt(handles: list[str] | None) -> dict[str, list[Any]]:
    """What `cache_adopt()` returns, as columns."""
    return _table(maintenance.cache_adopt(handles), listing.CachedModel)


def cache_export(file: str, handles: list[str], *, overwrite: bool) -> list[str]:
    """The path of a bundle, which `cache_export()` returns, and its sha256."""
    return list(transfer.export(file, handles, overwrite=overwrite))


def cache_import(
    file: str,
    handle: str | None,
    *,
    sha256: str | None,
    replace: bool,
    progress: Progress | None,
) -> dict[str, list[Any]]:
    """What `cache_import()` returns, as columns."""
    models = transfer.cache_import(
        file, handle, sha256=sha256, replace=replace, progress=progress
    )
    return _table(models, listing.CachedModel)


def _table(rows: Sequence[Any], kind: type) -> dict[str, list[Any]]:
    """The fields of dataclasses as columns: times are seconds since 1970, or NaN."""
    return {
        field.name: [_plain(getattr(row, field.name)) for row in rows]
        for field in dataclasses.fields(kind)
    }


def _plain(value: Any) -> Any:
    if value is None:
        return math.nan
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def scan(handle: str | os.PathLike[str]) -> dict[str, Any]:
    """A scan as columns of a table; counts are floats, as in `describe()`."""
    from ..describing.scan import scan

    found = scan(handle)
    names = ("effect", "op", "where", "node", "fun", "reached_from", "tags")
    rows: list[tuple[str, ...]] = [
        (
            each.effect,
            each.op,
            each.where,
            each.node,
            each.function,
            " > ".join(each.reached_from),
            ", ".join(each.tags),
        )
        for each in found.findings
    ]
    return {
        "findings": columns(names, rows),
        "nodes": float(found.nodes),
        "more": float(found.more),
    }


def search(query: str, **given: Any) -> dict[str, Any]:
    """What was found as columns of a table, all text: `yes`, `no` or "" for truth."""
    from ..describing.search import Found, search

    truth = {True: "yes", False: "no", None: ""}
    names = tuple(Found.__dataclass_fields__)
    rows: list[tuple[str, ...]] = []
    for each in search(query, **given):
        values = (getattr(each, name) for name in names)
        rows.append(tuple(v if isinstance(v, str) else truth[v] for v in values))
    return columns(names, rows)


def columns(
    names: tuple[str, ...], rows: list[tuple[str, ...]]
) -> dict[str, list[str]]:
    """Rows as the columns of a table."""
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}
