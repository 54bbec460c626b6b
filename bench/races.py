"""Processes that want one model at once, against one process alone.

Each is forked from a Python that has loaded the library, and waits for the others; the
model comes at a steady 50 MB/s. One request is to be made, and the last process is to
be done soon after the first.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time

from _common import python, report

from tfhub.testing import FaultServer, archive_bytes
from tfhub.testing.faults import drips

NUMBER, SECONDS = 20, 2.0
ROUNDS = int(os.environ.get("TFHUB_BENCH_ROUNDS", "5"))

RACE = """
import os, time
import filelock, tfhub
from tfhub.archive import unpacking
from tfhub.fetch import install
from tfhub.net import http
waiting, go = os.pipe()
for _ in range({number}):
    if not os.fork():
        os.close(go)
        os.read(waiting, 1)
        tfhub.resolve({url!r})
        os._exit(0)
start = time.perf_counter()
os.close(go)
assert not any(os.wait()[1] for _ in range({number}))
print(time.perf_counter() - start)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model")
        os.mkdir(model)
        for name in ("saved_model.pb", "weights"):
            with open(os.path.join(model, name), "wb") as file:
                file.write(os.urandom(int(SECONDS * 25_000_000)))
        server = FaultServer()
        archive = archive_bytes(model, mode="w")
        url = server.on("/model.tar", drips(archive, SECONDS, pieces=1000))

        def seconds(number: int) -> float:
            cache = os.path.join(folder, f"cache-{time.monotonic_ns()}")
            code = RACE.format(number=number, url=url)
            return float(python(code, TFHUB_CACHE_DIR=cache)[-1])

        rounds = [(seconds(1), seconds(NUMBER)) for _ in range(ROUNDS)]
        alone, together = map(statistics.median, zip(*rounds, strict=True))
        limit = 1.05 + 0.5 / alone
        print(f"one process takes {alone:.2f} s")
        report(f"{NUMBER} at once", f"{together / alone:.2f}x", f"{limit:.2f}x")
        asked = f"{len(server.requests) / ROUNDS:g}"
        report("requests, of one alone and of all of them", asked, "2")
        server.close()


if __name__ == "__main__":
    sys.exit(main())
