"""The old name in one program: asked for in it, from outside, and in a notebook."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

import tfhub
from tfhub.errors import AliasError
from tfhub.old_name import asking, notebook
from tfhub.old_name.versions import alias_version

from .conftest import Environment

SAY = "import tensorflow_hub as hub; print(hub.__version__)"


def test_an_import_asks_for_it(environment: Environment) -> None:
    code = f"import sys, tfhub.as_tensorflow_hub; {SAY}\n"
    code += "print(sys.path[0] == '', 'tensorflow' in sys.modules)\n"
    code += (
        "import tensorflow_hub.keras_layer as k; print(k.KerasLayer is hub.KerasLayer)"
    )
    ran = environment.run("-c", code)
    expected = f"{alias_version()}\nTrue False\nTrue\n"
    assert ran.stdout == expected, ran.stderr
    assert "No module named 'tensorflow_hub'" in environment.run("-c", SAY).stderr


def test_the_old_one_imported_before_is_said_and_nothing_done(
    environment: Environment,
) -> None:
    environment.google()
    code = "import sys, tensorflow_hub\npath = list(sys.path)\n"
    code += "try: import tfhub.as_tensorflow_hub\n"
    code += "except ImportError as error: print(error)\n"
    code += "print(tensorflow_hub.__version__, sys.path == path)\n"
    code += "print('tfhub.as_tensorflow_hub' in sys.modules)"
    out = environment.run("-c", code).stdout
    assert "imported another tensorflow_hub already: 0.16.1 in " in out
    assert "Put `import tfhub.as_tensorflow_hub` first" in out
    assert out.endswith("0.16.1 True\nFalse\n")


def test_google_s_is_hidden_only_for_who_asks_and_not_silently(
    environment: Environment,
) -> None:
    package = environment.google()
    asked = environment.run("-c", f"import tfhub.as_tensorflow_hub; {SAY}")
    assert asked.stdout == f"{alias_version()}\n"
    assert f"tensorflow_hub is installed, too ({package}" in asked.stderr
    assert environment.run("-c", SAY).stdout == "0.16.1\n"
    ran = environment.run("-m", "tfhub", "run", "--as-tensorflow-hub", "-c", SAY)
    assert ran.stdout == f"{alias_version()}\n"
    assert "is installed, too" in ran.stderr


def test_beside_the_alias_of_the_environment(environment: Environment) -> None:
    environment.alias("install")
    # The folder of packages first: as pytest has it, for the tests of one of them.
    inserted = f"import sys; sys.path.insert(0, {str(environment.site)!r}); "
    for first in ("", inserted):
        ran = environment.run("-c", f"{first}import tfhub.as_tensorflow_hub; {SAY}")
        assert ran.stdout == f"{alias_version()}\n", ran.stderr
        assert ran.stderr == ""
    ran = environment.run(
        "-c", f"{SAY}; import importlib; importlib.reload(hub); {SAY}"
    )
    assert ran.stdout == f"{alias_version()}\n" * 2, ran.stderr
    assert environment.run("-c", inserted + SAY).stdout == f"{alias_version()}\n"


PROGRAM = """
import multiprocessing, subprocess, sys
import tensorflow_hub

def work(queue):
    import tensorflow_hub
    queue.put(tensorflow_hub.__version__)

if __name__ == "__main__":
    print(sys.argv[1:], __file__)
    queue = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(queue,))
    process.start()
    print(queue.get())
    process.join()
    code = "import tensorflow_hub as hub; print(hub.__version__)"
    subprocess.run([sys.executable, "-c", code], check=True)
    sys.exit(7)
"""


def test_a_program_is_run_with_the_name(
    environment: Environment, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    run = ("-u", "-m", "tfhub", "run", "--as-tensorflow-hub")
    ran = environment.run(*run, str(program), "--x", "-m", "1")
    version = alias_version()
    assert ran.returncode == 7, ran.stderr
    expected = f"['--x', '-m', '1'] {program}\n{version}\n{version}\n"
    assert ran.stdout == expected
    ran = environment.run(*run, "-m", "program", "--help", cwd=tmp_path)
    assert ran.returncode == 7, ran.stderr
    assert ran.stdout.startswith("['--help'] ")


def test_a_program_without_a_file(environment: Environment) -> None:
    for arguments in ((), ("--as-tensorflow-hub",), ("program.py",)):
        ran = environment.run("-m", "tfhub", "run", *arguments)
        assert ran.returncode == 2
        assert "give --as-tensorflow-hub, and then a file" in ran.stderr
    assert "No file is changed" in environment.run("-m", "tfhub", "run", "-h").stdout


def test_a_notebook_asks_for_it_and_gives_it_back() -> None:
    """As IPython calls it, for %load_ext tfhub and %unload_ext tfhub."""
    path = list(sys.path)
    module = importlib.import_module("tfhub")
    module.load_ipython_extension(None)
    try:
        hub = importlib.import_module("tensorflow_hub")
        assert hub.__version__ == alias_version()
    finally:
        module.unload_ipython_extension(None)
    assert sys.path == path
    with pytest.raises(ImportError):
        importlib.import_module("tensorflow_hub")
    assert "load_ipython_extension" not in dir(tfhub)


def test_it_can_be_asked_for_again() -> None:
    for _ in range(2):
        notebook.load_ipython_extension(None)
        assert asking.is_ours(sys.modules["tensorflow_hub"].__file__)
        notebook.unload_ipython_extension(None)
        assert asking.NAMES not in sys.path
        assert "tensorflow_hub" not in sys.modules


def test_another_module_of_that_name_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    other = type(sys)("tensorflow_hub")
    monkeypatch.setitem(sys.modules, "tensorflow_hub", other)
    with pytest.raises(AliasError, match="no file"):
        asking.ask()
    assert sys.modules["tensorflow_hub"] is other
