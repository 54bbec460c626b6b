"""Sessions around a module in R: what they fetch is there at once, or they stay."""

from __future__ import annotations

from .r_tree import Part
from .r_words import Edit, argument_list, called
from .remarks import Remark

_OPENED = {"tf$Session", "tf$compat$v1$Session"}
_DISABLERS = {"disable_v2_behavior", "disable_eager_execution"}
_INITIALIZERS = {"global_variables_initializer", "tables_initializer"}
_MODULES = {"hub_load", "hub_module", "tfhub::hub_load", "tfhub::hub_module"}
_OLD = {"Session", "global_variables_initializer", "tables_initializer", "placeholder"}


def sessions(tree: Part) -> tuple[list[Edit], list[Remark]]:
    """What becomes of the sessions in a program."""
    found = _Sessions(tree)
    if not found.opened:
        return [], []
    try:
        return found.edits(), []
    except _NotUnderstoodError as error:
        what = f"{error}: it needs TensorFlow 1's behaviour"
        advice = (
            "write tf$compat$v1$disable_v2_behavior() first, and tf$compat$v1$Session()"
        )
        if found.is_declared and not found.is_old:
            return [], []
        return [], [Remark(error.line, what, advice)]


class _NotUnderstoodError(Exception):
    def __init__(self, part: Part, why: str) -> None:
        super().__init__(why)
        self.line = part.line


class _Sessions:
    def __init__(self, tree: Part) -> None:
        self._tree = tree
        self._parts = [part for part in tree.walk() if part.kind == "expr"]
        self._symbols = [part for part in tree.walk() if part.kind == "SYMBOL"]
        self._set: dict[str, list[tuple[Part, Part]]] = {}
        for part in self._parts:
            target, value = _assigned(part)
            if target and value:
                self._set.setdefault(target, []).append((part, value))
        self.opened = {
            name
            for name, values in self._set.items()
            if all(_function(value) in _OPENED for _, value in values)
        }
        tf = [part.text.split("$") for part in self._parts]
        old = [words for words in tf if words[0] == "tf" and len(words) == 2]
        self.is_old = any(words[1] in _OLD for words in old)
        self.is_declared = any(
            words[-1] in _DISABLERS for words in tf if words[0] == "tf"
        )
        self._done: set[int] = set()  # where names of TensorFlow 1 go

    def edits(self) -> list[Edit]:
        """What changes.

        Raises:
          _NotUnderstoodError: Something needs its session.
        """
        found: list[Edit] = []
        for name in self.opened:
            for statement, value in self._set[name]:
                if argument_list(value):
                    raise _NotUnderstoodError(statement, "the session has arguments")
                found.append(self._without(statement))
            for symbol in self._symbols:
                if symbol.text == name and not self._is_target(symbol):
                    found.append(self._use(symbol))
        for part in self._parts:
            words = part.text.split("$")
            if words[0] != "tf" or not words[-1].isidentifier():
                continue
            if words[-1] in _DISABLERS and called(part) is None:
                found.append(self._without(_statement(part)))
            elif words[-1] in _OLD and not any(
                start <= part.start < end for start, end, _ in found
            ):
                raise _NotUnderstoodError(part, f"{part.text} needs a graph")
        return found

    def _is_target(self, symbol: Part) -> bool:
        return any(
            statement.start <= symbol.start < value.start
            for statement, value in self._set[symbol.text]
        )

    def _use(self, symbol: Part) -> Edit:
        member = symbol.parent.parent if symbol.parent else None
        call = member.parent if member else None
        if member is None or call is None or called(call) is not member:
            raise _NotUnderstoodError(symbol, "the session is handed on")
        method = member.text.removeprefix(f"{symbol.text}$")
        arguments = argument_list(call)
        if method == "close" and _is_statement(call):
            return self._without(call)
        if method != "run" or len(arguments) != 1 or arguments[0].name:
            raise _NotUnderstoodError(symbol, "the session does more than run()")
        value = arguments[0].value
        if _is_initializer(value) and _is_statement(call):
            return self._without(call)
        if not self._is_output(value):
            raise _NotUnderstoodError(
                symbol, "run() fetches more than a module's output"
            )
        return (member.start, member.end, "as.array")

    def _is_output(self, value: Part, depth: int = 0) -> bool:
        """Whether it is what a module gives, or a variable that has it."""
        function = _function(value)
        if function is not None:
            return self._is_module(function)
        values = self._set.get(value.text, [])
        return (
            depth < 20
            and bool(values)
            and all(self._is_output(each, depth + 1) for _, each in values)
        )

    def _is_module(self, name: str) -> bool:
        values = self._set.get(name, [])
        return bool(values) and all(_function(each) in _MODULES for _, each in values)

    def _without(self, part: Part) -> Edit:
        """A statement that goes, with its line if it stands alone there."""
        if not _is_statement(part):
            raise _NotUnderstoodError(part, "the session is part of an expression")
        text = self._tree.text
        start = text.rfind("\n", 0, part.start) + 1
        end = text.find("\n", part.end)
        end = len(text) if end < 0 else end + 1
        rest = text[start : part.start].strip() + text[part.end : end].strip()
        return (start, end, "") if not rest else (part.start, part.end, "invisible()")


def _assigned(part: Part) -> tuple[str, Part | None]:
    kinds = [each.kind for each in part.children]
    if kinds in (["expr", "LEFT_ASSIGN", "expr"], ["expr", "EQ_ASSIGN", "expr"]):
        return part.children[0].text, part.children[2]
    if kinds == ["expr", "RIGHT_ASSIGN", "expr"]:
        return part.children[2].text, part.children[0]
    return "", None


def _function(part: Part) -> str | None:
    function = called(part)
    return function.text if function else None


def _is_initializer(part: Part) -> bool:
    function = _function(part)
    if function in ("list", "c"):
        inner = argument_list(part)
        return bool(inner) and all(_is_initializer(each.value) for each in inner)
    return function is not None and function.split("$")[-1] in _INITIALIZERS


def _is_statement(part: Part) -> bool:
    """Whether it stands by itself, its value unused but at the end of a function."""
    above = part.parent
    if above is None or above.kind == "program":
        return True
    if [each.kind for each in above.children[:1]] != ["'{'"]:
        return False
    last = [each for each in above.children if each.kind == "expr"][-1]
    return last is not part


def _statement(part: Part) -> Part:
    while not _is_statement(part) and part.parent is not None:
        part = part.parent
    return part
