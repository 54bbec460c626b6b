"""Download and unpack 400 MB from loopback, against `curl -s URL | tar xz`.

Dense: float32 weights, as a trained model has them. Compressible: the same with nine
in ten set to zero. Both with the sha256 of the archive and of every file, the CRC
of gzip and fsync on; each in a new process for the memory, timed inside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from _common import Serving, interleaved, python, report

MEGABYTES = int(os.environ.get("TFHUB_BENCH_MB", "400"))
ROUNDS = int(os.environ.get("TFHUB_BENCH_ROUNDS", "5"))

RESOLVE = """
import os, time
{prelude}
import tfhub
def peak():
    with open("/proc/self/status") as file:
        return next(int(l.split()[1]) for l in file if l.startswith("VmHWM")) / 1024
base = peak()
start = time.perf_counter()
tfhub.resolve({url!r})
print(time.perf_counter() - start)
print(peak() - base)
"""
WITHOUT_ISAL = "import sys; sys.modules['isal'] = None"


def make(folder: str, name: str, zeros: float) -> None:
    model = os.path.join(folder, name)
    os.makedirs(os.path.join(model, "variables"))
    with open(os.path.join(model, "saved_model.pb"), "wb") as file:
        file.write(b"\0" * 100)
    random = np.random.default_rng(1)
    with open(os.path.join(model, "variables", "weights"), "wb") as file:
        for _ in range(MEGABYTES // 8):
            block = random.normal(0, 0.05, 2 << 20).astype("float32")
            block[random.random(2 << 20) < zeros] = 0
            file.write(block.tobytes())
    subprocess.run(
        ["tar", "-czf", f"{folder}/{name}.tar.gz", "-C", model, "."], check=True
    )
    shutil.rmtree(model)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Serving(folder) as server:
        cache, plain = os.path.join(folder, "cache"), os.path.join(folder, "plain")

        def resolve(url: str, prelude: str) -> float:
            shutil.rmtree(cache, ignore_errors=True)
            code = RESOLVE.format(url=url, prelude=prelude)
            seconds, megabytes = map(float, python(code, TFHUB_CACHE_DIR=cache))
            memory.append(megabytes)
            return seconds

        def curl(url: str) -> None:
            shutil.rmtree(plain, ignore_errors=True)
            os.mkdir(plain)
            command = f"curl -s {url} | tar xz -C {plain}"
            subprocess.run(command, shell=True, check=True)

        for name, zeros in (("dense", 0.0), ("compressible", 0.9)):
            make(folder, name, zeros)
            url = f"{server.url}/{name}.tar.gz"
            memory: list[float] = []
            medians = interleaved(
                ROUNDS,
                curl=lambda: curl(url),  # noqa: B023
                stdlib=lambda: resolve(url, WITHOUT_ISAL),  # noqa: B023
                isal=lambda: resolve(url, ""),  # noqa: B023
            )
            base = medians["curl"]
            print(f"{name}: curl | tar xz takes {base:.2f} s")
            for kind in ("stdlib", "isal"):
                ratio = medians[kind] / base
                report(f"  resolve, inflated by {kind}", f"{ratio:.2f}x", "0.60x")
            peak = f"{max(memory):.0f} MB"
            report("  memory beside the interpreter's", peak, "64 MB")


if __name__ == "__main__":
    sys.exit(main())
