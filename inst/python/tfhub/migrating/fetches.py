"""What a session fetches of a module, and how it is computed without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import libcst as cst

from . import names
from .scopes import Scopes

Kind = Literal["tensor", "dict"]
_DEEPEST = 50  # variables that are made of each other


class Fetches:
    """Knows the expressions that are tensors, in a graph and without one."""

    def __init__(self, scopes: Scopes, is_run: Callable[[cst.CSTNode], bool]) -> None:
        self._scopes = scopes
        self._is_run = is_run

    def understood(self, node: cst.BaseExpression) -> bool:
        """Whether all that is fetched is a tensor, or a list of them."""
        if isinstance(node, (cst.List, cst.Tuple)):
            return bool(node.elements) and all(
                isinstance(each, cst.Element) and self.understood(each.value)
                for each in node.elements
            )
        return self._kind(node) is not None

    def computed(self, node: cst.BaseExpression) -> Callable[[Any], Any]:
        """What makes of an expression, as it is by then, one of its value in numpy."""
        if isinstance(node, (cst.List, cst.Tuple)):
            each = [self.computed(element.value) for element in node.elements]

            def all_of(now: Any) -> Any:
                pairs = zip(each, now.elements, strict=True)
                made = [
                    item.with_changes(value=form(item.value)) for form, item in pairs
                ]
                return now.with_changes(elements=made)

            return all_of
        return _dict_of_numpy if self._kind(node) == "dict" else _numpy

    def assigned(self, target: cst.CSTNode | None) -> cst.Assign | None:
        """The statement `name = value` that a name is the target of."""
        if not isinstance(target, cst.Name):
            return None
        parent = self._scopes.parent(target)
        if not isinstance(parent, cst.AssignTarget):
            return None
        statement = cst.ensure_type(self._scopes.parent(parent), cst.Assign)
        return statement if len(statement.targets) == 1 else None

    def _kind(self, node: cst.BaseExpression, depth: int = 0) -> Kind | None:
        if depth > _DEEPEST:
            return None
        if isinstance(node, cst.Call):
            return self._of_call(node, depth)
        if isinstance(node, cst.Name):
            return self._of_variable(node, depth)
        if isinstance(node, cst.Subscript):
            return "tensor" if self._kind(node.value, depth + 1) else None
        if isinstance(node, cst.UnaryOperation):
            return self._kind(node.expression, depth + 1)
        if isinstance(node, cst.BinaryOperation):
            sides = {self._kind(each, depth + 1) for each in (node.left, node.right)}
            return "tensor" if "tensor" in sides and "dict" not in sides else None
        return None

    def _of_call(self, node: cst.Call, depth: int) -> Kind | None:
        if self._is_module(node.func):
            as_dict = [arg.value for arg in node.args if _is_named(arg, "as_dict")]
            if len(node.args) > 2 and not node.args[2].keyword:
                return None
            if not as_dict:
                return "tensor"
            known = {"True": "dict", "False": "tensor", "None": "tensor"}
            value = as_dict[0].value if isinstance(as_dict[0], cst.Name) else ""
            return known.get(value)  # type: ignore[return-value]
        if self._scopes.name(node.func) not in names.OPS:
            return None
        named = {arg.keyword.value for arg in node.args if arg.keyword}
        if named - names.OP_ARGUMENTS or any(arg.star for arg in node.args):
            return None
        kinds = [self._kind(arg.value, depth + 1) for arg in node.args]
        return None if "dict" in kinds else "tensor"

    def _is_module(self, node: cst.BaseExpression) -> bool:
        """Whether it is a `hub.Module(handle)`, or a variable that always is one."""
        if isinstance(node, cst.Call):
            plain = {"spec", "name", "trainable"}
            return self._scopes.hub(node.func) == "Module" and all(
                not arg.star and (arg.keyword is None or arg.keyword.value in plain)
                for arg in node.args
            )
        if not isinstance(node, cst.Name):
            return False
        values = self._values(node)
        return bool(values) and all(
            isinstance(value, cst.Call) and self._is_module(value) for value in values
        )

    def _of_variable(self, node: cst.Name, depth: int) -> Kind | None:
        # What was fetched is no tensor any more, and so it is not fetched again.
        values = [value for value in self._values(node) if not self._is_run(value)]
        kinds = {self._kind(value, depth + 1) for value in values}
        return kinds.pop() if len(kinds) == 1 else None

    def _values(self, node: cst.Name) -> list[cst.BaseExpression]:
        """All that a variable is ever set to; nothing, if that is not known."""
        statements = [
            self.assigned(getattr(each, "node", None))
            for each in self._scopes.assignments(node)
        ]
        return [each.value for each in statements if each] if all(statements) else []


def _is_named(arg: cst.Arg, name: str) -> bool:
    return arg.keyword is not None and arg.keyword.value == name


def _numpy(now: cst.BaseExpression) -> cst.Call:
    plain = (cst.Name, cst.Attribute, cst.Call, cst.Subscript)
    if not isinstance(now, plain) and not now.lpar:
        now = now.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.Call(cst.Attribute(now, cst.Name("numpy")))


def _dict_of_numpy(now: cst.BaseExpression) -> cst.DictComp:
    items = cst.Call(cst.Attribute(now, cst.Name("items")))
    pair = cst.Tuple(
        [cst.Element(cst.Name("name")), cst.Element(cst.Name("value"))],
        lpar=[],
        rpar=[],
    )
    value = _numpy(cst.Name("value"))
    return cst.DictComp(cst.Name("name"), value, cst.CompFor(pair, items))
