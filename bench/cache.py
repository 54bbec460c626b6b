"""What a cache of 10,000 models costs: to list it, and to resolve one model in it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from _common import interleaved, report

import tfhub
from tfhub.testing import Host

MANY = 10_000
CALLS = 500


def fill(root: str, pattern: str) -> None:
    """Copies the one entry of a cache, manifest and all, under many handles."""
    template = json.loads(Path(f"{pattern}.manifest.json").read_text("utf-8"))
    os.makedirs(root)
    for number in range(MANY):
        handle = f"https://example.com/publisher/model-{number}/1"
        key = hashlib.sha1(handle.encode()).hexdigest()
        os.makedirs(f"{root}/{key}/variables")
        for name, facts in template["files"].items():
            with open(f"{root}/{key}/{name}", "wb") as file:
                file.truncate(facts["size"])
        with open(f"{root}/{key}.manifest.json", "w", encoding="utf-8") as file:
            json.dump({**template, "handle": handle}, file, indent=1)
        with open(f"{root}/{key}.descriptor.txt", "w", encoding="utf-8") as file:
            file.write(f"Module: {handle}\n")


def cached(root: str, handle: str) -> None:
    os.environ["TFHUB_CACHE_DIR"] = root
    for _ in range(CALLS):
        tfhub.resolve(handle)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Host() as host:
        os.makedirs(f"{folder}/model/variables")
        names = ["saved_model.pb", "fingerprint.pb", "variables/variables.index"]
        for name in [*names, "variables/variables.data-00000-of-00001"]:
            with open(f"{folder}/model/{name}", "wb") as file:
                file.write(b"x" * 1000)
        url = host.add("/m/1", f"{folder}/model")
        one, many = f"{folder}/one", f"{folder}/many"
        os.environ["TFHUB_CACHE_DIR"] = one
        path = tfhub.resolve(url)
        fill(many, path)
        shutil.copytree(one, many, dirs_exist_ok=True)

        os.environ["TFHUB_CACHE_DIR"] = many
        for text, check, limit in (("", False, "1 s"), (" with check=True", True, "")):
            rounds = []
            for _ in range(5):
                start = time.perf_counter()
                listed = len(tfhub.cache_list(check=check))
                rounds.append(time.perf_counter() - start)
            assert listed == MANY + 1
            what = f"cache_list(){text} of 10,001 models"
            report(what, f"{sorted(rounds)[2]:.2f} s", limit)

        medians = interleaved(
            21, one=lambda: cached(one, url), many=lambda: cached(many, url)
        )
        ratio = medians["many"] / medians["one"]
        micro = 1e6 * medians["many"] / CALLS
        report("resolve() of a cached URL among them", f"{micro:.1f} us", "60 us")
        report("the same, to that in a cache of one", f"{ratio:.2f} x", "1.1 x")

        from tfhub.cache.locks import in_use

        start = time.perf_counter()
        for _ in range(CALLS):
            with in_use(path):
                pass
        micro = 1e6 * (time.perf_counter() - start) / CALLS
        report("what load() pays to hold an entry", f"{micro:.1f} us", "100 us")


if __name__ == "__main__":
    main()
