"""What packing a model costs the processor, beside tar and gzip with nothing else.

Packing checks the model, follows no link, and measures what it writes: the sha256 of
the archive and of each file, for the tree digest.

Usage: packing.py [MB]
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from _common import interleaved, report

import tfhub
from tfhub.testing import save_fruit_model

MB = int(sys.argv[1]) if len(sys.argv) > 1 else 200
SMALL = 50  # small models in one round


def plain(folder: Path, out: Path) -> None:
    with (
        out.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed,
        tarfile.TarFile(fileobj=packed, mode="w", copybufsize=1 << 20) as tar,
    ):
        tar.add(folder, ".")


def spent(times: int, run: Callable[[], object]) -> float:
    """Seconds of the processor, which others on this machine do not take part in."""
    start = time.process_time()
    for _ in range(times):
        run()
    return time.process_time() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        out = Path(place, "out.tar.gz")
        small = Path(save_fruit_model(Path(place, "small")))
        large = Path(shutil.copytree(small, Path(place, "large")))
        with (large / "assets" / "weights").open("wb") as file:
            for _ in range(MB):  # of which gzip takes off a tenth, as of weights
                file.write(os.urandom(900_000) + bytes(100_000))
        pairs = {f"{MB} MB": (large, 1, 3), f"{SMALL} small models": (small, SMALL, 9)}
        for text, (folder, times, rounds) in pairs.items():

            def ours(folder: Path = folder, times: int = times) -> float:
                return spent(times, lambda: tfhub.pack(folder, out, overwrite=True))

            def theirs(folder: Path = folder, times: int = times) -> float:
                return spent(times, lambda: plain(folder, out))

            seconds = interleaved(rounds, ours=ours, theirs=theirs)
            ratio = seconds["ours"] / seconds["theirs"]
            limit = "1.25" if times == 1 else "2"
            report(f"{text}: pack / tar and gzip", f"{ratio:.2f}", limit)
            each = 1000 * seconds["ours"] / times
            report(f"{text}: pack, ms each", f"{each:.1f}", "")


if __name__ == "__main__":
    main()
