"""The process that looks at models for a server: `python -m tfhub.hosting.worker`.

It reads a job in JSON from each line of its input, and answers with a line of JSON. It
ends when its input does, and where a job takes more than it may.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any

from .about import about, whole
from .readme import about_readme

MEMORY = 1 << 30  # bytes of addresses, the program's own included
_LARGE = 256 << 20
_JOBS = {"about": about, "readme": about_readme, "whole": whole}


def main() -> None:
    """Does one job after another."""
    # What a library prints is no answer.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    with suppress(OSError, AttributeError):
        os.nice(5)  # the server answers others meanwhile
    bound("RLIMIT_AS", MEMORY)
    bound("RLIMIT_CORE", 0)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        bound("RLIMIT_CPU", int(sum(os.times()[:2])) + job["seconds"] + 1)
        found = _done(job)
        print(json.dumps(found | {"last": _is_large()}), file=answers, flush=True)


def _done(job: dict[str, Any]) -> dict[str, Any]:
    try:
        return _JOBS[job["name"]](job["folder"])
    except MemoryError:
        os._exit(1)  # with all that is left of it
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:1000]}


def _is_large() -> bool:
    """Whether this process has had so much memory that a new one is better."""
    with suppress(ImportError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak * (1 if sys.platform == "darwin" else 1024) > _LARGE
    return False


def bound(name: str, value: int) -> None:
    """Sets a limit of this process, where the system has such."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, hard))


if __name__ == "__main__":
    main()
