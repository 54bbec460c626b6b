"""`tfhub run --as-tensorflow-hub`: a program, and all that it starts, with the name."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from .asking import NAMES, point_out


def run(arguments: Sequence[str]) -> int:
    """Runs a Python program in the place of this one.

    In it, and in each Python that it starts, `tensorflow_hub` is this library.

    Args:
      arguments: Those of `python`: a file, or `-m` and a module, and its arguments.

    Returns:
      Its exit status, on Windows. Elsewhere this process becomes the program.
    """
    point_out(sys.path)
    # It is found after the folder of the program, and before all packages.
    root = os.path.dirname(os.path.dirname(NAMES))
    path = [NAMES, *([] if _is_found(root) else [root])]
    environment = dict(os.environ)
    if environment.get("PYTHONPATH"):
        path.append(environment["PYTHONPATH"])
    environment["PYTHONPATH"] = os.pathsep.join(path)
    command = [sys.executable, *arguments]
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(sys.executable, command, environment)
    return subprocess.call(command, env=environment)


def _is_found(root: str) -> bool:
    """Whether each Python of this environment finds packages there."""
    import site

    return root in [*site.getsitepackages(), site.getusersitepackages()]
