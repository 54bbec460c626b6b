"""The imports of tensorflow_hub, and the names in its submodules."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from .names import INNER, INSTEAD, KEEP, NEW, OLD, OURS, PUBLIC, SUBMODULES
from .remarks import Remark
from .scopes import Edits, Scopes, dotted


def changes(scopes: Scopes) -> tuple[Edits, list[Remark]]:
    """What becomes of the imports, and what is not to be had from this library."""
    edits: Edits = {}
    remarks: list[Remark] = []
    for node in scopes.nodes:
        if isinstance(node, cst.Import):
            for alias in node.names:
                _import(scopes, alias, edits, remarks)
        elif isinstance(node, cst.ImportFrom) and not node.relative:
            _from_import(scopes, node, edits, remarks)
        elif isinstance(node, cst.SimpleString):
            remarks += _in_text(scopes, node)
    for node, name in scopes.uses:
        _use(scopes, node, name, edits, remarks)
    return edits, remarks


def _import(
    scopes: Scopes, alias: cst.ImportAlias, edits: Edits, remarks: list[Remark]
) -> None:
    root, _, part = dotted(alias.name).partition(".")
    if root != OLD:
        return
    if part and part not in SUBMODULES:
        remarks.append(_not_ours(scopes, alias, part))
        return
    # `import tensorflow_hub.module` makes the name tensorflow_hub, as without it.
    named: cst.AsName | None = alias.asname or cst.AsName(cst.Name(OLD))
    if named and dotted(named.name) == NEW:
        named = None
    edits[alias] = lambda now: now.with_changes(name=cst.Name(NEW), asname=named)


def _from_import(
    scopes: Scopes, node: cst.ImportFrom, edits: Edits, remarks: list[Remark]
) -> None:
    root, _, part = dotted(node.module).partition(".")
    if root != OLD:
        return
    if isinstance(node.names, cst.ImportStar):
        wanted = set[str]()
    else:
        wanted = {dotted(alias.name) for alias in node.names}
    if part:
        if wanted <= SUBMODULES.get(part, set()) and (wanted or part in SUBMODULES):
            edits[node] = lambda now: now.with_changes(module=cst.Name(NEW))
        else:
            others = sorted(wanted - SUBMODULES.get(part, set())) or [""]
            for name in others:
                remarks.append(_not_ours(scopes, node, f"{part}.{name}".rstrip(".")))
        return
    if wanted <= PUBLIC:
        edits[node] = lambda now: now.with_changes(module=cst.Name(NEW))
        return
    whole = {name for name in wanted if name in SUBMODULES}
    if len(wanted) == 1 and whole and not isinstance(node.names, cst.ImportStar):
        # The names of a submodule are those of the package: it stands for each.
        alias = node.names[0]
        named = alias.asname or cst.AsName(cst.Name(alias.evaluated_name))
        new = cst.ImportAlias(cst.Name(NEW), asname=named)
        edits[node] = lambda now: cst.Import([new], semicolon=now.semicolon)
        return
    for name in sorted(wanted - PUBLIC - whole):
        remarks.append(_not_ours(scopes, node, name))
    if whole:
        what = f"{', '.join(sorted(whole))} and others are imported together"
        advice = "give each an import of its own, and migrate again"
        remarks.append(Remark(scopes.line(node), what, advice))


def _use(
    scopes: Scopes, node: cst.CSTNode, name: str, edits: Edits, remarks: list[Remark]
) -> None:
    root, _, path = name.partition(".")
    if root not in (OLD, NEW) or not path:
        return
    part, _, inner = path.partition(".")
    first = inner.partition(".")[0]
    if part == "__version__" and root == OLD:
        what = "hub.__version__ becomes the version of tfhub, which counts anew"
        remarks.append(Remark(scopes.line(node), what, "compare it no more"))
    if first in SUBMODULES.get(part, ()):
        whole = _ending_with(scopes, node, f"{root}.{part}.{first}")
        if whole is not None and isinstance(whole.value, cst.Attribute):
            edits[whole] = _without_middle
    elif root == OLD and (inner if part in SUBMODULES else part not in PUBLIC | OURS):
        remarks.append(_not_ours(scopes, node, path))


def _without_middle(now: cst.Attribute) -> cst.Attribute:
    """`hub.keras_layer.KerasLayer` as `hub.KerasLayer`."""
    inner = cst.ensure_type(now.value, cst.Attribute)
    return now.with_changes(value=inner.value)


def _ending_with(scopes: Scopes, node: cst.CSTNode, name: str) -> cst.Attribute | None:
    while isinstance(node, cst.Attribute) and scopes.imported(node) != name:
        node = node.value
    return node if isinstance(node, cst.Attribute) else None


def _not_ours(scopes: Scopes, node: cst.CSTNode, name: str) -> Remark:
    parts = name.split(".")
    starts = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
    is_inner = parts[0] in INNER or parts[0] in SUBMODULES
    other = KEEP if is_inner else "look for it in the reference, or leave it out"
    advice = next((INSTEAD[each] for each in starts if each in INSTEAD), other)
    return Remark(scopes.line(node), f"tfhub has no tensorflow_hub.{name}", advice)


def _in_text(scopes: Scopes, node: cst.SimpleString) -> Iterator[Remark]:
    """What a text names: a module to be found by name, or a package to be installed."""
    text = node.evaluated_value
    if not isinstance(text, str):
        return
    line = scopes.line(node)
    if text == OLD or text.startswith(f"{OLD}."):
        part, _, inner = text.partition(".")[2].partition(".")
        if part in SUBMODULES and (not inner or inner in SUBMODULES[part]):
            part = inner
        elif part and (inner or part not in PUBLIC):
            yield _not_ours(scopes, node, f"{part}.{inner}".rstrip("."))
            return
        new = f"{NEW}.{part}" if part else NEW
        yield Remark(line, f'the text "{text}" names the old library', f'write "{new}"')
    elif text.split("[")[0].rstrip("=<>!~0123456789.* ,") in _PACKAGES:
        what = f'the text "{text}" asks pip for the old library'
        yield Remark(line, what, "leave it out")


_PACKAGES = {"tensorflow-hub", "tensorflow_hub", "tf-hub-nightly"}


def imports_of(scopes: Scopes, package: str) -> Iterator[tuple[cst.ImportAlias, str]]:
    """Each `import package` or `import package.part`, and the name that it makes."""
    for node in scopes.nodes:
        if isinstance(node, cst.ImportAlias):
            statement = scopes.parent(node)
            name = dotted(node.name)
            if isinstance(statement, cst.Import) and name.split(".")[0] == package:
                yield node, node.evaluated_alias or package


def are_of_hub(scopes: Scopes) -> bool:
    """Whether a program names the hub as a module or package, in its code or a text."""
    for node in scopes.nodes:
        if isinstance(node, cst.ImportAlias):
            found = dotted(node.name)
        elif isinstance(node, cst.ImportFrom) and not node.relative:
            found = dotted(node.module)
        elif isinstance(node, cst.SimpleString) and next(_in_text(scopes, node), None):
            return True
        else:
            continue
        if found.partition(".")[0] in (OLD, NEW):
            return True
    return False
