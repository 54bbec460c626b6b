"""A server's pages: the first look at a model, what is kept, and the list.

Usage: page.py
"""

from __future__ import annotations

import http.client
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from _common import report

from tfhub.hosting.serving import Server
from tfhub.testing import save_fruit_model

README = "# Fruit\n\nTurns *fruit* into pets.\n\n" + "A paragraph of text. " * 40


def seconds(url: str, path: str) -> float:
    """How long a request takes, with a connection of its own."""
    client = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    start = time.perf_counter()
    client.request("GET", path)
    answer = client.getresponse()
    answer.read()
    spent = time.perf_counter() - start
    client.close()
    assert answer.status == 200
    return spent


def median(run: Callable[[int], float], number: int) -> float:
    return statistics.median(run(index) for index in range(number))


with tempfile.TemporaryDirectory() as place:
    root = Path(place)
    fruit = Path(save_fruit_model(root / "fruit"))
    (fruit / "README.md").write_text(README)
    for index in range(50):
        shutil.copytree(fruit, root / "models" / "zoo" / f"m{index}" / "1")
    with Server(root / "models") as server:
        first = median(lambda i: seconds(server.url, f"/zoo/m{i}/1"), 50)
        again = median(lambda i: seconds(server.url, f"/zoo/m{i}/1"), 50)
        seconds(server.url, "/")
        listed = median(lambda _: seconds(server.url, "/"), 20)
    report("a page, the first time: ms", f"{1000 * first:.1f}", "60")
    report("a page, again: ms", f"{1000 * again:.1f}", "20")
    report("a list of 50 models: ms", f"{1000 * listed:.1f}", "60")
