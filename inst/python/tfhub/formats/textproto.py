"""Reads a protocol buffer that is written as text, such as `saved_model.pbtxt`.

The text_format of protobuf makes tokens of all of it, which takes a second for each
megabyte. Here the fields that a description does not need, which are most of it, are
passed over from bracket to bracket. What stands in them is not checked.
(https://protobuf.dev/reference/protobuf/textformat-spec/)
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

# Comments and separators, too. There is one way alone to match it, or what matches
# nothing would take time without end; so two of them never stand side by side. Each
# comment takes memory until the match ends, so there is a bound to them.
_BLANK = r"[\s,;]*(?:\#[^\n]*(?:\n|\Z)[\s,;]*){0,1000}"
_FIELD = re.compile(
    rf"""{_BLANK}(?:(?P<end>[}}>]|\Z)
    |(?P<name>\w+(?!\w)|\[[^\]\n]*\])(?:{_BLANK}:)?{_BLANK}
    (?P<value>[{{<\["']|-?[\w.][\w.+-]*))""",
    re.VERBOSE | re.ASCII,
)
_VALUE = re.compile(
    rf"""{_BLANK}(?P<value>[{{<\]"']|-?[\w.][\w.+-]*)""", re.VERBOSE | re.ASCII
)
_QUOTE = re.compile(rf"""{_BLANK.replace(",;", "")}(["'])""", re.ASCII)
_COMMENTS = re.compile(_BLANK, re.ASCII)
# Python's escapes are those of C, but for \x with a single digit.
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F])(?![0-9a-fA-F])|.)", re.DOTALL)
_MARK = re.compile(r"""[{}<>\[\]"'#]""")
# Messages: so many, and one for some bytes; `dim { }`, the shortest, has eight.
_FREE, _BYTES = 100_000, 8
_CLOSING = {"{": "}", "<": ">", "[": "]"}
_QUOTES = ('"', "'")
_BOOLS = dict.fromkeys(("true", "True", "t", "1"), True)
_BOOLS |= dict.fromkeys(("false", "False", "f", "0"), False)
_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
}


class TextError(ValueError):
    """The text is not a protocol buffer."""


def parsed(text: str, message: Any) -> Any:
    """A message from its text; fields that its class has not are left out.

    Args:
      text: The text.
      message: The class.

    Raises:
      TextError: It cannot be read.
      ValueError: A number is too large for its field.
    """
    made = message()
    _Reader(text).fill(made, 0, "")
    return made


class _Reader:
    """Each method takes the place where it begins, and gives that where it ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left = _FREE + len(text) // _BYTES  # messages that there may be still

    def fill(self, message: Any, at: int, closing: str) -> int:
        """Reads the fields of a message up to the bracket that closes it."""
        text, match = self._text, _FIELD.match
        fields = _fields(message.DESCRIPTOR)
        self._left -= 1
        if self._left < 0:
            msg = "it has more messages than a text of its size can have"
            raise TextError(msg)
        while True:
            found = match(text, at)
            if found is None:
                start, at = at, _COMMENTS.match(text, at).end()  # type: ignore[union-attr]
                if at == start:
                    raise self._error(at)
                continue
            end, name, value = found.groups()
            at = found.end()
            if end is not None:
                if end != closing:
                    raise self._error(at)
                return at
            field = fields.get(name)
            if field is None:
                at = self._pass_over(value, at)
            elif value == "[" and field.is_repeated:
                at = self._add_list(message, field, at)
            else:
                at = self._add(message, field, value, at)

    def _add_list(self, message: Any, field: _Field, at: int) -> int:
        while True:
            found = _VALUE.match(self._text, at)
            if found is None:
                raise self._error(at)
            at = found.end()
            if found[1] == "]":
                return at
            at = self._add(message, field, found[1], at)

    def _add(self, message: Any, field: _Field, value: str, at: int) -> int:
        """Reads one value, which begins with a bracket or a quote, or is a word."""
        there = getattr(message, field.name) if field.is_nested else None
        if there is not None:
            if value not in ("{", "<"):
                raise self._error(at)
            child = there.add() if field.is_repeated else there
            if not field.is_repeated:
                child.SetInParent()
            return self.fill(child, at, _CLOSING[value])
        made, at = self._scalar(field, value, at)
        if field.is_repeated:
            getattr(message, field.name).append(made)
        else:
            setattr(message, field.name, made)
        return at

    def _scalar(self, field: _Field, value: str, at: int) -> tuple[Any, int]:
        if field.kind == FieldDescriptor.CPPTYPE_STRING:
            if value not in _QUOTES:
                raise self._error(at)
            content, at = self._string(value, at)
            return (content if field.is_bytes else content.decode("utf-8")), at
        word = "".join(value.split())
        if field.kind in _INTEGERS:
            return _integer(word), at
        if field.kind == FieldDescriptor.CPPTYPE_BOOL and word in _BOOLS:
            return _BOOLS[word], at
        if field.kind == FieldDescriptor.CPPTYPE_ENUM:
            return (field.names[word] if word in field.names else _integer(word)), at
        if field.kind == FieldDescriptor.CPPTYPE_DOUBLE:
            return float(word.rstrip("fF") if word[-3:].lower() != "inf" else word), at
        raise self._error(at)

    def _string(self, quote: str, at: int) -> tuple[bytes, int]:
        """The bytes of a string, and of those that follow it without another name."""
        content = []
        while True:
            end = self._end_of_string(quote, at)
            part = self._text[at:end]
            content.append(_unescaped(part) if "\\" in part else part.encode())
            found = _QUOTE.match(self._text, end + 1)
            if found is None:
                return b"".join(content), end + 1
            quote, at = found[1], found.end()

    def _end_of_string(self, quote: str, at: int) -> int:
        text, start = self._text, at
        while True:
            end = text.find(quote, at)
            if end < 0:
                raise self._error(start)
            before = end
            while before > at and text[before - 1] == "\\":
                before -= 1
            if not (end - before) % 2:
                return end
            at = end + 1

    def _pass_over(self, value: str, at: int) -> int:
        """Passes over a value of a field that is not needed."""
        if value in _QUOTES:
            quote: str | None = value
            while quote is not None:
                at = self._end_of_string(quote, at) + 1
                found = _QUOTE.match(self._text, at)
                quote, at = (found[1], found.end()) if found else (None, at)
            return at
        if value not in _CLOSING:
            return at
        waiting, text, search = [_CLOSING[value]], self._text, _MARK.search
        while waiting:
            mark = search(text, at)
            if mark is None:
                raise self._error(at)
            sign, at = mark[0], mark.end()
            if sign in _QUOTES:
                at = self._end_of_string(sign, at) + 1
            elif sign == "#":
                at = text.find("\n", at)
                if at < 0:
                    raise self._error(mark.start())
            elif sign in _CLOSING:
                waiting.append(_CLOSING[sign])
            elif sign != waiting.pop():
                raise self._error(at)
        return at

    def _error(self, at: int) -> TextError:
        line = self._text.count("\n", 0, at) + 1
        return TextError(f"line {line:,} is not the text of a protocol buffer")


class _Field:
    """What is to be known of a field of a message."""

    def __init__(self, field: Any) -> None:
        self.name = field.name
        self.kind = field.cpp_type
        self.is_repeated = field.default_value == []  # `label` is gone in 7.0
        self.is_nested = field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE
        self.is_bytes = field.type == FieldDescriptor.TYPE_BYTES
        enum = field.enum_type
        self.names = (
            {} if enum is None else {each.name: each.number for each in enum.values}
        )


@cache  # of the few messages that there are
def _fields(descriptor: Any) -> dict[str, _Field]:
    return {field.name: _Field(field) for field in descriptor.fields}


def _unescaped(text: str) -> bytes:
    """The bytes of a string, as `CUnescape()` of protobuf makes them.

    That looks from each backslash for the end of those that stand together.
    """
    text = _ESCAPE.sub(lambda found: f"\\x0{found[1]}" if found[1] else found[0], text)
    text = text.encode("raw_unicode_escape").decode("raw_unicode_escape")
    return text.encode().decode("unicode_escape").encode("latin-1")


def _integer(word: str) -> int:
    try:
        return int(word, 0)
    except ValueError:
        return int(word, 8)  # as in C, where a zero begins it
