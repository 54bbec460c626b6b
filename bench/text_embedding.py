"""What the export of 400,000 embeddings of 300 values costs, in time and in memory."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from _common import python, report

import tfhub

TOKENS, DIMENSIONS = 400_000, 300
WEIGHTS = 4 * TOKENS * DIMENSIONS / 1e6  # MB

# Of the own process: its most memory in all, and the most that lies in no file.
MEASURED = """
import sys, threading, time
from tfhub.exporting.text_embedding import export_text_embedding
from tfhub.exporting import text_embedding_graph

def memory(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith(name))

def watch():
    while not over.wait(0.01):
        anonymous.append(memory("RssAnon"))

before, anonymous, over = memory("VmRSS"), [memory("RssAnon")], threading.Event()
watcher = threading.Thread(target=watch, daemon=True)
watcher.start()
start = time.perf_counter(), time.process_time()
export_text_embedding({file!r}, {path!r}, format={format!r})
print(time.perf_counter() - start[0])
print(time.process_time() - start[1])
over.set()
watcher.join()
print(memory("VmHWM") - before)
print(max(anonymous) - anonymous[0])
"""


def write(file: Path) -> None:
    """Writes embeddings with as many digits as GloVe's."""
    rows = [
        b" ".join(b"%.5g" % ((7919 * (n + m)) % 9973 / 9973 - 0.5) for m in range(300))
        for n in range(1000)
    ]
    with file.open("wb", buffering=1 << 20) as stream:
        stream.writelines(b"token%d %b\n" % (n, rows[n % 1000]) for n in range(TOKENS))


def floats(file: Path) -> float:
    """The CPU seconds of Python's own split() and float() on every value."""
    start = time.process_time()
    with file.open("rb") as lines:
        for line in lines:
            for _ in map(float, line.split()[1:]):
                pass
    return time.process_time() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "embeddings.txt")
        write(file)
        size = file.stat().st_size / 1e6
        plain = floats(file)
        print(f"{size:.0f} MB of text, {WEIGHTS:.0f} MB of weights")
        print(f"split() and float() of it take {plain:.1f} s of CPU")
        for format in sys.argv[1:] or ("tf2", "tf1"):
            path = f"{folder}/{format}"
            code = MEASURED.format(file=str(file), path=path, format=format)
            package = str(Path(tfhub.__file__).parents[1])
            seconds, busy, most, anonymous = map(
                float, python(code, PYTHONPATH=package, TF_CPP_MIN_LOG_LEVEL="3")
            )
            assert os.path.isdir(path)
            print(f"{format}: {seconds:.1f} s, {busy:.1f} s of CPU")
            report(f"{format}: CPU, to that", f"{busy / plain:.2f}x", "2x")
            over = f"{most - WEIGHTS:.0f} MB"
            report(f"{format}: most memory, over the weights", over, "200 MB")
            report(f"{format}: of no file", f"{anonymous:.0f} MB", "200 MB")


if __name__ == "__main__":
    main()
