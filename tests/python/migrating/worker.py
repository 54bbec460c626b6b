"""Runs programs one after the other, and keeps what each has in `result`.

`python worker.py OUT graph|eager PROGRAM...`. In `graph` TensorFlow behaves as version
1 did, and `import tensorflow as tf` gives what it had; in both, the old name of the
library stands for this one. A notebook's code is run without its lines for IPython.
"""

from __future__ import annotations

import importlib
import io
import json
import pickle
import sys
import traceback
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

import tensorflow

import tfhub


def code_of(path: Path) -> str:
    text = path.read_text("utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = ["".join(each["source"]) for each in json.loads(text)["cells"]
             if each["cell_type"] == "code"]  # fmt: skip
    rows = [row for cell in cells if "%%bash" not in cell for row in cell.split("\n")]
    return "\n".join(row for row in rows if row[:1] not in "%!" and row[-1:] != "?")


def old_names(*, is_there: bool) -> None:
    """tensorflow_hub and the submodule that the programs import, or neither."""
    layers = ModuleType("tensorflow_hub.keras_layer")
    layers.KerasLayer = tfhub.KerasLayer  # type: ignore[attr-defined]
    tfhub.keras_layer = layers  # type: ignore[attr-defined]
    modules: Any = sys.modules
    modules["tensorflow_hub"] = tfhub if is_there else None
    modules["tensorflow_hub.keras_layer"] = layers if is_there else None


def run(path: Path) -> Any:
    space = {"__name__": "program"}
    tensorflow.compat.v1.reset_default_graph()
    with redirect_stdout(io.StringIO()):
        exec(compile(code_of(path), str(path), "exec"), space)
    return space.get("result")


def main(out: str, mode: str, *programs: str) -> None:
    is_graph = mode == "graph"
    if is_graph:
        tensorflow.compat.v1.disable_v2_behavior()
    found: dict[str, Any] = {}
    for program in map(Path, programs):
        is_old = "old" in program.parts
        old_names(is_there=is_old)
        v1 = importlib.import_module("tensorflow.compat.v1")
        sys.modules["tensorflow"] = v1 if is_graph and is_old else tensorflow
        try:
            found[str(program)] = run(program)
        except BaseException:
            found[str(program)] = traceback.format_exc()
        sys.modules["tensorflow"] = tensorflow
    Path(out).write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
