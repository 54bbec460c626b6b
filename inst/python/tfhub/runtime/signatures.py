"""Applying a model: through its own call, one of its functions, or a signature."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from .. import words
from ..errors import HubError, InputError, SignatureNotFoundError
from ..formats.contents import read_contents
from ..formats.description import (
    DEFAULT_SIGNATURES,
    Call,
    default_graph,
    shortened,
)
from ..shown import brief, listed
from .advice import NO_INPUT, OTHERWISE, advise
from .argument_advice import of_arguments
from .bound_signature import BoundSignature as BoundSignature
from .bound_signature import Source as Source
from .bound_signature import input_error, run
from .coercion import Misfit, coerce, describe_value
from .forks import require_home
from .tf import np


def call(
    model: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    signature: str | None = None,
    as_dict: bool | None = None,
) -> Any:
    """What `m(...)` does; see `HubCallable.__call__`."""
    require_home(model._hub.handle)
    _require_choices(model, signature, as_dict)
    bound = choose(model, signature, as_dict)
    if bound is not None:
        return bound(args, kwargs, as_dict)
    if not as_dict:
        try:
            own = vars(model)["__call__"]
            return run(own, args, kwargs, "The call", model._hub.handle)
        except (TypeError, ValueError):
            # The fit was not exact. Try again with every input brought to its spec,
            # which ends in a readable error where that does not help.
            return _call_coerced(model, "__call__", args, kwargs)
    outputs = _call_coerced(model, "__call__", args, kwargs)
    return _sorted(outputs) if isinstance(outputs, dict) else {"default": outputs}


def _require_choices(model: Any, signature: Any, as_dict: Any) -> None:
    """Checks that what is said of the signature is no input of that name."""
    if (signature is None or isinstance(signature, str)) and (
        as_dict is None or isinstance(as_dict, (bool, int)) or not np.ndim(as_dict)
    ):
        return
    handle = model._hub.handle
    msg = (
        f"{handle} was called with a {type(signature).__name__} as "
        f"{words.argument('signature')} and a {type(as_dict).__name__} as "
        f"{words.argument('as_dict')}, which are to be a name, and true or false."
    )
    one = words.code("dict: m({...})", "list: m(list(...))")
    hint = "Where it has inputs that are called so, give inputs of these names in a"
    raise InputError(msg, handle=handle, hint=f"{hint} {one}.")


def choose(
    model: Any, signature: str | None, as_dict: bool | None
) -> BoundSignature | None:
    """The signature that a call applies; None if that is the model's own `__call__`.

    Raises:
      SignatureNotFoundError: There is neither.
    """
    own = vars(model).get("__call__")
    if signature is None and own is not None and not as_dict:
        return None
    bound = _bound(model, signature)
    if bound is None and own is None:
        _refuse_signature(model, None)
    return bound


def apply(
    model: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    signature: str | None = None,
    as_dict: bool | None = None,
    function: str = "__call__",
) -> Any:
    """Like `call()`, with every input brought to its spec first.

    For callers whose types are not TensorFlow's, such as R's double matrices.

    Args:
      model: What `load()` returned.
      args: Positional arguments.
      kwargs: Keyword arguments.
      signature: As for `call()`.
      as_dict: As for `call()`.
      function: The function to apply when no signature is given: a name, with dots
        where it is a function of a part of the model.

    Raises:
      HubError: As `call()` does; InputError when a function does not fit.
    """
    by_signature = as_dict or "__call__" not in vars(model)
    if signature is None and not (function == "__call__" and by_signature):
        return _call_coerced(model, function, args, kwargs)
    return call(model, args, kwargs, signature, as_dict)


def _call_coerced(
    model: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    function = operator.attrgetter(name)(model)
    variants = getattr(function, "concrete_functions", ())
    reasons = set[str]()
    for variant in variants:
        positional, keyword = variant.structured_input_signature
        by_name = {getattr(spec, "name", None): spec for spec in positional} | keyword
        try:
            # A model may have been traced with fewer arguments than are given here.
            args_ = tuple(map(coerce, args, (*positional, *(None,) * len(args))))
            kwargs_ = {k: coerce(v, by_name.get(k)) for k, v in kwargs.items()}
        except Misfit as misfit:
            reasons.add(str(misfit))
            continue
        args, kwargs = args_, kwargs_
        break
    else:
        if variants:  # TensorFlow itself would cut numbers down to the dtype
            reason = reasons.pop() if len(reasons) == 1 else None
            raise _call_misfit(model, name, args, kwargs, reason)
    try:
        return run(function, args, kwargs, "The call", model._hub.handle)
    except HubError:
        raise
    except (TypeError, ValueError) as error:
        # What TensorFlow says of it is long, and the tables say it better.
        reason = None if variants else str(error)
        raise _call_misfit(model, name, args, kwargs, reason) from error


def _call_misfit(
    model: Any,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    reason: str | None,
) -> InputError:
    source = model._hub
    functions = default_graph(read_contents(source.path).graphs).functions
    calls = functions.get(name, ())
    given = [describe_value(value) for value in args]
    given += [
        words.code(f"{key}=", f"{words.r_name(key)} = ") + describe_value(value)
        for key, value in kwargs.items()
    ]
    rows = [
        ("expected", words.code(*(f"({shortened(form)})" for form in forms)))
        for call in calls
        for forms in [(call.arguments, call.in_r[0])]
    ]
    rows.append(("given", f"({', '.join(given)})"))
    what = "the call" if name == "__call__" else f"the function {name!r}"
    return input_error(
        f"{what} of {source.handle}",
        source.handle,
        rows,
        reason,
        _advice(operator.attrgetter(name)(model), calls, args, kwargs),
    )


def _advice(
    function: Any, calls: Sequence[Call], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    """The next step by the first form of a function for which there is one."""
    if not args and not kwargs:
        return NO_INPUT
    for call in calls:
        found = of_arguments(call.names, list(call.inputs), args, kwargs)
        if found:
            return found
    for variant in getattr(function, "concrete_functions", ()):
        positional, keyword = variant.structured_input_signature
        by_name = {getattr(spec, "name", None): spec for spec in positional} | keyword
        pairs = [*zip(positional, args, strict=False)]
        pairs += [(by_name.get(name), value) for name, value in kwargs.items()]
        found = advise(pairs)
        if found != OTHERWISE:
            return found
    constant = [k for k in kwargs if calls and all(k not in c.inputs for c in calls)]
    if constant:
        return f"Give {listed(constant)} a value that is expected."
    return OTHERWISE


def _bound(model: Any, name: str | None) -> BoundSignature | None:
    source: Source = model._hub
    signatures = getattr(model, "signatures", {})
    if name is None:
        names = [n for n in DEFAULT_SIGNATURES if n in signatures]
        if not names and len(signatures) == 1:
            names = list(signatures)
        if not names:
            return None
        name = names[0]
    bound = source.bound.get(name)
    if bound is None:
        if name not in signatures:
            _refuse_signature(model, name)
        bound = BoundSignature(name, signatures[name], source.handle, source.path)
        source.bound[name] = bound
    return bound


def functions_of(model: Any) -> list[str]:
    """The names of the functions of a loaded model, those of its parts with dots."""
    return sorted(default_graph(read_contents(model._hub.path).graphs).functions)


def _refuse_signature(model: Any, name: str | None) -> None:
    handle = model._hub.handle
    names = sorted(getattr(model, "signatures", {}))
    if name is None:
        msg = f"{handle} has no call of its own and no default signature."
        hint = (
            f"Name one with {words.argument('signature')}. Signatures: {listed(names)}."
        )
        functions = functions_of(model)
        if functions and not names:
            one = words.method("m", brief(functions[0]), ...)
            hint = f"It has functions: {listed(functions)}. Call one, as {one}."
    else:
        msg = f"{handle} has no signature {name!r}. Signatures: {listed(names)}."
        if isinstance(name, str) and callable(getattr(model, name, None)):
            hint = (
                "It has a function of that name: "
                f"{words.method('m', brief(name), ...)}."
            )
        else:
            hint = "Give one of these names, or none for the model's own call."
    raise SignatureNotFoundError(msg, handle=handle, hint=hint, available=names)


def _sorted(outputs: dict[str, Any]) -> dict[str, Any]:
    return {name: outputs[name] for name in sorted(outputs)}
