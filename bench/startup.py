"""What `import tfhub` and a cached `resolve()` cost."""

from __future__ import annotations

import os
import sys
import tempfile
import time

from _common import interleaved, python, report

from tfhub.testing import Host

FORBIDDEN = ("tensorflow", "numpy", "urllib3", "http.client", "logging", "dataclasses")
WHOLE = """
import tfhub
tfhub.resolve({url!r})
with open("/proc/self/status") as file:
    print(next(int(line.split()[1]) for line in file if line.startswith("VmHWM")))
"""


def spawn(code: str) -> None:
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", code], os.environ)
    os.waitpid(pid, 0)


def main() -> None:
    medians = interleaved(
        51, bare=lambda: spawn("pass"), tfhub=lambda: spawn("import tfhub")
    )
    extra = 1000 * (medians["tfhub"] - medians["bare"])
    print(f"a bare interpreter takes {1000 * medians['bare']:.1f} ms")
    report("import tfhub, beside it", f"{extra:.2f} ms", "15 ms")
    loaded = python("import tfhub, sys; print(*sys.modules)")[0].split()
    found = [name for name in FORBIDDEN if name in loaded]
    report("of what it must not load, it loads", ", ".join(found) or "none", "none")

    with tempfile.TemporaryDirectory() as folder, Host() as host:
        os.environ["TFHUB_CACHE_DIR"] = f"{folder}/cache"
        os.makedirs(f"{folder}/model/variables")
        names = ["saved_model.pb", "fingerprint.pb", "variables/variables.index"]
        for name in [*names, "variables/variables.data-00000-of-00001"]:
            with open(f"{folder}/model/{name}", "wb") as file:
                file.write(b"x" * 1000)
        url = host.add("/m/1", f"{folder}/model")
        import tfhub

        tfhub.resolve(url)
        rounds, calls = [], 2000
        for _ in range(7):
            start = time.perf_counter()
            for _ in range(calls):
                tfhub.resolve(url)
            rounds.append((time.perf_counter() - start) / calls)
        report("resolve() of a cached URL", f"{1e6 * min(rounds):.1f} us", "60 us")
        code = WHOLE.format(url=url)
        whole = interleaved(11, whole=lambda: python(code))["whole"]
        kilobytes = int(python(code)[0])
        report("the same as a whole process", f"{whole:.3f} s", "0.15 s")
        report("its peak memory", f"{kilobytes / 1024:.1f} MB", "40 MB")


if __name__ == "__main__":
    main()
