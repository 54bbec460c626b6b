"""The rules of the house: what imports what, and what is public."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import tfhub

PACKAGE = Path(tfhub.__file__).parent
ROOT = PACKAGE.parents[2]

# Lower layers first; a module may import from its own layer and those before it.
LAYERS = [
    {"_version", "shown"},
    {"words"},
    {"logs"},
    {"errors"},
    {"settings"},
    {"handles", "travelling"},
    {"formats", "catalog"},
    {"trusted"},
    {"net"},
    {"archive"},
    {"cache"},
    {"fetch"},
    {"describing", "asking"},
    {"runtime", "testing"},
    {"tf1", "keras"},
    {"imaging"},
    {"exporting", "hosting", "migrating"},
    {"name", "old_name", "as_tensorflow_hub"},
    {"cli"},
    {"__main__", "__init__"},
]
HEAVY = {"tensorflow", "keras", "tf_keras", "numpy"}


def layer_of(name: str) -> int:
    return next(i for i, layer in enumerate(LAYERS) if name in layer)


def imports_of(file: Path) -> set[str]:
    """What a module imports: parts of tfhub by name, other packages by theirs."""
    package = ["tfhub", *file.relative_to(PACKAGE).parent.parts]
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            path = [*base, *(node.module or "").split(".")]
            names = [part for part in path if part]
            if names[0] != "tfhub":
                found.add(names[0])
            elif len(names) > 1:
                found.add(f"tfhub.{names[1]}")
            else:
                found |= {f"tfhub.{alias.name}" for alias in node.names}
    return found


def name_of(file: Path) -> str:
    """The module's name within the package, such as `formats.names`."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def files_imported_by(file: Path) -> set[str]:
    """The modules of the package that a module imports, anywhere in it."""
    there = {name_of(each) for each in MODULES}
    home = file.relative_to(PACKAGE).parent.parts
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = [*home[: len(home) - node.level + 1]]
        base += node.module.split(".") if node.module else []
        for alias in node.names:
            names = {".".join([*base, alias.name]), ".".join(base)} & there
            found.add(max(names, key=len))
    # The package itself imports nothing until it is asked for a name.
    return found - {name_of(file), ""}


MODULES = sorted(PACKAGE.rglob("*.py"))


def test_every_module_has_a_layer() -> None:
    tops = {file.relative_to(PACKAGE).parts[0].removesuffix(".py") for file in MODULES}
    assert tops <= set().union(*LAYERS)


# The package itself names every module, and imports each when it is asked for.
@pytest.mark.parametrize(
    "file",
    [file for file in MODULES if file != PACKAGE / "__init__.py"],
    ids=lambda file: str(file.relative_to(PACKAGE)),
)
def test_imports_point_down(file: Path) -> None:
    own = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for name in imports_of(file):
        if name.startswith("tfhub."):
            part = name.removeprefix("tfhub.")
            assert layer_of(part) <= layer_of(own), f"{own} imports {part}"


@pytest.mark.parametrize(
    "part", ["formats", "trusted", "net", "archive", "cache", "fetch", "asking"]
)
def test_lower_parts_import_nothing_heavy(part: str) -> None:
    for file in (PACKAGE / part).rglob("*.py"):
        assert not imports_of(file) & HEAVY, file


def test_no_files_import_each_other() -> None:
    """Nor in a larger circle; imports within functions count, too."""
    graph = {name_of(file): files_imported_by(file) for file in MODULES}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_room_stands_for_a_public_name() -> None:
    """Importing a room puts it into the place of what the package has by its name."""
    code = (
        "import importlib, inspect, sys, tfhub\n"
        "for name in sys.argv[1:]:\n"
        "    try: importlib.import_module(name)\n"
        "    except tfhub.errors.DependencyError: pass  # Keras 3, beside Keras 2\n"
        "for name in tfhub.__all__:\n"
        "    if inspect.ismodule(getattr(tfhub, name)): print(name)"
    )
    names = [f"tfhub.{name_of(file)}".rstrip(".") for file in MODULES]
    # These are imported by another name, and some say that they are gone.
    names = [name for name in names if not name.startswith("tfhub.name.")]
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    run = subprocess.run(
        [sys.executable, "-c", code, *names], env=env, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert run.stdout.split() == ["errors", "keras3", "tf_keras"]


def test_r_packages_every_file() -> None:
    """R CMD build leaves out folders of some names, and its tar takes 100 bytes."""
    for file in PACKAGE.rglob("*"):
        if "__pycache__" in file.parts:
            continue
        path = file.relative_to(PACKAGE.parents[1])
        left_out = ("old", "Old", ".Rcheck", "chm")
        assert not any(part.endswith(left_out) for part in path.parts), path
        assert len(f"tfhub/inst/{path.relative_to('.')}") <= 100 or file.is_dir(), path


def test_there_is_one_import_of_tensorflow() -> None:
    importing = {f for f in MODULES if "tensorflow" in imports_of(f)}
    assert importing == {PACKAGE / "runtime" / "tf.py"}


def test_there_is_one_logger() -> None:
    """Or what is logged would not pass the filter of `logs`, which mends its text."""
    for file in MODULES:
        text = file.read_text("utf-8")
        logging = re.findall(r"getLogger\(([^)]*)\)(?!\.addHandler)", text)
        assert set(logging) <= {'"tfhub"'}, file
        assert not re.search(r"\blogging\.(debug|info|warning|error|log)\(", text), file


def test_import_loads_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import tfhub; "
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", f"sys=__import__('sys'); "
         f"sys.path.insert(0, {str(PACKAGE.parent)!r}); {code}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.split() == ["__future__", "tfhub", "tfhub._version"]


def test_all_is_exact() -> None:
    assert dir(tfhub) == sorted(tfhub.__all__)
    for name in tfhub.__all__:
        assert getattr(tfhub, name) is not None
    space: dict[str, object] = {}
    exec("from tfhub import *", space)
    assert set(tfhub.__all__) <= space.keys()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        tfhub.nothing  # noqa: B018


def test_one_version() -> None:
    description = (ROOT / "DESCRIPTION").read_text("utf-8")
    version = re.search(r"^Version: (.*)$", description, re.M)
    assert version is not None
    assert version[1] == tfhub.__version__


def test_source_files_are_small() -> None:
    sizes = {f: len(f.read_text("utf-8").splitlines()) for f in MODULES}
    assert {f.name: n for f, n in sizes.items() if n > 400} == {}


def test_every_r_file_is_small_and_has_a_test_file() -> None:
    sizes = {
        file.stem: len(file.read_text("utf-8").splitlines())
        for file in (ROOT / "R").glob("*.R")
    }
    assert {name: n for name, n in sizes.items() if n > 400} == {}
    tests = (ROOT / "tests" / "testthat").glob("test-*.R")
    tested = {file.stem.removeprefix("test-") for file in tests}
    assert sizes.keys() - tested == {"settings", "tfhub-package", "zzz"}  # no code


def test_no_example_or_vignette_reaches_into_the_package() -> None:
    pages = [*(ROOT / "R").glob("*.R"), *(ROOT / "vignettes").glob("*.Rmd")]
    assert [
        page.name
        for page in pages
        if ":::" in re.sub(r"(?m)^:::.*$", "", page.read_text("utf-8"))
    ] == []
