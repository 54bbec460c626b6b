"""The common signatures of TensorFlow Hub, rule by rule.

What a model takes and gives is told by its trial: dtypes and shapes by name.
(https://www.tensorflow.org/hub/common_signatures, and common_saved_model_apis)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Told = dict[str, list[Any]]  # names to [dtype, shape]
Rule = tuple[str, bool, str]  # what is asked, whether it is so, what there is

_FLOAT, _STRING = "float32", "string"


def _one_input(inputs: Told) -> tuple[str, Any, Any]:
    """The only input that is a tensor: its name, dtype and shape."""
    if len(inputs) != 1:
        return ", ".join(inputs) or "none", None, None
    ((name, (dtype, shape)),) = inputs.items()
    return name, dtype, shape


def _images(inputs: Told) -> Iterator[Rule]:
    name, dtype, shape = _one_input(inputs)
    yield "one input, of images", len(inputs) == 1, name
    if shape is None:
        return
    yield "the images are float32", dtype == _FLOAT, str(dtype)
    fits = len(shape) == 4 and shape[3] == 3
    yield "the images have the shape [batch, height, width, 3]", fits, _text(shape)
    yield "the batch is free", len(shape) > 0 and shape[0] is None, _text(shape)


def _texts(inputs: Told) -> Iterator[Rule]:
    name, dtype, shape = _one_input(inputs)
    yield "one input, of texts", len(inputs) == 1, name
    if shape is None:
        return
    yield "the texts are strings", dtype == _STRING, str(dtype)
    yield "the texts have the shape [batch]", shape == [None], _text(shape)


def _rows(of: str) -> Callable[[Told], Iterator[Rule]]:
    """Rules for an output of one row of float32 for each row of the batch."""

    def rules(outputs: Told) -> Iterator[Rule]:
        name = "default" if "default" in outputs else next(iter(outputs), "")
        is_default = len(outputs) == 1 or name == "default"
        yield "one output, or one named default", is_default, ", ".join(outputs)
        if not is_default:
            return
        dtype, shape = outputs[name]
        yield f"the {of} are float32", dtype == _FLOAT, str(dtype)
        is_matrix = shape is not None and len(shape) == 2
        yield f"the {of} have the shape [batch, number]", is_matrix, _text(shape)

    return rules


def _text(shape: Any) -> str:
    if shape is None:
        return "[...]"
    return f"[{', '.join('?' if size is None else str(size) for size in shape)}]"


# By the names that the documents give them.
INTERFACES: dict[
    str, tuple[Callable[[Told], Iterator[Rule]], Callable[[Told], Iterator[Rule]]]
] = {
    "image_classification": (_images, _rows("logits")),
    "image_feature_vector": (_images, _rows("features")),
    "text_embedding": (_texts, _rows("embeddings")),
}


def rules(name: str, call: dict[str, Any]) -> Iterator[Rule]:
    """What an interface asks of a call, and whether it is so.

    Args:
      name: One of `INTERFACES`.
      call: What the trial told of it.
    """
    of_inputs, of_outputs = INTERFACES[name]
    yield from of_inputs(call["inputs"])
    if "outputs" not in call:
        yield "it runs", False, call.get("error") or call.get("refused") or "not run"
        return
    yield from of_outputs(call["outputs"])
    same = "twice the same inputs give the same: no dropout"
    yield same, call["repeats"], "" if call["repeats"] else "they differ"
