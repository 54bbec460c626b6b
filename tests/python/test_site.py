"""What the site shows: all of both references, and docstrings that fit the code.

`make site` builds it, and then opens every page in a browser.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import griffe
import pytest
import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools" / "site"))

import python_api  # noqa: E402
import python_pages  # noqa: E402

LAYOUT = yaml.safe_load((ROOT / "_pkgdown.yml").read_text("utf-8"))


def listed(part: str) -> list[str]:
    return [
        next(iter(item)) if isinstance(item, dict) else item
        for group in LAYOUT[part]
        for item in group["contents"]
    ]


@pytest.fixture(scope="module")
def package() -> griffe.Module:
    return python_api.load_package()


def test_every_r_page_is_in_the_reference() -> None:
    pages = {
        file.stem
        for file in (ROOT / "man").glob("*.Rd")
        if "\\keyword{internal}" not in file.read_text("utf-8")
    }
    aliases = python_api.topics()
    names = listed("reference")
    assert [name for name in names if name not in aliases] == []
    assert pages - {aliases[name] for name in names} == set()


def test_every_article_is_in_the_list() -> None:
    articles = [file.stem for file in (ROOT / "vignettes").glob("*.Rmd")]
    assert sorted(listed("articles")) == sorted(articles)


def test_every_public_python_name_has_one_page(package: griffe.Module) -> None:
    names = listed("python")
    assert len(names) == len(set(names))
    assert python_api.public_names(package) - set(names) == set()


def test_r_pages_beside_python_ones_are_there(package: griffe.Module) -> None:
    topics = [entry.topic for entry in python_api.entries(package) if entry.topic]
    assert len(topics) > 20
    assert set(topics) - python_api.topics().keys() == set()


def parameters(item: griffe.Object) -> set[str]:
    """The names of the signature, as a docstring has them."""
    function = item.all_members.get("__init__") if item.is_class else item
    if isinstance(function, griffe.Alias):
        function = function.final_target
    if not isinstance(function, griffe.Function):
        return set()
    stars = {"variadic positional": "*", "variadic keyword": "**"}
    return {
        stars.get(each.kind.value, "") + each.name
        for each in function.parameters
        if each.name not in ("self", "cls")
    }


def documented(item: griffe.Object) -> set[str]:
    parts = item.docstring.parsed if item.docstring else ()
    return {
        each.name for part in parts if part.kind.value == "parameters"
        for each in part.value
    }  # fmt: skip


def test_docstrings_explain_all_arguments_and_no_other(package: griffe.Module) -> None:
    differing = {}
    for name in sorted(python_api.public_names(package)):
        item = python_api.target(package, name)
        assert item.docstring, name
        if parameters(item) != documented(item):
            differing[name] = parameters(item) ^ documented(item)
    assert differing == {}


def test_docstrings_have_the_form_of_google(caplog: pytest.LogCaptureFixture) -> None:
    package = python_api.load_package()  # a docstring is parsed, and judged, once
    with caplog.at_level(logging.WARNING, "griffe"):
        for entry in python_api.entries(package):
            shown = [] if entry.item.is_function else python_api.members(entry.item)
            for item in (entry.item, *shown):
                python_pages.sections(item)
    assert caplog.messages == []


def test_a_page_says_what_the_docstring_says(tmp_path: Path) -> None:
    python_pages.main(tmp_path)
    page = (tmp_path / "resolve.md").read_text("utf-8")
    assert "\n    handle: str | os.PathLike[str],\n    *,\n" in page
    assert "<dt><code>refresh</code></dt>" in page
    assert "### `export`\n\n```python\nModuleSpec.export(" in (
        tmp_path / "ModuleSpec.md"
    ).read_text("utf-8")
    assert "## tfhub cache prune" in (tmp_path / "command-line.md").read_text("utf-8")
