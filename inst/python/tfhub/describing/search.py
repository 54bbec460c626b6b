"""Words become models: those that tfhub.dev listed."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from .. import words
from ..cache.entries import Entry, cache_roots
from ..catalog.matching import LANGUAGES, best
from ..catalog.tables import FORMATS, HOST, Model, models
from ..errors import InputError
from ..shown import listed, shown

_MOST = 20


@dataclass(frozen=True)
class Found:
    """A model that was found; what is not known of it is "".

    Attributes:
      handle: To be given to `load()`.
      format: `TF2 SavedModel`, `TF1 SavedModel` or `TF1 Hub module`.
      use: What loads it: `load`, or for a TF1 Hub module also `Module`.
      task: Such as `text-embedding`; several with `, ` between, as in the others.
      architecture: Such as `bert`.
      dataset: What it was trained on.
      language: A code such as `es`.
      fine_tunable: Whether its publisher said that it can be; None if nothing.
      license: Such as `apache-2.0`.
      cached: Whether it is in the cache.
      kaggle: What it is called on Kaggle, a handle; versions differ there.
    """

    handle: str
    format: str
    use: str
    task: str
    architecture: str
    dataset: str
    language: str
    fine_tunable: bool | None
    license: str
    cached: bool
    kaggle: str

    def to_dict(self) -> dict[str, Any]:
        """It as a dict, ready for JSON."""
        return asdict(self)


def search(
    query: str = "",
    *,
    task: str | None = None,
    language: str | None = None,
    dataset: str | None = None,
    architecture: str | None = None,
    publisher: str | None = None,
    format: str | None = None,
    fine_tunable: bool | None = None,
    most: int = _MOST,
) -> list[Found]:
    """Finds models among those that tfhub.dev listed, until March 2024.

    The table is in the package: nothing is downloaded. Whether a model can still be
    had, the table does not say.

    Args:
      query: Words, such as `"spanish text embedding"`, or a path. Words that mean the
        same and typing errors are known.
      task: Only models for this task, such as `"text-embedding"`, or a part of its
        name.
      language: Only models for this language, by its code or its English name.
      dataset: Only models that were trained on this.
      architecture: Only models of this architecture, such as `"bert"`.
      publisher: Only models of this publisher, such as `"google"`.
      format: Only models in this format: `"TF2 SavedModel"`, `"TF1 SavedModel"` or
        `"TF1 Hub module"`.
      fine_tunable: Only models whose publisher said that they can be fine-tuned, or
        cannot.
      most: How many at most.

    Returns:
      The models, best first, each in its newest version unless the query names one.

    Raises:
      InputError: There is no such task, language, dataset, architecture, publisher or
        format: it lists those there are. Or nothing fits the query.
    """
    formats = {name: code for code, name in FORMATS.items()}
    if format is not None and format not in formats:
        raise _unknown(format, formats, "format")
    if language is not None:
        language = LANGUAGES.get(language.lower(), language)
    wanted = {
        "task": task,
        "language": language,
        "dataset": dataset,
        "architecture": architecture,
    }
    for column, value in wanted.items():
        if value is not None:
            _require(column, value)
    publishers = {model.path.partition("/")[0] for model in models().values()}
    if publisher is not None and publisher not in publishers:
        raise _unknown(publisher, sorted(publishers), "publisher")

    def allowed(model: Model) -> bool:
        return (
            all(
                value is None or _has(getattr(model, column), value)
                for column, value in wanted.items()
            )
            and publisher in (None, model.path.partition("/")[0])
            and (format is None or model.format == formats[format])
            and fine_tunable in (None, _truth(model.fine_tunable))
        )

    found = best(query, allowed, most)
    if not found and query.strip():
        close = [HOST + each.path for each in best(query, lambda _: True, 3)]
        msg = f"Nothing fits {shown(query)!r} among {len(models()):,} models."
        hint = f"Nearest come {listed(close)}." if close else "Use other words for it."
        raise InputError(msg, hint=hint)
    return [_found(model) for model in found]


def _found(model: Model) -> Found:
    handle = HOST + model.path
    return Found(
        handle=handle,
        format=FORMATS[model.format],
        use="load, Module" if model.format == "hub" else "load",
        task=_commas(model.task),
        architecture=_commas(model.architecture),
        dataset=_commas(model.dataset),
        language=_commas(model.language),
        fine_tunable=_truth(model.fine_tunable),
        license=model.license,
        cached=any(Entry(root, handle).is_valid() for root in cache_roots()),
        kaggle=f"kaggle://{model.kaggle}" if model.kaggle else "",
    )


def _commas(values: str) -> str:
    return ", ".join(values.split("|")) if values else ""


def _truth(value: str) -> bool | None:
    return {"true": True, "false": False}.get(value)


def _has(values: str, wanted: str) -> bool:
    """Whether one of several values is the one that is wanted, or has its words."""
    asked = _words(wanted)
    return any(asked <= _words(each) for each in values.split("|"))


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower()))


def _require(column: str, value: str) -> None:
    there = {
        each
        for model in models().values()
        for each in getattr(model, column).split("|")
        if each
    }
    if not any(_has(each, value) for each in there):
        raise _unknown(value, sorted(there), column)


def _unknown(value: str, there: Any, column: str) -> InputError:
    msg = f"There is no {column} {shown(value)!r} in the table of models."
    hint = f"Give one of these as {words.argument(column)}: {listed(there, 80)}."
    return InputError(msg, hint=hint)
