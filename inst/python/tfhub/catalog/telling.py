"""What is known of an old handle, for whoever cannot get the model."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..shown import listed
from .matching import near
from .tables import HOST, Model, models, versions

_OLD = re.compile(r"https?://(?:www\.)?tfhub\.dev/([^?#]*)")
_FOR = {"tflite": "TensorFlow Lite", "tfjs": "TensorFlow.js", "coral": "Coral"}


def old_path(handle: str) -> str | None:
    """What follows the host in a handle of tfhub.dev; None in any other."""
    found = _OLD.match(handle)
    return found[1].strip("/") if found else None


def told(handle: str) -> tuple[str, str]:
    """What is known of a handle of tfhub.dev: a sentence or more, and what to do.

    Both are "" of any other handle, and where nothing is known that helps.
    """
    path = old_path(handle)
    if not path:
        return "", ""
    model = models().get(path)
    if model is None:
        return _of_no_model(path)
    if not model.is_for_tensorflow:
        return _of_another_kind(model)
    if "deleted" in model.kind:
        return "It was deleted in March 2024, and is not to be had any more.", ""
    return "", _elsewhere(model)


def _of_no_model(path: str) -> tuple[str, str]:
    name, _, last = path.rpartition("/")
    for known in (path, name if last.isdecimal() else path):
        if known in versions():
            there = versions()[known]
            said = f"tfhub.dev had {_numbers(there)} of it."
            return said, f"Give one of them: {listed(_handles(there))}."
    close = near(path, 3)
    said = "tfhub.dev never had such a model."
    return said, f"Did you mean {_or(_of(close))}?" if close else ""


def _of_another_kind(model: Model) -> tuple[str, str]:
    kinds = [_FOR[each] for each in model.kind.split("|") if each in _FOR]
    said = f"tfhub.dev had it for {' and '.join(kinds)}, not as a SavedModel."
    if not kinds:
        said = "At tfhub.dev this was a page on models for other programs."
    close = [each for each in near(model.path, 20) if models()[each].is_for_tensorflow]
    hint = f"Near it comes {_or(_of(close[:3]))}." if close else ""
    return said, hint


def _elsewhere(model: Model) -> str:
    ways = []
    if model.kaggle:
        name = f"kaggle://{model.kaggle}"
        version = f" (the table gives its version {model.kaggle_version} there)"
        ways.append(f"On Kaggle it is called {name}{version}.")
    if model.archive:
        ways.append(f"Its publisher had it at {model.archive}.")
    return " ".join(ways)


def _of(paths: Iterable[str]) -> list[str]:
    return [HOST + each for each in paths]


def _handles(there: list[Model]) -> list[str]:
    return _of(each.path for each in there)


def _numbers(there: list[Model]) -> str:
    numbers = [str(each.version) for each in reversed(there)]
    return f"the version{'s' if len(numbers) > 1 else ''} {_and(numbers)}"


def _and(texts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


def _or(texts: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))
