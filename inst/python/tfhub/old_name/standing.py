"""Which library answers to the name `tensorflow_hub` in this environment."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata, util
from importlib.machinery import ModuleSpec, PathFinder

from .. import words
from .asking import MARK, NAME, NAMES, is_ours, is_written
from .pins import Pin, name_of, normal, pins
from .versions import alias_version

INSTALLER = "tfhub"  # in the file of that name, by which pip says who installed it
_PACKAGES = {"tensorflow-hub", "tf-hub-nightly"}  # that bring tensorflow_hub


@dataclass(frozen=True)
class Claim:
    """What has the name: a package that can be imported, or metadata of one.

    Attributes:
      place: Its folder or file.
      version: What it says of itself, or `""`.
      ours: Whether it is the alias.
      removable: Whether pip can remove it.
    """

    place: str
    version: str = ""
    ours: bool = False
    removable: bool = False


@dataclass(frozen=True)
class Standing:
    """Who answers, and what is wrong with it.

    Attributes:
      answers: What an import finds; None where it finds nothing.
      metadata: What pip and importlib.metadata find, the one that counts first.
      remains: What else lies where packages are installed.
      problems: What is wrong, and what mends it.
      pins: The installed packages that ask for it.
    """

    answers: Claim | None
    metadata: list[Claim]
    remains: list[str]
    problems: list[tuple[str, str]] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)

    @property
    def others(self) -> list[Claim]:
        """All that has the name and is not the alias."""
        claims = [*([self.answers] if self.answers else []), *self.metadata]
        known = {claim.place for claim in claims}
        claims += [Claim(place) for place in self.remains if place not in known]
        return [claim for claim in claims if not claim.ours]

    @property
    def text(self) -> str:
        """Who answers, in a few words."""
        if self.answers is None:
            return "nobody"
        whose = "tfhub" if self.answers.ours else "another library"
        version = f" {self.answers.version}" if self.answers.version else ""
        return f"{whose},{version or ' of no known version'}, {self.answers.place}"


def site() -> str:
    """The folder into which packages of this Python are installed."""
    return sysconfig.get_path("purelib")


def standing() -> Standing:
    """Looks at the environment of this Python, as a program started in it finds it."""
    path = _search_path()
    entries = _metadata(path)
    answers = _answers(path, entries)
    found = Standing(answers, entries, _remains(site()))
    found.problems.extend(_problems(found))
    version = alias_version()
    if answers is not None and not answers.ours:
        version = answers.version or version
    found.pins.extend(pins(version, path))
    for pin in found.pins:
        if pin.met is False and answers is not None and answers.ours:
            what = f"{pin.package} asks for {pin.wants}, which {version} is not."
            remedy = "Try whether it runs all the same, or use a version of it that "
            found.problems.append((what, f"{remedy}takes newer ones."))
    return found


def _search_path() -> list[str]:
    """Without a program's own folder, and without what this process asked for."""
    path = sys.path[1:] if sys.path[:1] in ([""], [os.getcwd()]) else sys.path
    return [each for each in path if each != NAMES]


def _metadata(path: Sequence[str]) -> list[Claim]:
    found = []
    for package in metadata.distributions(path=[*path]):
        if normal(name_of(package)) not in _PACKAGES:
            continue
        ours = (package.read_text("INSTALLER") or "").strip() == INSTALLER
        place = str(getattr(package, "_path", "")) or str(package.locate_file(""))
        listed = package.files is not None
        version = str(package.metadata["Version"] or "")
        found.append(Claim(place, version, ours, listed))
    return found


def _answers(path: Sequence[str], entries: Sequence[Claim]) -> Claim | None:
    spec = PathFinder.find_spec(NAME, [*path]) or _editable()
    if spec is None:
        return None
    place = spec.origin or next(iter(spec.submodule_search_locations or ()), "")
    if os.path.basename(place).startswith("__init__."):
        place = os.path.dirname(place)
    folder = os.path.dirname(place)
    if is_written(spec.origin) and not os.path.islink(place):
        return Claim(place, alias_version(), ours=True)
    if is_ours(spec.origin):
        return Claim(place, alias_version(), ours=True)
    beside = [each for each in entries if os.path.dirname(each.place) == folder]
    known = next(iter(beside), Claim(place))
    return Claim(place, known.version, removable=known.removable)


def _editable() -> ModuleSpec | None:
    """What pip's editable installs have: finders of their own."""
    for finder in sys.meta_path:
        if str(getattr(finder, "__module__", "")).startswith("__editable__"):
            spec = finder.find_spec(NAME, None)
            if spec is not None:
                return spec
    return None


def _remains(folder: str) -> list[str]:
    """What lies in a folder of packages under that name, whatever it is."""
    pattern = re.compile(r"(tensorflow[_-]hub|tf_hub_nightly)([-.].*)?", re.IGNORECASE)
    try:
        names = sorted(filter(pattern.fullmatch, os.listdir(folder)))
    except OSError:
        return []
    places = [os.path.join(folder, name) for name in names]
    return [place for place in places if not _is_of_alias(place)]


def _is_of_alias(place: str) -> bool:
    if os.path.islink(place):
        return False
    if os.path.basename(place) == NAME:
        return is_written(os.path.join(place, "__init__.py"))
    try:
        with open(os.path.join(place, "INSTALLER"), encoding="utf-8") as file:
            return file.read().strip() == INSTALLER
    except (OSError, UnicodeError):
        return False


def _problems(found: Standing) -> list[tuple[str, str]]:
    answers, problems = found.answers, []
    ours = [claim for claim in found.metadata if claim.ours]
    if ours and (answers is None or not answers.ours):
        what = f"The alias in {ours[0].place} does not answer: "
        if answers is None:
            what += "its package is gone."
        else:
            what += f"{answers.place} goes before it."
        problems.append((what, f"Run: {install()}" if answers is None else _REMOVE))
    elif answers is not None and answers.ours and found.others:
        places = ", ".join(claim.place for claim in found.others)
        problems.append((f"Beside the alias there is another: {places}.", _REMOVE))
    elif (
        answers is not None
        and answers.ours
        and not ours
        and NAMES not in (os.path.dirname(answers.place))
    ):
        what = f"The alias in {answers.place} has lost its metadata."
        problems.append((what, f"Run: {install()}"))
    if answers is None and found.others:
        what = f"What is left of another tensorflow_hub: {found.others[0].place}."
        problems.append((what, _REMOVE))
    if answers is not None and not answers.ours:
        if not answers.version:
            what = f"{answers.place} answers to tensorflow_hub and is no package that "
            problems.append((f"{what}was installed whole.", _REMOVE))
        elif util.find_spec("pkg_resources") is None:
            what = f"tensorflow_hub {answers.version} needs pkg_resources, which new "
            remedy = f"Remove it, and run: {install()}"
            problems.append((f"{what}setuptools do not have.", remedy))
    return problems


_REMOVE = "Remove what is not wanted."


def install() -> str:
    """The command that installs the alias, in the words of the reader."""
    command = words.command("alias install", "alias", "install")
    return words.said(command, words.spoken())


def removal(claim: Claim) -> str:
    """How to remove what is not the alias."""
    if claim.removable:
        return f"Run: {sys.executable} -m pip uninstall tensorflow-hub"
    return f"Remove {claim.place} by hand: pip does not know its files."


__all__ = ["MARK", "Claim", "Standing", "removal", "site", "standing"]
