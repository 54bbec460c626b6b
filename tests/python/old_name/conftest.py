"""Environments of their own, made in a moment: they see the packages of this one."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tfhub
from tfhub.old_name import asking

ROOT = Path(tfhub.__file__).parents[1]


class Environment:
    """A virtual environment without pip, with the packages of this Python."""

    def __init__(self, folder: Path) -> None:
        made = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
        subprocess.run(made, check=True)
        self.folder = folder
        self.python = folder / "bin" / "python"
        [self.site] = folder.glob("lib/python*/site-packages")
        packages = sysconfig.get_path("purelib")
        line = f"import site; site.addsitedir({packages!r})\n"  # and its .pth files
        (self.site / "packages.pth").write_text(line)

    def run(
        self, *arguments: str, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.python), *arguments],
            env=self.variables(**environment),
            cwd=cwd or self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def variables(self, **more: str) -> dict[str, str]:
        ours = {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
        return {**os.environ, **ours, **more}

    def alias(self, action: str, **environment: str) -> tuple[int, str]:
        """What `tfhub alias` gives, and prints."""
        ran = self.run("-m", "tfhub", "alias", action, **environment)
        return ran.returncode, ran.stdout + ran.stderr

    def pip(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pip", "--python", str(self.python)]
        return subprocess.run(
            [*command, "--disable-pip-version-check", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    def files(self) -> dict[str, bytes | str]:
        """Every file, and where each link leads."""
        return {
            str(path.relative_to(self.folder)): (
                os.readlink(path) if path.is_symlink() else path.read_bytes()
            )
            for path in sorted(self.folder.rglob("*"))
            if path.is_symlink() or path.is_file()
        }

    def google(self, version: str = "0.16.1", *, record: bool = True) -> Path:
        """Installs what stands for the package of Google."""
        package = self.site / "tensorflow_hub"
        package.mkdir()
        (package / "__init__.py").write_text(f"__version__ = {version!r}\n")
        info = self.site / f"tensorflow_hub-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: tensorflow-hub\nVersion: {version}\n"
        )
        (info / "INSTALLER").write_text("pip\n")
        if record:
            names = ["tensorflow_hub/__init__.py", f"{info.name}/METADATA"]
            names += [f"{info.name}/INSTALLER", f"{info.name}/RECORD"]
            (info / "RECORD").write_text("".join(f"{name},,\n" for name in names))
        return package


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "environment")


@pytest.fixture
def environments(tmp_path: Path) -> Callable[[str], Environment]:
    return lambda name: Environment(tmp_path / name)


@pytest.fixture
def asked() -> Iterator[None]:
    """The name is asked for during a test, and given back."""
    path = list(sys.path)
    asking.ask()
    yield
    asking.give_back()
    sys.path[:] = path
