"""Which Python, TensorFlow, Keras and cache are in use, and what is wrong with them.

Nothing here raises: what cannot be found out is a problem to be reported.
"""

from __future__ import annotations

import inspect
import os
import platform
import sys
from importlib import metadata, util
from typing import Any

from .. import settings
from .._version import __version__
from ..errors import HubError
from ..shown import shown, shown_lines

Problem = tuple[str, str]  # what is wrong, and what mends it

# Packages that tfhub needs, by the module that they have.
_NEEDED = {
    "filelock": "filelock",
    "google.protobuf": "protobuf",
    "platformdirs": "platformdirs",
    "urllib3": "urllib3",
}


def examine() -> dict[str, Any]:
    """Examines this Python, and imports TensorFlow for it.

    Returns:
      `python` and `python_version`; `tensorflow`, `keras` (that of `tf.keras`),
      `tf_keras` and `numpy`, which are versions, or `""` for what is not there;
      `tfhub` and `tfhub_path`; `cache` (its folder, or `""`) and `models` (how many are
      in it); and `problems`, a list of pairs: what is wrong, and what mends it.
    """
    problems: list[Problem] = [*_packages(), *_other_tfhub(), *_settings()]
    found = {
        "python": sys.executable,
        "python_version": platform.python_version(),
        **_tensorflow(problems),
        "tf_keras": _version("tf_keras"),
        "numpy": _version("numpy"),
        "tfhub": __version__,
        "tfhub_path": os.path.dirname(__file__),
        **_cache(problems),
    }
    return {**found, "problems": problems}


def report(found: dict[str, Any]) -> str:
    """What `examine()` found, as text."""
    keras = [found["keras"] or "none"]
    if found["tf_keras"]:
        keras.append(f"tf_keras {found['tf_keras']}")
    facts = {
        "Python": f"{found['python_version']}, {found['python']}",
        "TensorFlow": found["tensorflow"] or "none",
        "Keras": ", ".join(keras),
        "numpy": found["numpy"] or "none",
        "tfhub": f"{found['tfhub']}, {found['tfhub_path']}",
        "Cache": f"{found['cache'] or 'none'}, models: {found['models']}",
    }
    lines = [f"{name + ':':<12}{shown(value)}" for name, value in facts.items()]
    for what, remedy in found["problems"]:
        lines += [f"Problem: {shown_lines(what)}", f"  {shown_lines(remedy)}"]
    return "\n".join(lines if found["problems"] else [*lines, "No problem was found."])


def print_rows() -> None:
    """Prints it for R: `tfhub`, the name and the value of a thing, with tabs.

    A problem has its remedy for a fourth field.
    """
    found = examine()
    rows = [("problem", *pair) for pair in found.pop("problems")]
    for row in [*found.items(), *rows]:
        fields = (shown(" ".join(str(field).split())) for field in row)
        print("tfhub", *fields, sep="\t")


def _packages() -> list[Problem]:
    missing = [name for module, name in _NEEDED.items() if not _is_there(module)]
    if not missing:
        return []
    what = f"tfhub needs packages that are not installed: {', '.join(missing)}."
    return [(what, f"Run: {_pip()} install {' '.join(missing)}")]


def _other_tfhub() -> list[Problem]:
    """Another tfhub that pip installed: `import tfhub` may find it first."""
    other = _version("tfhub")
    if other in ("", __version__):
        return []
    what = f"tfhub {other} is installed beside this one, {__version__}."
    return [(what, f"Run: {_pip()} uninstall tfhub")]


def _settings() -> list[Problem]:
    problems = []
    for name, function in inspect.getmembers(settings, inspect.isfunction):
        if not name.startswith("_") and function.__module__ == settings.__name__:
            try:
                function()
            except HubError as error:
                problems.append((error.message, error.hint or ""))
    return problems


def _tensorflow(problems: list[Problem]) -> dict[str, str]:
    try:
        from ..runtime.tf import tf
    except Exception as error:  # a broken TensorFlow raises anything
        problems.append(_failure("TensorFlow cannot be imported", error))
        return {"tensorflow": "", "keras": ""}
    try:
        from ..keras import versions

        is_keras2 = versions.is_keras2(tf.keras)
        keras = versions.keras2() if is_keras2 else versions.keras3()
        version = str(getattr(keras, "__version__", "2"))
    except Exception as error:
        what, remedy = _failure("Keras cannot be used", error)
        if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
            remedy = "Set KERAS_BACKEND=tensorflow before Python starts."
        problems.append((what, remedy))
        version = ""
    return {"tensorflow": tf.__version__, "keras": version}


def _failure(what: str, error: Exception) -> Problem:
    if isinstance(error, HubError):
        hint = error.hint or ""
        return error.message, hint.replace("pip install", f"{_pip()} install")
    reason = f"{type(error).__name__}: {error}".strip().partition("\n")[0]
    remedy = f"Run: {_pip()} install --force-reinstall tensorflow"
    return f"{what}: {reason}", remedy


def _cache(problems: list[Problem]) -> dict[str, Any]:
    folder, models = "", 0
    try:
        from ..cache.listing import cache_dir, cache_list

        folder = cache_dir()
        models = len(cache_list())
    except ImportError:  # one of _NEEDED
        return {"cache": folder, "models": models}
    except OSError as error:
        problems.append((f"The cache cannot be read: {error}.", _OTHER_FOLDER))
        return {"cache": folder, "models": models}
    place = folder
    while not os.path.exists(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    if not (os.path.isdir(place) and os.access(place, os.W_OK)):
        problems.append((f"The cache in {folder} cannot be written.", _OTHER_FOLDER))
    return {"cache": folder, "models": models}


_OTHER_FOLDER = "Set TFHUB_CACHE_DIR to a folder that you can write."


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _is_there(module: str) -> bool:
    try:
        return util.find_spec(module) is not None
    except ImportError:
        return False


def _pip() -> str:
    return f"{sys.executable} -m pip"
