"""Runs cases of a target, each of which may raise a HubError and nothing else.

    python -m fuzz.worker CORPUS TARGET FIRST COUNT

It prints a line for each case that fails, and at last how many there were. A case is
its target and its number: run one again with FIRST and a COUNT of 1.
"""

from __future__ import annotations

import faulthandler
import gc
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

from tfhub.errors import HubError

from .targets import TARGETS

SECONDS, MEGABYTES = 2.0, 300
_HANGS = 60  # seconds, after which the process ends with its stack printed


def main(corpus: str, name: str, first: int, count: int) -> None:
    """Runs the cases from `first` on; the one before is to warm up."""
    warnings.simplefilter("ignore")
    target, failed = TARGETS[name], 0
    for number in range(first - 1, first + count):
        rng = random.Random(f"{name} {number}")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"case {number}", file=sys.stderr, flush=True)
        faulthandler.dump_traceback_later(_HANGS, exit=True)
        # With a hidden folder for what the case makes, removed whatever its names are.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            start, problem = time.process_time(), ""
            try:
                target(Path(corpus), rng, Path(folder))
            except HubError as error:
                text = str(error)
                if not all(c.isprintable() for c in text.replace("\n", "")):
                    problem = f"raw: {text!r}"
                elif len(text) > 20_000:
                    problem = f"{len(text)} characters of an error"
            except BaseException:
                problem = traceback.format_exc()
            took = time.process_time() - start
        faulthandler.cancel_dump_traceback_later()
        grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        if number >= first:
            if took > SECONDS:
                problem += f" {took:.1f} s"
            if grew > MEGABYTES:
                problem += f" {grew:.0f} MB"
        if problem and number >= first:
            failed += 1
            print(f"{name} {number}: {problem}", flush=True)
        if number % 100 == 0:
            gc.collect()
    print(f"{count} cases, {failed} failed", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
