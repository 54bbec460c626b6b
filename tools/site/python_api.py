"""The public Python names, read from the source by griffe: nothing is imported.

`_pkgdown.yml` groups them under `python:`. An entry is a name of tfhub, or
`name: topic` where the R function is not called `hub_name`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import griffe
import yaml

ROOT = Path(__file__).parents[2]


@dataclass
class Entry:
    """One page: a name of tfhub, what it stands for, and the R topic beside it."""

    name: str
    group: str
    item: griffe.Object
    topic: str | None
    is_public: bool

    @property
    def summary(self) -> str:
        """The first paragraph of the docstring, on one line."""
        docstring = self.item.docstring
        text = docstring.value if docstring else ""
        return " ".join(text.split("\n\n")[0].split())


def load_package() -> griffe.Module:
    """The package; what is wrong in a docstring goes to the log when it is parsed."""
    package = griffe.load(
        "tfhub",
        search_paths=[ROOT / "inst" / "python"],
        docstring_parser="google",
        # What a function gives back is one thing, without a name.
        docstring_options={
            "returns_named_value": False,
            "returns_multiple_items": False,
        },
    )
    assert isinstance(package, griffe.Module)
    return package


def target(package: griffe.Module, name: str) -> griffe.Object:
    """What a name stands for, wherever it is defined."""
    found = package[name]
    found = found.final_target if isinstance(found, griffe.Alias) else found
    assert isinstance(found, griffe.Object)
    return found


def public_names(package: griffe.Module) -> set[str]:
    """`tfhub.__all__` without `__version__`."""
    return {str(name) for name in package.exports or ()} - {"__version__"}


def topics() -> dict[str, str]:
    """The page of each R alias."""
    found = {}
    for file in (ROOT / "man").glob("*.Rd"):
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("\\alias{"):
                found[line[7:-1]] = file.stem
    return found


def entries(package: griffe.Module) -> list[Entry]:
    """The pages in the order of `_pkgdown.yml`."""
    layout = yaml.safe_load((ROOT / "_pkgdown.yml").read_text("utf-8"))
    aliases, public = topics(), public_names(package)
    found = []
    for group in layout["python"]:
        for item in group["contents"]:
            if isinstance(item, dict):
                ((name, topic),) = item.items()
            else:
                name, topic = item, f"hub_{item}"
                topic = topic if topic in aliases else None
            item = target(package, name)
            found.append(Entry(name, group["title"], item, topic, name in public))
    return found


def members(item: griffe.Object) -> Iterator[griffe.Object]:
    """The public methods, properties and classes of a class or module, by name."""
    for name, member in sorted(item.all_members.items()):
        if name.startswith("_") or (item.is_module and member.is_alias):
            continue
        found = member.final_target if isinstance(member, griffe.Alias) else member
        if found.docstring is not None:
            yield found
