"""Download and unpack 400 MB from loopback, against `curl -s URL | tar x`.

Dense: float32 weights, as a trained model has them, packed by gzip or not at all.
Compressible: the same with nine in ten set to zero. All with the sha256 of the archive
and of every file, the CRC of gzip and fsync on; each in a new process for the memory,
timed inside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial

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
    for flag, ending in (("-czf", "tar.gz"), ("-cf", "tar")):
        archive = f"{folder}/{name}.{ending}"
        subprocess.run(["tar", flag, archive, "-C", model, "."], check=True)
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
            flags = "xz" if url.endswith("gz") else "x"
            command = f"curl -s {url} | tar {flags} -C {plain}"
            subprocess.run(command, shell=True, check=True)

        make(folder, "dense", 0.0)
        make(folder, "compressible", 0.9)
        memory: list[float] = []
        for name, limits in (
            ("dense.tar.gz", {"stdlib": 0.60, "isal": 0.50}),
            ("compressible.tar.gz", {"stdlib": 0.50, "isal": 0.50}),
            ("dense.tar", {"nothing": 1.20}),
        ):
            url = f"{server.url}/{name}"
            preludes = {"stdlib": WITHOUT_ISAL, "isal": "", "nothing": ""}
            contenders = {
                kind: partial(resolve, url, preludes[kind]) for kind in limits
            }
            medians = interleaved(ROUNDS, curl=partial(curl, url), **contenders)
            base = medians["curl"]
            print(f"{name}: curl | tar takes {base:.2f} s")
            for kind, limit in limits.items():
                ratio = f"{medians[kind] / base:.2f}x"
                report(f"  resolve, inflated by {kind}", ratio, f"{limit:.2f}x")
        peak = f"{max(memory):.0f} MB"
        report("memory beside the interpreter's, at most", peak, "64 MB")


if __name__ == "__main__":
    sys.exit(main())
