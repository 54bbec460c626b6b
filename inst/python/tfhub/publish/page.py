"""The pages of a server: what a model is, and how it is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..formats.description import Description, Signature, Tensor
from ..formats.sizes import size_text

_LONGEST_LINE = 56  # of code, so that two blocks fit beside each other
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_TEMPLATES.filters["size"] = size_text


def render(template: str, **context: Any) -> str:
    """Fills one of the templates."""
    return _TEMPLATES.get_template(template).render(context)


def tensor_rows(signature: Signature) -> dict[str, list[tuple[str, str, str]]]:
    """Inputs and outputs of a signature as rows of name, dtype and shape."""

    def rows(tensors: dict[str, Tensor]) -> list[tuple[str, str, str]]:
        texts = [
            (name, *str(tensor).partition("[")) for name, tensor in tensors.items()
        ]
        return [(name, dtype, bracket + dims) for name, dtype, bracket, dims in texts]

    return {"Inputs": rows(signature.inputs), "Outputs": rows(signature.outputs)}


def usage(model: Description | None, url: str) -> dict[str, str]:
    """Lines of R and of Python that load a model and call it."""
    in_r = ["library(tfhub)", f'm <- hub_load("{url}")']
    in_python = ["import tfhub as hub", f'm = hub.load("{url}")']
    for inputs, signature, comment in _calls(model) if model else []:
        above = ["", f"# {comment}"] if len(comment) <= _LONGEST_LINE else [""]
        values = {name: re.sub(r"\W|^(?=\d)", "_", name) for name in inputs}
        pairs_r = [f"{_r_name(name)} = {value}" for name, value in values.items()]
        pairs_python = [f'"{name}": {value}' for name, value in values.items()]
        named = f'signature = "{signature}"' if signature else ""
        in_r += [*above, _call(_inputs(values, pairs_r, "list({})"), named)]
        named = named.replace(" = ", "=")
        in_python += [*above, _call(_inputs(values, pairs_python, "{{{}}}"), named)]
    return {"R": "\n".join(in_r), "Python": "\n".join(in_python)}


def _calls(model: Description) -> Iterator[tuple[list[str], str, str]]:
    """What to show: the model's own call, and the first signature that needs a name.

    Each is the names of the inputs, the name of the signature or "", and a comment.
    """
    own = model.functions.get("__call__")
    default = model.default_signature
    if own:
        first = re.match(r"\w+", own[0].arguments)
        yield [first.group() if first else "x"], "", own[0].arguments
    elif default:
        yield _signature(model.signatures[default], "")
    for name, signature in model.signatures.items():
        if name != default:
            yield _signature(signature, name)
            return


def _signature(signature: Signature, name: str) -> tuple[list[str], str, str]:
    comment = ", ".join(f"{key}: {tensor}" for key, tensor in signature.inputs.items())
    return list(signature.inputs), name, comment


def _inputs(values: dict[str, str], pairs: list[str], form: str) -> str:
    if len(values) == 1:
        return next(iter(values.values()))
    return form.format(", ".join(pairs))


def _r_name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z.][\w.]*", name, re.ASCII) else f"`{name}`"


def _call(*arguments: str) -> str:
    some = [argument for argument in arguments if argument]
    line = f"m({', '.join(some)})"
    if len(line) <= _LONGEST_LINE:
        return line
    return "m(\n" + ",\n".join(f"  {argument}" for argument in some) + "\n)"
