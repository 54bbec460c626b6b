"""Makes the table of old models in the package: `catalog.py KNOWN KAGGLE`.

KNOWN and KAGGLE are tables of facts, separated by tabs, with a header: of the models
that tfhub.dev listed, and of what they are called on Kaggle.
"""

from __future__ import annotations

import csv
import lzma
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "inst" / "python"))

from tfhub.catalog.tables import COLUMNS, FILE

# Taken down on 18 March 2024, when tfhub.dev moved.
DELETED = {
    "inaturalist/vision/embedder/inaturalist_V2",
    "silero/silero-stt/de",
    "silero/silero-stt/en",
    "silero/silero-stt/es",
    "svampeatlas/vision/classifier/fungi_mobile_V1",
    "svampeatlas/vision/embedder/fungi_V2",
    *(f"nvidia/unet/industrial/class_{number}" for number in range(1, 11)),
}


def read(path: str) -> list[dict[str, str]]:
    """The rows of a table."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def main(known: str, kaggle: str) -> None:
    """Writes the table of the package."""
    names = {row["path"]: row for row in read(kaggle)}
    rows: dict[str, dict[str, str]] = {}
    for row in read(known):
        path, kind = row["path"], row["kind"]
        there = rows.setdefault(path, row)
        if there is not row:
            there["kind"] += f"|{kind}"
        if kind == "tensorflow" and there is not row:
            rows[path] = {**row, "kind": there["kind"]}
    for path, row in rows.items():
        if "tensorflow" not in row["kind"].split("|"):
            rows[path] = {"path": path, "kind": row["kind"]}
            continue
        there = names.get(path.rpartition("/")[0], {})
        if there.get("format") == row["format"]:
            row |= {name: there[name] for name in ("kaggle", "kaggle_version")}
    for path, row in rows.items():
        if path.rpartition("/")[0] in DELETED:
            row["kind"] += "|deleted"
    lines = [
        "\t".join(rows[path].get(name, "") for name in COLUMNS) for path in sorted(rows)
    ]
    FILE.write_bytes(lzma.compress("\n".join(lines).encode(), preset=9))
    print(f"{len(lines)} paths, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
