"""`tfhub scan` and `tfhub info` of a graph of 2,000 nodes, beside TensorFlow's tool."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from _common import interleaved, report

NODES = 2000


def save(path: str) -> None:
    from tfhub.runtime.tf import tf

    model: Any = tf.Module()
    model.weight = tf.Variable(1.0)

    def call(x: Any) -> Any:
        for _ in range(NODES):
            x = x + 1.0
        return x * model.weight

    model.call = tf.function(call, input_signature=[tf.TensorSpec([], tf.float32)])
    tf.saved_model.save(model, path, signatures=model.call)


def main() -> None:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    tool = str(Path(sys.executable).with_name("saved_model_cli"))
    with tempfile.TemporaryDirectory() as folder:
        save(f"{folder}/model")
        os.environ["TFHUB_CACHE_DIR"] = f"{folder}/cache"

        def run(*command: str) -> Any:
            return lambda: subprocess.run(command, check=True, **quiet)

        medians = interleaved(
            5,
            tool=run(tool, "show", "--dir", f"{folder}/model", "--all"),
            scan=run(sys.executable, "-m", "tfhub", "scan", f"{folder}/model"),
            info=run(sys.executable, "-m", "tfhub", "info", f"{folder}/model"),
        )
    print(f"saved_model_cli show --all: {medians['tool']:.2f} s")
    for name in ("scan", "info"):
        ratio = medians["tool"] / medians[name]
        seconds = f"{medians[name]:.3f} s"
        report(f"tfhub {name} ({seconds}), times quicker", f"{ratio:.0f}x", "30x")


if __name__ == "__main__":
    main()
