"""The alias of an environment: a small package `tensorflow_hub`, and its metadata.

It lies where pip puts packages, and is one to pip: `pip list` has it, requirements such
as `tensorflow-hub>=0.16.1` are met by it, `pip uninstall tensorflow-hub` removes it.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .. import words
from .._version import __version__
from ..errors import AliasError
from .asking import MARK, NAME
from .standing import INSTALLER, Claim, removal, site, standing
from .versions import alias_version

_COMMAND = "make_image_classifier"
_PACKAGE = '''"""tfhub answers to this name here: `tfhub alias install` wrote this file.

`tfhub alias remove` removes it, and so does `pip uninstall tensorflow-hub`.
"""

import sys

{MARK} = {version!r}
{found}
try:
    import tfhub.as_tensorflow_hub  # from here on the name is tfhub's  # noqa: F401
except ModuleNotFoundError as error:
    if error.name not in ("tfhub", "tfhub.as_tensorflow_hub"):
        raise
    raise ImportError(
        "tensorflow_hub is an alias of tfhub here, and tfhub "
        + ("is too old for it." if "tfhub" in sys.modules else "is not installed.")
        + " Install tfhub, or remove the alias: pip uninstall tensorflow-hub"
    ) from None
'''
# It requires nothing: pip would take what an index has under the name tfhub.
_METADATA = """Metadata-Version: 2.1
Name: tensorflow-hub
Version: {}
Summary: The name tensorflow_hub, answered by tfhub
License: Apache-2.0
Requires-Python: >=3.10

`tfhub alias install` wrote this. The package has no code of its own: programs that say
`import tensorflow_hub` get tfhub. `tfhub alias remove` removes it, and so does
`pip uninstall tensorflow-hub`.
"""
_WHEEL = """Wheel-Version: 1.0
Generator: tfhub {}
Root-Is-Purelib: true
Tag: py3-none-any
"""
_SCRIPT = """#!{python}
# The command of tensorflow_hub: `tfhub alias install` wrote this.
import sys

from tensorflow_hub.tools.make_image_classifier.make_image_classifier import run_main

sys.exit(run_main())
"""


def install() -> str:
    """Installs the alias into the environment of this Python, or renews it.

    Returns:
      The folder of the package.

    Raises:
      AliasError: Another `tensorflow_hub` is installed, whole or in parts, or the
        environment cannot be changed.
    """
    _refuse_others(standing().others)
    folder = site()
    _refuse_managed(folder)
    _take_away(folder)
    _refuse_others(standing().others)  # what was put among its files
    info = f"{NAME}-{alias_version()}.dist-info"
    script = _script(folder)
    command = _SCRIPT.format(python=sys.executable)
    files = {
        f"{NAME}/__init__.py": _PACKAGE.format(
            MARK=MARK, version=__version__, found=_where_tfhub_is(folder)
        ),
        f"{info}/METADATA": _METADATA.format(alias_version()),
        f"{info}/INSTALLER": f"{INSTALLER}\n",
        f"{info}/WHEEL": _WHEEL.format(__version__),
        f"{info}/top_level.txt": f"{NAME}\n",
    }
    rows = [_row(name, text) for name, text in files.items()]
    if script is not None:
        rows.append(_row(os.path.relpath(script, folder), command))
    files[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"])
    with _writing(folder), tempfile.TemporaryDirectory(dir=folder) as new:
        for name, text in files.items():
            path = os.path.join(new, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            _write(path, text)
        for name in (NAME, info):
            os.rename(os.path.join(new, name), os.path.join(folder, name))
        if script is not None:
            _write(script, command)
            os.chmod(script, 0o755)
    return os.path.join(folder, NAME)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def remove() -> list[str]:
    """Removes the alias from the environment of this Python.

    Returns:
      What was removed: nothing where there was none.

    Raises:
      AliasError: The environment cannot be changed.
    """
    return _take_away(site())


def _take_away(folder: str) -> list[str]:
    """Removes what `install()` writes, and leaves all that others have put there."""
    ours = [claim.place for claim in standing().metadata if claim.ours]
    package = os.path.join(folder, NAME)
    gone = []
    with _writing(folder):
        for place in ours:
            if os.path.dirname(place) == folder and not os.path.islink(place):
                shutil.rmtree(place)
                gone.append(place)
        init = os.path.join(package, "__init__.py")
        if _is_marked(init) and not os.path.islink(package):
            os.remove(init)
            shutil.rmtree(os.path.join(package, "__pycache__"), ignore_errors=True)
            with suppress(OSError):  # others have put something there
                os.rmdir(package)
            gone.append(package)
        script = _script_path()
        if gone and _is_ours(script):
            os.remove(script)
            gone.append(script)
    return gone


def _is_marked(file: str) -> bool:
    return os.path.isfile(file) and MARK in _text(file)


def _is_ours(script: str) -> bool:
    return os.path.isfile(script) and "tfhub alias install" in _text(script)


def _text(file: str) -> str:
    with open(file, encoding="utf-8", errors="replace") as lines:
        return lines.read(4096)


def _where_tfhub_is(folder: str) -> str:
    """What finds tfhub, after all other places, where it is not beside the alias."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if root == folder:
        return ""
    return f"sys.path.append({root!r})  # where tfhub is\n"


def _script_path() -> str:
    return os.path.join(sysconfig.get_path("scripts"), _COMMAND)


def _script(folder: str) -> str | None:
    """Where the command goes; None where something is there, and on Windows."""
    path = _script_path()
    same = os.path.splitdrive(path)[0] == os.path.splitdrive(folder)[0]
    writable = os.access(os.path.dirname(path), os.W_OK)
    free = not os.path.lexists(path)
    return path if os.name != "nt" and same and writable and free else None


def _row(name: str, text: str) -> str:
    data = text.encode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return f"{name.replace(os.sep, '/')},sha256={digest.decode()},{len(data)}\n"


def _refuse_others(others: list[Claim]) -> None:
    if not others:
        return
    other = others[0]
    version = f" {other.version}" if other.version else ""
    msg = f"Another tensorflow_hub{version} is installed: {other.place}. The alias "
    msg += "would hide it, so it is not installed."
    hint = f"{removal(other)}; then install the alias. Or leave it, and ask for tfhub "
    raise AliasError(msg, hint=f"{hint}in one program: {_one_program()}.")


def _refuse_managed(folder: str) -> None:
    stdlib = sysconfig.get_path("stdlib")
    managed = os.path.join(stdlib, "EXTERNALLY-MANAGED")
    if sys.prefix == sys.base_prefix and os.path.exists(managed):
        msg = f"The packages in {folder} are managed by the operating system."
        raise AliasError(msg, hint=f"Make an environment, or {_one_program()}.")


@contextmanager
def _writing(folder: str) -> Iterator[None]:
    try:
        writable = os.stat(folder).st_mode & stat.S_IWUSR and os.access(folder, os.W_OK)
        if not writable:
            msg = f"{folder} cannot be written"
            raise PermissionError(msg)
        yield
    except OSError as error:
        if isinstance(error, AliasError):
            raise
        msg = f"The packages of this environment cannot be changed: {error}."
        hint = f"Ask whoever owns it, or {_one_program()}."
        raise AliasError(msg, hint=hint) from error


def _one_program() -> str:
    return words.code(
        "start the program by tfhub run --as-tensorflow-hub",
        "choose another Python by RETICULATE_PYTHON",
    )
