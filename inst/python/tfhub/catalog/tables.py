"""What is known of the models that tfhub.dev listed, in March 2024, when it moved.

The table is `models.tsv.xz`, which `tools/catalog.py` makes.
"""

from __future__ import annotations

import lzma
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("models.tsv.xz")
HOST = "https://tfhub.dev/"
FORMATS = {
    "hub": "TF1 Hub module",
    "saved_model": "TF1 SavedModel",
    "saved_model_2": "TF2 SavedModel",
}


class Model(NamedTuple):
    """A row of the table; what is not known is "".

    Attributes:
      path: What follows https://tfhub.dev/, with the version.
      kind: `tensorflow`, `tflite`, `tfjs`, `coral`, `placeholder` (a page for models of
        other kinds) or `deleted`, several of them with `|` between.
      format: `hub`, `saved_model` or `saved_model_2`.
      task: Such as `text-embedding`; several with `|` between.
      architecture: Such as `bert`; likewise.
      dataset: What it was trained on; likewise.
      language: A code such as `es`; likewise.
      fine_tunable: `true`, `false` or "".
      license: Such as `apache-2.0`.
      archive: Where its publisher has the archive, if not tfhub.dev itself.
      kaggle: What it is called on Kaggle: `owner/model/framework/variation`.
      kaggle_version: Its version there.
    """

    path: str
    kind: str
    format: str = ""
    task: str = ""
    architecture: str = ""
    dataset: str = ""
    language: str = ""
    fine_tunable: str = ""
    license: str = ""
    archive: str = ""
    kaggle: str = ""
    kaggle_version: str = ""

    @property
    def name(self) -> str:
        """The path without the version."""
        return self.path.rpartition("/")[0] if self.version else self.path

    @property
    def version(self) -> int:
        """The version; 0 where the path has none."""
        last = self.path.rpartition("/")[2]
        return int(last) if last.isdecimal() else 0

    @property
    def is_for_tensorflow(self) -> bool:
        """Whether it is a SavedModel or a module in the TF1 Hub format."""
        return "tensorflow" in self.kind.split("|")


COLUMNS = Model._fields


@lru_cache(maxsize=1)
def models() -> Mapping[str, Model]:
    """All models, by their paths."""
    text = lzma.decompress(FILE.read_bytes()).decode("utf-8")
    rows = (Model(*line.split("\t")) for line in text.split("\n"))
    return {row.path: row for row in rows}


@lru_cache(maxsize=1)
def versions() -> Mapping[str, list[Model]]:
    """The models for TensorFlow by their names, the newest version first."""
    found: dict[str, list[Model]] = {}
    for model in models().values():
        if model.is_for_tensorflow:
            found.setdefault(model.name, []).append(model)
    for each in found.values():
        each.sort(key=lambda model: -model.version)
    return found
