"""Ops and types that a model has and TensorFlow does not know: who brings them?"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from .. import words
from ..errors import DependencyError
from ..formats.contents import read_contents
from ..shown import brief, listed
from . import failures
from .tf import tf

_UNKNOWN = "Op type not registered"

# What begins the names of a package's ops: its module, and how pip calls it.
_TEXT = "tensorflow_text", "tensorflow-text"
_PACKAGES = {
    "TFText>": _TEXT,
    "Sentencepiece": _TEXT,
    "CaseFoldUTF8": _TEXT,
    "NormalizeUTF8": _TEXT,
    "Normalize": _TEXT,
    "RegexSplit": _TEXT,
    "UnicodeScriptTokenize": _TEXT,
    "WhitespaceTokenize": _TEXT,
    "Wordpiece": _TEXT,
    "FastWordpiece": _TEXT,
    "FastBert": _TEXT,
    "Sentence": _TEXT,
    "SplitMerge": _TEXT,
    "ConstrainedSequence": _TEXT,
    "RougeL": _TEXT,
    "FindSourceOffsets": _TEXT,
    "MaxSpanningTree": _TEXT,
    "PhraseTokenize": _TEXT,
    "TokenizerFromLogits": _TEXT,
    "SimpleML": ("tensorflow_decision_forests", "tensorflow-decision-forests"),
    "Addons>": ("tensorflow_addons", "tensorflow-addons"),
    "IO>": ("tensorflow_io", "tensorflow-io"),
    "TFRA>": ("tensorflow_recommenders_addons", "tensorflow-recommenders-addons"),
}
# Likewise for the types of what a function takes and gives.
_PROBABILITY = "tensorflow_probability", "tensorflow-probability"
_TYPES = {
    "tfp.": _PROBABILITY,
    "tensorflow_probability": _PROBABILITY,
    "tf_agents": ("tf_agents", "tf-agents"),
    "tensorflow_gnn": ("tensorflow_gnn", "tensorflow-gnn"),
}
_UNKNOWN_TYPE = re.compile(r"The type '([^']+)' has not been registered")


def with_ops(load: Callable[[], Any], path: str, handle: str) -> Any:
    """Loads a model, and what registers its ops and types if they are not known.

    Args:
      load: Loads it.
      path: Its folder.
      handle: Its handle, for messages.

    Raises:
      DependencyError: A package that it needs is not installed, or not known.
    """
    tried = set[str]()
    while True:
        try:
            return load()
        except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
            unknown = _UNKNOWN_TYPE.search(str(error))
            what = unknown[1] if unknown else _UNKNOWN
            if what in tried or what not in str(error) or "://" in path:
                raise
            tried.add(what)
            try:
                if unknown:
                    _provide_type(what, handle)
                else:
                    provide(path, handle)
            except DependencyError as better:
                raise failures.typed(better, error) from error


def _provide_type(name: str, handle: str) -> None:
    """Imports the package that registers a type.

    Raises:
      DependencyError: It is not installed, or not known.
    """
    known = [package for start, package in _TYPES.items() if name.startswith(start)]
    hint = (
        "It is of a package that is not known here: import the one that the model's "
        "page names before."
    )
    broken = _import(dict(known))
    if known and known[0][0] not in broken:
        return
    if known:
        hint = "Install what has it: " + words.install(known[0][1])
    msg = f"{handle} uses the type {name!r}, which is not registered."
    msg += _said(broken)
    raise DependencyError(msg, handle=handle, hint=hint, type=name)


def _import(packages: dict[str, str]) -> dict[str, Exception | None]:
    """Imports packages by the names of their modules.

    Returns:
      Those that could not be imported, with the reason; None if not installed.
    """
    broken = dict[str, Exception | None]()
    for module in packages:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            broken[module] = None if error.name == module else error
        except Exception as error:  # TensorFlow's, if their libraries do not fit
            broken[module] = error
    return broken


def _said(broken: dict[str, Exception | None]) -> str:
    reasons = [
        f" {module} is installed, and cannot be imported: {brief(error, 300)}."
        for module, error in broken.items()
        if error is not None
    ]
    return "".join(reasons)


def unknown_ops(path: str, handle: str) -> list[str]:
    """The ops of a model, in its graphs and functions, that are not registered."""
    # Of the ops that are there, the documented tf.raw_ops lists those of TensorFlow
    # alone, and not all.
    registry = importlib.import_module("tensorflow.python.framework.op_def_registry")
    graphs = read_contents(path, handle=handle).graphs
    found = {op for graph in graphs for op in graph.ops}
    return sorted(op for op in found if registry.get(op) is None)


def provide(path: str, handle: str) -> None:
    """Imports the packages that register the ops of a model.

    Raises:
      DependencyError: One is not installed, or not known.
    """
    unknown = unknown_ops(path, handle)
    if not unknown:
        return
    packages = {
        package
        for op in unknown
        for start, package in _PACKAGES.items()
        if op.startswith(start)
    }
    broken = _import(dict(packages))
    left = unknown_ops(path, handle)
    if not left:
        return
    version = ".".join(tf.__version__.split(".")[:2])
    msg = (
        f"{handle} uses ops that TensorFlow {tf.__version__} does not know: "
        f"{listed(left)}.{_said(broken)}"
    )
    names = sorted(name for _, name in packages)
    if names == ["tensorflow-text"]:
        hint = "Install what has them: " + words.install(
            f"tensorflow-text=={version}.*"
        )
    elif names:
        hint = (
            f"Install what has them: {', '.join(names)}, in the version that is made "
            f"for TensorFlow {version}."
        )
    else:
        hint = (
            "They are of a package that is not known here: import the one that the "
            "model's page names before, in the version that is made for TensorFlow "
            f"{version}."
        )
    raise DependencyError(msg, handle=handle, hint=hint, ops=left)
