"""Writes the pages of the Python API as Markdown for pandoc.

The argument is a folder; it gets a `NAME.md` for each entry of `_pkgdown.yml`, one for
the command line, and `pages.json`: name, title, group, summary and R topic of each.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import griffe
import jinja2
from python_api import ROOT, Entry, entries, load_package, members

WIDTH = 80
TITLES = {
    "attributes": "Attributes",
    "parameters": "Arguments",
    "returns": "Returns",
    "yields": "Yields",
    "raises": "Raises",
}


def signature(item: griffe.Function | griffe.Class, owner: str) -> str:
    """The call with its defaults and types, a parameter a line where it is long."""
    function = item.all_members.get("__init__") if item.is_class else item
    if isinstance(function, griffe.Alias):
        function = function.final_target
    assert isinstance(function, griffe.Function)
    name = f"{owner}.{item.name}"
    if function is None:
        return name
    assert isinstance(function, griffe.Function)
    name = f"hub.{item.name}"
    if item.is_function and item.parent is not None and item.parent.is_class:
        name = f"{item.parent.name}.{item.name}"
    parts, keyword_only = [], False
    for parameter in function.parameters:
        if parameter.name in ("self", "cls"):
            continue
        kind = parameter.kind
        if kind is griffe.ParameterKind.var_positional:
            keyword_only = True
        elif kind is griffe.ParameterKind.keyword_only and not keyword_only:
            parts.append("*")
            keyword_only = True
        stars = {
            griffe.ParameterKind.var_positional: "*",
            griffe.ParameterKind.var_keyword: "**",
        }.get(kind, "")
        text = f"{stars}{parameter.name}"
        annotated = str(parameter.annotation) not in ("None", "Any")
        if annotated:
            text += f": {parameter.annotation}"
        if parameter.default is not None and not stars:
            text += f" = {parameter.default}" if annotated else f"={parameter.default}"
        parts.append(text)
    end = f" -> {function.returns}" if item.is_function and function.returns else ""
    line = f"{name}({', '.join(parts)}){end}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), f"){end}"])


def sections(item: griffe.Object) -> list[dict[str, Any]]:
    """The parts of a docstring: text, and lists of terms with their texts."""
    found: list[dict[str, Any]] = []
    for section in item.docstring.parsed if item.docstring else ():
        kind, value = section.kind.value, section.value
        if kind == "text":
            found.append({"text": value})
        elif kind in ("returns", "yields"):
            text = "\n\n".join(each.description for each in value)
            found.append({"title": TITLES[kind], "text": text})
        elif kind in TITLES:
            what = "annotation" if kind == "raises" else "name"
            terms = [
                (f"<code>{getattr(each, what)}</code>", each.description)
                for each in value
            ]
            found.append({"title": TITLES[kind], "terms": terms})
        else:
            msg = f"{item.path}: no form for a section of kind {kind}"
            raise ValueError(msg)
    return found


def bases(item: griffe.Object) -> str:
    """What a class is as well, so that `except` is written right."""
    if not isinstance(item, griffe.Class) or not item.bases:
        return ""
    return f"Is also {', '.join(f'`{base}`' for base in item.bases)}."


def links(entry: Entry) -> dict[str, str]:
    """The names that a page explains, and where on it."""
    page = f"{entry.name}.html"
    found = {entry.name: page}
    if not entry.item.is_function:
        for member in members(entry.item):
            place = f"{page}#{member.name.lower()}"
            found[f"{entry.name}.{member.name}"] = place
            if member.is_class:
                found.setdefault(member.name, place)
    return found


def command_line() -> str:
    """The help of `tfhub` and of each of its commands."""
    os.environ.update(COLUMNS=str(WIDTH), NO_COLOR="1")
    sys.path.insert(0, str(ROOT / "inst" / "python"))
    from tfhub.cli.main import _parser

    parts = ["The command `tfhub` comes with the Python package."]

    def add(parser: argparse.ArgumentParser) -> None:
        parts.append(f"## {parser.prog}\n\n```text\n{parser.format_help()}```")
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for each in action.choices.values():
                    add(each)

    add(_parser())
    return "\n\n".join(parts)


def title(entry: Entry) -> str:
    """The heading of a page; by its module what is not in `tfhub.__all__`."""
    package = "hub" if entry.is_public else "tfhub"
    return f"{package}.{entry.name}{'()' if entry.item.is_function else ''}"


def main(folder: Path) -> None:
    """Writes the pages."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    filters = {"signature": signature, "sections": sections, "bases": bases}
    environment.filters |= filters
    template = environment.get_template("page.md.jinja")
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for entry in entries(load_package()):
        item = entry.item
        shown = [] if item.is_function else list(members(item))
        text = template.render(item=item, members=shown, name=item.name)
        (folder / f"{entry.name}.md").write_text(text, "utf-8")
        pages.append(
            {
                "name": entry.name,
                "title": title(entry),
                "group": entry.group,
                "summary": entry.summary,
                "topic": entry.topic,
                "links": links(entry),
            }
        )
    (folder / "command-line.md").write_text(command_line(), "utf-8")
    (folder / "pages.json").write_text(json.dumps(pages, indent=1), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
