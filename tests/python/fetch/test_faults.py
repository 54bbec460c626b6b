"""Each fault of the table that a server makes, and what is left after it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

import tfhub
from tfhub.testing import FaultServer
from tfhub.testing.archives import CHANGES
from tfhub.testing.faults import MODES, sends

from ..conftest import tree
from .faults import TABLE, Fault, as_markdown

ROOT = Path(__file__).parents[3]
FAULTS = [fault for faults in TABLE.values() for fault in faults]


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.mode], ids=lambda fault: fault.mode
)
def test_a_fault(
    fault: Fault,
    bad_server: FaultServer,
    model: Path,
    archive: bytes,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TFHUB_RETRIES", "1")
    if fault.mode in ("stall", "head-drips", "drip"):
        monkeypatch.setenv("TFHUB_CONNECT_TIMEOUT", "0.5")
        monkeypatch.setenv("TFHUB_READ_TIMEOUT", "0.5")
    url = f"{bad_server.url}/{fault.mode}/model"
    want, start = tree(model), time.monotonic()
    if fault.error is None:
        folder = Path(tfhub.resolve(url))
        assert tree(folder) == {**want, **fault.extra}
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert not any(path.stat().st_mode & 0o7111 for path in files)
    else:
        with pytest.raises(fault.error, match=fault.says) as caught:
            tfhub.resolve(url)
        assert time.monotonic() - start < 30
        assert caught.value.handle == url
        assert url in str(caught.value)
        assert caught.value.hint
        left = [path.name for path in cache.rglob("*") if not path.is_dir()]
        assert [name for name in left if not name.endswith(".lock")] == []
        bad_server.on(f"/{fault.mode}/model", sends(archive))
        assert tree(tfhub.resolve(url)) == want
    assert list((cache / ".tmp").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["tfhub_cache"]
    assert not Path("/tmp/evil").exists()


def test_every_way_to_fail_is_in_the_table() -> None:
    ways = {mode.replace(" ", "-") for mode in [*MODES, *CHANGES]} - {"good"}
    assert {fault.mode for fault in FAULTS if fault.mode} == ways


def test_every_fault_has_its_test() -> None:
    for fault in FAULTS:
        file, _, name = fault.test.partition("::")
        assert re.search(
            rf"^def {name}\(", (Path(__file__).parent / file).read_text("utf-8"), re.M
        ), fault


def test_the_documentation_has_the_table() -> None:
    page = ROOT / "vignettes" / "trust-and-security.Rmd"
    if not page.exists():
        pytest.skip("the documentation is not part of this folder")
    assert as_markdown() in page.read_text("utf-8"), (
        f"Put this into {page.name}:\n{as_markdown()}"
    )
