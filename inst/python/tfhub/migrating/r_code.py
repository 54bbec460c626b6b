"""A program in R for the old tfhub, or for tensorflow_hub by reticulate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import handles, names
from .r_sessions import sessions
from .r_tree import Part, parsed
from .r_words import Argument, Edit, argument_list, called, string_value
from .remarks import Remark, UnreadableError, once

_PACKAGES = {"tensorflow-hub", "tensorflow_hub", "tf-hub-nightly"}
# A column as the step of tfhub 0.8.1 named it.
_OLD_COLUMN = re.compile(r"`?\w+_txt_emb_[0-9]{4}`?")
_MODULE = 'import_from_path("tfhub", system.file("python", package = "tfhub"))'
_ESTIMATORS = {"tfestimators"}


def migrated(source: bytes) -> tuple[bytes, list[Remark]]:
    """The program as it is to be, and remarks.

    Raises:
      UnreadableError: It is no R, or not in UTF-8.
    """
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(1, "it is not in UTF-8", "save it in UTF-8") from error
    found, remarks = edits(parsed(text))
    return apply(text, found).encode("utf-8"), once(remarks)


def apply(text: str, found: list[Edit]) -> str:
    """A text with its edits, each from a place to a place."""
    for start, end, new in sorted(found, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def edits(tree: Part) -> tuple[list[Edit], list[Remark]]:
    """What changes in a program, and remarks."""
    found: list[Edit] = []
    remarks: list[Remark] = []
    for part in tree.walk():
        if part.kind == "expr":
            found += _in_call(part, remarks)
            remarks += _gone(part)
        elif part.kind == "STR_CONST":
            remark = handles.of_text(string_value(part), part.line)
            remarks += [remark] if remark else []
        if part.kind in ("SYMBOL", "STR_CONST") and _OLD_COLUMN.fullmatch(
            string_value(part)
        ):
            what = (
                f"{part.text} is a column of the old step_pretrained_text_embedding()"
            )
            advice = (
                "now they are embedding_text_01, ...; `prefix` changes the first part"
            )
            remarks.append(Remark(part.line, what, advice))
    more, said = sessions(tree)
    return [*found, *more], [*remarks, *said]


def _in_call(part: Part, remarks: list[Remark]) -> Iterator[Edit]:
    function = called(part)
    if function is None:
        return
    name = function.text.rpartition("::")[2].strip()
    arguments = argument_list(part)
    first = arguments[0] if arguments else None
    if name == "import" and first and first.name in ("", "module"):
        module = string_value(first.value)
        if module == names.OLD:
            yield from _import(part, function, first.value, arguments, remarks)
        elif module.startswith(f"{names.OLD}."):
            what = f"{first.value.text} is a part of the old library"
            advice = f"write hub <- {_MODULE}, which has what is public of it"
            remarks.append(Remark(part.line, what, advice))
    elif name == "install_tfhub" and arguments:
        versions = [a for a in arguments if a.name in ("", "version")]
        if len(versions) == len(arguments) == 1 and string_value(versions[0].value):
            yield (versions[0].start, versions[0].end, "")
        elif versions:
            what = (
                "`version` of install_tfhub() is that of TensorFlow, no more the hub's"
            )
            remarks.append(Remark(part.line, what, "leave it out"))
    elif name in ("library", "require", "requireNamespace") and first:
        loads_estimators = string_value(first.value) in _ESTIMATORS
        remarks += [Remark(part.line, *names.GONE["estimator"])] * loads_estimators
    if name != "import":
        remarks += _asked_for(part, arguments)


def _import(
    part: Part,
    function: Part,
    module: Part,
    arguments: list[Argument],
    remarks: list[Remark],
) -> Iterator[Edit]:
    """`import("tensorflow_hub")`: this library's Python lies in the R package."""
    symbol = function.children[-1] if function.children else function
    yield (symbol.start, symbol.end, "import_from_path")
    yield (
        module.start,
        module.end,
        '"tfhub", system.file("python", package = "tfhub")',
    )
    if any(
        each.name == "delay_load" and each.value.text != "TRUE" for each in arguments
    ):
        what = "`delay_load` names where to look for tensorflow_hub"
        remarks.append(
            Remark(part.line, what, "leave it out: tfhub is in the R package")
        )


def _asked_for(part: Part, arguments: list[Argument]) -> Iterator[Remark]:
    """Texts by which a call asks for the old library: `py_install()`, say."""
    for text in (each for argument in arguments for each in argument.value.walk()):
        is_text = text.kind == "STR_CONST" and string_value(text) in _PACKAGES
        if is_text and _innermost(text) is part:
            what = f"the text {text.text} asks for the old library"
            yield Remark(text.line, what, "leave it out")


def _innermost(text: Part) -> Part | None:
    """The nearest call that a text is within, c() and list() aside."""
    above = text.parent
    while above is not None:
        function = called(above)
        if function is not None and function.text not in ("c", "list"):
            return above
        above = above.parent
    return None


def _gone(part: Part) -> Iterator[Remark]:
    """Names of TensorFlow that do not work any more: `tf$estimator`."""
    words = part.text.split("$")
    above = part.parent.text if part.parent is not None else ""
    if words[0] != "tf" or len(words) < 2 or above.startswith(f"{part.text}$"):
        return
    if all(word.isidentifier() for word in words):
        name = ".".join(words[1:]).removeprefix("compat.v1.")
        found = names.gone(name)
        if found:
            yield Remark(part.line, _in_r(found[0]), _in_r(found[1]))


def _in_r(text: str) -> str:
    return re.sub(
        r"\btf(\.\w+)+", lambda found: found[0].replace(".", "$"), text
    ).replace("hub.KerasLayer(handle)", "layer_hub(model, handle)")
