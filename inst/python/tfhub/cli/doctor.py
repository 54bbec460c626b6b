"""Which Python, TensorFlow, Keras and cache are in use, and what is wrong with them.

Nothing here raises: what cannot be found out is a problem to be reported.
"""

from __future__ import annotations

import inspect
import os
import platform
import sys
from importlib import metadata, util
from typing import Any, NamedTuple

from .. import settings, words
from .._version import __version__
from ..errors import DependencyError, HubError
from ..shown import shown, shown_lines


class Problem(NamedTuple):
    """Something that is wrong.

    Attributes:
      what: What is wrong.
      remedy: What mends it.
      of: What it is about: `"packages"` of this Python, `"settings"` or `"cache"`.
    """

    what: str
    remedy: str
    of: str


# Packages that tfhub needs, by the module that they have.
_NEEDED = {
    "filelock": "filelock",
    "google.protobuf": "protobuf",
    "platformdirs": "platformdirs",
    "urllib3": "urllib3",
}


def examine() -> dict[str, Any]:
    """Examines this Python, and imports TensorFlow for it; see `words.speak()`.

    Returns:
      `python` and `python_version`; `tensorflow`, `keras` (that of `tf.keras`),
      `tf_keras` and `numpy`, which are versions, or `""` for what is not there;
      `tfhub` and `tfhub_path`; `tensorflow_hub`, who answers to that name; `cache`
      (its folder, or `""`) and `models` (how many are in it); and
      `problems`, a list of `Problem`.
    """
    problems: list[Problem] = [*_packages(), *_other_tfhub(), *_settings()]
    found = {
        "python": sys.executable,
        "python_version": platform.python_version(),
        **_tensorflow(problems),
        "tf_keras": _version("tf_keras"),
        "numpy": _version("numpy"),
        "tfhub": __version__,
        "tfhub_path": os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        "tensorflow_hub": _old_name(problems),
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
        "tensorflow_hub": found["tensorflow_hub"],
        "Cache": f"{found['cache'] or 'none'}, models: {found['models']}",
    }
    lines = [f"{name + ':':<16}{shown(value)}" for name, value in facts.items()]
    for what, remedy, _ in found["problems"]:
        lines += [f"Problem: {shown_lines(what)}", f"  {shown_lines(remedy)}"]
    return "\n".join(lines if found["problems"] else [*lines, "No problem was found."])


def print_rows() -> None:
    """Prints it for R: `tfhub`, the name and the value of a thing, with tabs.

    A problem has two fields more: its remedy, and what it is of.
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
    return [Problem(what, _run(f"install {' '.join(missing)}"), "packages")]


def _other_tfhub() -> list[Problem]:
    """Another tfhub that pip installed: `import tfhub` may find it first."""
    other = _version("tfhub")
    if other in ("", __version__):
        return []
    what = f"tfhub {other} is installed beside this one, {__version__}."
    return [Problem(what, _run("uninstall tfhub"), "packages")]


def _settings() -> list[Problem]:
    problems = []
    for name, function in inspect.getmembers(settings, inspect.isfunction):
        if not name.startswith("_") and function.__module__ == settings.__name__:
            try:
                function()
            except HubError as error:
                problems.append(Problem(error.message, error.hint or "", "settings"))
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
        problem = _failure("Keras cannot be used", error)
        if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
            remedy = "Set KERAS_BACKEND=tensorflow before Python starts."
            problem = Problem(problem.what, remedy, "settings")
        problems.append(problem)
        version = ""
    return {"tensorflow": tf.__version__, "keras": version}


def _failure(what: str, error: Exception) -> Problem:
    if isinstance(error, DependencyError) and error.packages:
        remedy = _run(words.pip_arguments(*error.packages, upgrade=error.upgrade))
        return Problem(error.message, remedy, "packages")
    if isinstance(error, HubError):
        return Problem(error.message, error.hint or "", "packages")
    reason = f"{type(error).__name__}: {error}".strip().partition("\n")[0]
    remedy = _run("install --force-reinstall tensorflow")
    return Problem(f"{what}: {reason}", remedy, "packages")


def _cache(problems: list[Problem]) -> dict[str, Any]:
    folder, models = "", 0
    try:
        from ..cache.listing import cache_dir, cache_list

        folder = cache_dir()
        models = len(cache_list())
    except ImportError:  # one of _NEEDED
        return {"cache": folder, "models": models}
    except OSError as error:
        what = f"The cache cannot be read: {error}."
        problems.append(Problem(what, _OTHER_FOLDER, "cache"))
        return {"cache": folder, "models": models}
    place = folder
    while not os.path.exists(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    if not (os.path.isdir(place) and os.access(place, os.W_OK)):
        what = f"The cache in {folder} cannot be written."
        problems.append(Problem(what, _OTHER_FOLDER, "cache"))
    return {"cache": folder, "models": models}


_OTHER_FOLDER = "Set TFHUB_CACHE_DIR to a folder that you can write."


def _old_name(problems: list[Problem]) -> str:
    """Who answers to `tensorflow_hub`, and what asks for a version of it in vain."""
    try:
        from ..old_name.standing import standing

        found = standing()
    except Exception as error:  # another package's metadata may be anything
        problems.append(_failure("tensorflow_hub cannot be looked at", error))
        return ""
    problems += [Problem(*problem, "packages") for problem in found.problems]
    return found.text


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


def _run(pip: str) -> str:
    """The command line for the pip of this Python, which another may stand before."""
    return f"Run: {sys.executable} -m pip {pip}"
