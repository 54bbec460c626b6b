"""The alias of an environment: installed, used by all kinds of programs, removed."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

import tfhub
from tfhub.old_name.versions import alias_version

from .conftest import ROOT, Environment

PROGRAM = """
import multiprocessing, sys
import tensorflow_hub as hub
from tensorflow_hub import keras_layer

def work(queue):
    import tensorflow_hub
    queue.put(tensorflow_hub.__version__)

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=work, args=(queue,))
    process.start()
    print(queue.get(), hub.load(sys.argv[1]).signatures is not None)
    process.join()
"""


def test_a_program_that_has_never_heard_of_us_runs(
    environment: Environment, fruit: Path, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    assert "No module named" in environment.run(str(program), str(fruit)).stderr
    assert environment.alias("install")[0] == 0
    ran = environment.run(str(program), str(fruit))
    assert ran.stdout == f"{alias_version()} True\n", ran.stderr
    test = tmp_path / "test_it.py"
    test.write_text(
        "import tensorflow_hub as hub\n"
        "def test_it(monkeypatch):\n"
        "    monkeypatch.setattr('tensorflow_hub.resolve', str.upper)\n"
        "    assert hub.resolve('a') == 'A'\n"
    )
    tested = environment.run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(test)
    )
    assert "1 passed" in tested.stdout, tested.stdout + tested.stderr


def test_pip_takes_it_for_a_package(environment: Environment) -> None:
    before = environment.pip("check").stdout
    environment.alias("install")
    assert f"tensorflow-hub {alias_version()}" in " ".join(
        environment.pip("list").stdout.split()
    )
    assert environment.pip("check").stdout == before
    dry = environment.pip(
        *("install", "--dry-run", "--no-index", "--no-deps", "tensorflow-hub>=0.16.1")
    )
    assert "already satisfied" in dry.stdout, dry.stderr
    code = "from importlib.metadata import version, requires\n"
    code += "print(version('tensorflow-hub'), requires('tensorflow-hub'))"
    assert environment.run("-c", code).stdout == f"{alias_version()} None\n"


@pytest.mark.parametrize("by", ["tfhub", "pip"])
def test_it_is_removed_without_a_trace(environment: Environment, by: str) -> None:
    before = environment.files()
    check = environment.pip("check").stdout
    environment.alias("install")
    environment.run("-c", "import tensorflow_hub")  # which leaves compiled files
    assert environment.files() != before
    if by == "tfhub":
        assert environment.alias("remove")[0] == 0
    else:
        removed = environment.pip("uninstall", "--yes", "tensorflow-hub")
        assert removed.returncode == 0, removed.stderr
    assert environment.files() == before
    assert environment.pip("check").stdout == check
    assert environment.alias("remove") == (0, "There is no alias here.\n")


def test_another_version_renews_it(environment: Environment) -> None:
    environment.alias("install")
    [info] = environment.site.glob("tensorflow_hub-*.dist-info")
    older = info.with_name("tensorflow_hub-0.17.0+tfhub.0.8.dist-info")
    info.rename(older)
    (older / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: tensorflow-hub\nVersion: 0.17.0+tfhub.0.8\n"
    )
    code = "import tensorflow_hub; print(tensorflow_hub.__version__)"
    assert environment.run("-c", code).stdout.strip() == alias_version()
    assert environment.alias("install")[0] == 0
    assert environment.alias("install")[0] == 0
    assert [path.name for path in environment.site.glob("*.dist-info")] == [info.name]


def test_an_alias_without_tfhub_says_so(environment: Environment) -> None:
    environment.alias("install")
    init = environment.site / "tensorflow_hub" / "__init__.py"
    init.write_text(init.read_text().replace(str(ROOT), "/moved"))
    (environment.site / "packages.pth").unlink()
    code = "import tensorflow_hub"
    said = environment.run("-c", code, PYTHONPATH="").stderr
    assert "ImportError: tensorflow_hub is an alias of tfhub here, and tfhub" in said
    assert "is not installed. Install tfhub, or remove the alias: pip uninst" in said
    older = environment.folder / "older" / "tfhub"
    older.mkdir(parents=True)
    (older / "__init__.py").write_text("")
    said = environment.run("-c", code, PYTHONPATH=str(older.parent)).stderr
    assert "and tfhub is too old for it." in said


def test_what_others_have_put_there_stays(environment: Environment) -> None:
    environment.alias("install")
    own = environment.site / "tensorflow_hub" / "own.txt"
    own.write_text("mine")
    status, said = environment.alias("install")  # which would renew it
    assert status == 1
    assert "Another tensorflow_hub is installed" in said
    assert own.read_text() == "mine"
    assert environment.alias("remove")[0] == 0
    assert own.read_text() == "mine"
    status, said = environment.alias("status")
    assert status == 1
    assert "tensorflow_hub" in said


@pytest.mark.parametrize("record", [True, False])
def test_googles_package_is_not_hidden(environment: Environment, record: bool) -> None:
    environment.google(record=record)
    before = environment.files()
    status, said = environment.alias("install")
    assert status == 1
    assert "Another tensorflow_hub 0.16.1 is installed" in said
    advice = "pip uninstall tensorflow-hub" if record else "by hand"
    assert advice in said
    assert "--as-tensorflow-hub" in said
    assert environment.files() == before
    assert environment.alias("remove") == (0, "There is no alias here.\n")
    assert environment.files() == before


def plant(kind: str, environment: Environment, tmp: Path) -> dict[str, str]:
    """Puts a thing of the name into the environment; returns variables to set."""
    site, package = environment.site, environment.site / "tensorflow_hub"
    if kind == "a folder without metadata":
        package.mkdir()
        (package / "__init__.py").write_text("")
    elif kind == "an empty folder":
        package.mkdir()
    elif kind == "metadata without a package":
        environment.google(record=False)
        (package / "__init__.py").unlink()
        package.rmdir()
    elif kind == "a link":
        (tmp / "elsewhere").mkdir()
        (tmp / "elsewhere" / "__init__.py").write_text("")
        package.symlink_to(tmp / "elsewhere")
    elif kind == "a link to nothing":
        package.symlink_to(tmp / "nothing")
    elif kind == "a module":
        (site / "tensorflow_hub.py").write_text("")
    elif kind == "on PYTHONPATH":
        (tmp / "path" / "tensorflow_hub").mkdir(parents=True)
        (tmp / "path" / "tensorflow_hub" / "__init__.py").write_text("")
        return {"PYTHONPATH": f"{tmp / 'path'}{os.pathsep}{ROOT}"}
    elif kind == "a zipped egg":
        egg = site / "tensorflow_hub-0.12.0-py3.11.egg"
        with zipfile.ZipFile(egg, "w") as file:
            file.writestr("tensorflow_hub/__init__.py", "")
            file.writestr(
                "EGG-INFO/PKG-INFO", "Name: tensorflow-hub\nVersion: 0.12.0\n"
            )
        (site / "easy-install.pth").write_text(f"./{egg.name}\n")
    elif kind == "the nightly package":
        package.mkdir()
        (package / "__init__.py").write_text("")
        info = site / "tf_hub_nightly-0.17.0.dev1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Name: tf-hub-nightly\nVersion: 0.17.0.dev1\n")
    return {}


KINDS = [
    *("a folder without metadata", "an empty folder", "metadata without a package"),
    *("a link", "a link to nothing", "a module", "on PYTHONPATH", "a zipped egg"),
    "the nightly package",
]


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_has_the_name_is_left_alone(
    kind: str, environment: Environment, tmp_path: Path
) -> None:
    variables = plant(kind, environment, tmp_path)
    before = environment.files()
    status, said = environment.alias("install", **variables)
    assert status == 1, said
    assert "Another tensorflow_hub" in said
    assert "Remove" in said or "pip uninstall" in said
    assert "Traceback" not in said
    status, said = environment.alias("status", **variables)
    assert "Traceback" not in said
    if kind != "the nightly package":  # which may be whole
        assert status == 1, said
    environment.alias("remove", **variables)
    assert environment.files() == before


@pytest.mark.parametrize("kind", ["a file of other bytes", "a broken METADATA"])
def test_odd_files_do_no_harm(kind: str, environment: Environment) -> None:
    package = environment.site / "tensorflow_hub"
    if kind == "a broken METADATA":
        info = environment.site / "other-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_bytes(b"\xff\xfe\x00")
    else:
        package.write_bytes(b"\x00\xff" * 100)
    for action in ("status", "install", "remove"):
        status, said = environment.alias(action)
        assert "Traceback" not in said, said
        assert status in (0, 1)


def test_an_environment_that_cannot_be_written(environment: Environment) -> None:
    environment.site.chmod(0o555)
    try:
        before = environment.files()
        status, said = environment.alias("install")
        assert status == 1
        assert "cannot be changed" in said
        assert "--as-tensorflow-hub" in said
        assert environment.files() == before
    finally:
        environment.site.chmod(0o755)


def test_what_other_packages_say_is_made_harmless(environment: Environment) -> None:
    info = environment.site / "odd-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: o\x1b[2Jdd\nVersion: 1.0\n"
        "Requires-Dist: tensorflow-hub ~~ \x1b]0;x\x07\n"
    )
    _, said = environment.alias("status")
    assert "asks for" in said
    assert said.replace("\n", "").isprintable()


def test_pins_that_it_does_not_meet_are_named(environment: Environment) -> None:
    for name, wants in {
        "old-maker": "tensorflow-hub<0.13,>=0.7.0 ; python_version >= '3'",
        "new-maker": "tensorflow_hub>=0.16.1",
        "some-extra": "tensorflow-hub==0.1; extra == 'hub'",
        "no-python-two": "tensorflow-hub==0.1; python_version < '3'",
        "a-helper": "tensorflow-hub-helpers==0.1",
        "odd": "tensorflow-hub ~~ what",
    }.items():
        info = environment.site / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            f"Requires-Dist: {wants}\n"
        )
    status, said = environment.alias("install")
    assert status == 0
    assert "new-maker 1.0 asks for tensorflow-hub>=0.16.1: met" in said
    assert "old-maker 1.0 asks for tensorflow-hub<0.13,>=0.7.0: not met" in said
    for name in ("some-extra", "no-python-two", "a-helper"):
        assert name not in said
    assert environment.alias("status")[0] == 1
    doctor = environment.run("-m", "tfhub", "doctor").stdout
    assert f"tensorflow_hub: tfhub, {alias_version()}, {environment.site}" in doctor
    assert "Problem: old-maker 1.0 asks for tensorflow-hub<0.13" in doctor


def test_from_a_library_of_r(environment: Environment) -> None:
    """Where tfhub is no package of the environment, the alias says where it is."""
    (environment.site / "packages.pth").unlink()
    code = "from tfhub.old_name import environment; print(environment.install())"
    ran = environment.run("-c", code)
    assert ran.returncode == 0, ran.stderr
    init = environment.site / "tensorflow_hub" / "__init__.py"
    assert f"sys.path.append({str(ROOT)!r})" in init.read_text()
    ran = environment.run(
        "-c", "import tensorflow_hub as h; print(h.__version__)", PYTHONPATH=""
    )
    assert ran.stdout.strip() == alias_version(), ran.stderr


def test_the_command_comes_with_it(environment: Environment) -> None:
    command = environment.folder / "bin" / "make_image_classifier"
    command.write_text("mine")
    environment.alias("install")
    assert command.read_text() == "mine"
    environment.alias("remove")
    assert command.read_text() == "mine"
    command.unlink()
    environment.alias("install")
    assert command.read_text().startswith(f"#!{environment.python}\n")
    assert os.access(command, os.X_OK)
    environment.alias("remove")
    assert not command.exists()


def test_doctor_names_another_library(environment: Environment) -> None:
    environment.google()
    out = environment.run("-m", "tfhub", "doctor").stdout
    assert "tensorflow_hub: another library, 0.16.1, " in out
    assert tfhub.__version__ in out
    assert sys.executable not in out
