"""The process that loads a model and runs it: `python -m tfhub.hosting.trial FOLDER`.

It makes small inputs for each signature, and for each traced form of the model's own
call, and prints what came of them, a line of JSON. It is bounded by who starts it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from ..shown import brief
from .worker import bound

_BATCH, _FREE, _IMAGE = 2, 8, 224  # sizes where a model leaves them to the caller
_MOST_FORMS = 20
_MOST_ELEMENTS = 50_000_000


class NotMadeError(Exception):
    """There is no small input for what a model takes."""


def main() -> None:
    """Tries the model in a folder."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what TensorFlow and the model print is no answer
    folder, memory = sys.argv[1], int(sys.argv[2])
    bound("RLIMIT_DATA", memory)
    bound("RLIMIT_CORE", 0)
    print(json.dumps(tried(folder)), file=answers, flush=True)
    os._exit(0)


def tried(folder: str) -> dict[str, Any]:
    """What came of a model: whether it loads, what its parts are, what they give."""
    from ..runtime.loading import load

    try:
        model = load(folder, policy="allow")
    except Exception as error:
        return {"error": _said(error)}
    calls = [_tried(name, each) for name, each in _signatures(model)]
    calls += [_tried("", each) for each in _forms(model)]
    return {"calls": calls, "parts": _parts(model)}


def _signatures(model: Any) -> Iterator[tuple[str, Any]]:
    for name in sorted(model.signatures):
        yield name, model.signatures[name]


def _forms(model: Any) -> list[Any]:
    """The traced forms of the model's own call."""
    own = vars(model).get("__call__")
    return list(getattr(own, "concrete_functions", ()))[:_MOST_FORMS]


def _tried(name: str, function: Any) -> dict[str, Any]:
    from ..runtime.tf import tf

    positional, named = function.structured_input_signature
    found: dict[str, Any] = {"name": name, "inputs": _told([positional, named])}
    try:
        made = tf.nest.map_structure(_made, (positional, named))
        outputs = function(*made[0], **made[1])
        again = function(*made[0], **made[1])
        found["outputs"] = _told(outputs)
        found["repeats"] = _is_same(outputs, again)
    except NotMadeError as error:
        found["not_made"] = brief(error)
    except tf.errors.InvalidArgumentError as error:
        found["refused"] = _said(error)
    except Exception as error:
        found["error"] = _said(error)
    return found


def _made(spec: Any) -> Any:
    """A small value of a TensorSpec, or of a composite one; all else as it is."""
    from ..runtime.tf import np, tf

    if isinstance(spec, tf.RaggedTensorSpec):
        values = tf.TensorSpec([None], spec.dtype)
        return tf.RaggedTensor.from_row_lengths(_made(values), [1] * _BATCH)
    if isinstance(spec, tf.SparseTensorSpec):
        shape = _sizes(spec.shape)
        value = _made(tf.TensorSpec([1], spec.dtype))
        return tf.SparseTensor([[0] * len(shape)], value, shape)
    if not isinstance(spec, tf.TensorSpec):
        return spec
    shape, dtype = _sizes(spec.shape), spec.dtype
    if np.prod(shape, dtype=float) > _MOST_ELEMENTS:
        msg = f"an input of the shape {spec.shape} is too large"
        raise NotMadeError(msg)
    if dtype == tf.string:
        return tf.fill(shape, "a")
    if dtype.is_floating or dtype.is_integer or dtype.is_bool or dtype.is_complex:
        return tf.zeros(shape, dtype)
    msg = f"there is no small value of the dtype {dtype.name}"
    raise NotMadeError(msg)


def _sizes(shape: Any) -> list[int]:
    if shape.rank is None:
        return [_BATCH]
    free = _IMAGE if shape.rank == 4 and shape[-1] in (1, 3) else _FREE
    return [
        (size if size is not None else (free if place else _BATCH))
        for place, size in enumerate(shape)
    ]


def _told(values: Any) -> dict[str, list[Any]]:
    """Dtypes and shapes of tensors or their specifications, by their paths."""
    from ..runtime.tf import tf

    found = {}
    for path, each in _flat(values):
        spec = each if isinstance(each, tf.TypeSpec) else tf.type_spec_from_value(each)
        shape = getattr(spec, "shape", None)
        dims = None if shape is None or shape.rank is None else list(shape)
        dtype = getattr(spec, "dtype", None)
        found[brief(path)] = [dtype.name if dtype else type(spec).__name__, dims]
    return found


def _flat(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The tensors of a structure, and where they are in it."""
    from ..runtime.tf import tf

    if isinstance(values, dict):
        for name in sorted(values, key=str):
            yield from _flat(values[name], f"{path}.{name}" if path else str(name))
    elif isinstance(values, (list, tuple)):
        for number, each in enumerate(values):
            inner = f"{path}.{number}" if path and len(values) > 1 else path
            yield from _flat(each, inner)
    elif isinstance(values, tf.TypeSpec) or tf.is_tensor(values):
        yield path, values


def _is_same(first: Any, second: Any) -> bool:
    from ..runtime.tf import np, tf

    parts = [tf.nest.flatten(each, expand_composites=True) for each in (first, second)]
    pairs = zip(*parts, strict=True)
    return all(
        not tf.is_tensor(one)
        or one.dtype in (tf.resource, tf.variant)
        or np.array_equal(one.numpy(), two.numpy(), one.dtype.is_floating)
        for one, two in pairs
    )


def _parts(model: Any) -> dict[str, Any]:
    """What the reusable SavedModel interface asks of a model's object."""
    from ..runtime.tf import tf

    def variables(name: str) -> list[Any]:
        found = getattr(model, name, None) or ()
        return [each for each in found if isinstance(each, tf.Variable)]

    known = {id(each) for each in variables("variables")}
    trained = variables("trainable_variables")
    losses = getattr(model, "regularization_losses", ())
    return {
        "calls": len(_forms(model)),
        "variables": len(known),
        "trainable": len(trained),
        "strange": sum(id(each) not in known for each in trained),
        "losses": [_loss(each) for each in (losses or ())],
    }


def _loss(function: Any) -> str:
    """What is wrong with a regularization loss, or `""`."""
    if not callable(function):
        return "is no function"
    try:
        rank = function().shape.rank
    except Exception as error:
        return f"cannot be called without arguments: {_said(error)}"
    return "" if rank == 0 else "gives no scalar"


def _said(error: Exception) -> str:
    return brief(f"{type(error).__name__}: {error}", 1000)


if __name__ == "__main__":
    main()
