"""A description as lines that tell how a model is called."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ..formats.description import Call, Description, Graph, Tensor, shortened
from ..formats.sizes import size_text
from ..shown import brief

# Of what hostile models have thousands of.
_MOST_SIGNATURES, _MOST_TENSORS, _MOST_FORMS = 50, 200, 20


def lines(model: Description, graph: Graph) -> Iterator[str]:
    """What a model is, and how it is called.

    Args:
      model: The description.
      graph: The graph that was loaded.
    """
    yield _summary(model)
    for problem in model.problems:
        yield f"Problem: {brief(problem, 1000)}"
    yield f"Tags: {brief(', '.join(graph.tags)) or 'none'}"
    own = graph.functions.get("__call__", ())
    others = [
        _form(name, call)
        for name, calls in graph.functions.items()
        if name != "__call__"
        for call in islice(calls, _MOST_FORMS)
    ]
    if own:
        yield "Call:"
        yield from _few([_form("", call) for call in own])
    elif graph.default_signature:
        yield "Call:"
        yield f"  that of the signature {brief(graph.default_signature)}"
    if others:
        yield "Functions:"
        yield from _few(others)
    if graph.signatures:
        yield "Signatures:"
    for name, signature in islice(graph.signatures.items(), _MOST_SIGNATURES):
        yield f"  {brief(name)}"
        rows = [("   ", name, tensor) for name, tensor in signature.inputs.items()]
        rows += [("-> ", name, tensor) for name, tensor in signature.outputs.items()]
        yield from _tensors(rows)
    more = len(graph.signatures) - _MOST_SIGNATURES
    if more > 0:
        yield f"  ... and {more:,} more signatures"


def _summary(model: Description) -> str:
    text = model.format
    if model.tensorflow:
        text += f" of TensorFlow {brief(model.tensorflow)}"
    if model.variables is not None:
        variables, parameters = model.variables.count, model.variables.parameters
        text += f", {_count(variables, 'variable')} ({_count(parameters, 'parameter')})"
    return f"{text}, {size_text(model.size)}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _form(name: str, call: Call) -> str:
    arguments = brief(shortened(call.arguments), 500)
    return f"  {brief(name)}({arguments}) -> {brief(shortened(call.output), 500)}"


def _few(forms: list[str]) -> Iterator[str]:
    yield from forms[:_MOST_FORMS]
    if len(forms) > _MOST_FORMS:
        yield f"  and {len(forms) - _MOST_FORMS:,} more"


def _tensors(rows: list[tuple[str, str, Tensor]]) -> Iterator[str]:
    fit = [(arrow, brief(name), brief(t)) for arrow, name, t in rows[:_MOST_TENSORS]]
    width = max((len(name) for _, name, _ in fit), default=0)
    for arrow, name, tensor in fit:
        yield f"    {arrow}{name.ljust(width)}  {tensor}"
    if len(rows) > _MOST_TENSORS:
        yield f"    ... and {len(rows) - _MOST_TENSORS:,} more inputs and outputs"
