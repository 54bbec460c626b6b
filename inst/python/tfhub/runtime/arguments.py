"""The inputs of a signature as arguments of a function that TensorFlow 2 saves.

A graph of TensorFlow 1 may call its inputs anything. A function of TensorFlow 2 has
them as arguments; to be saved, these need names that nodes of a graph can have, too.
"""

from __future__ import annotations

import keyword
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..shown import brief
from .private import call_flat
from .tf import tf

_NODE = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")
_RESERVED = {*keyword.kwlist, "self"}


def declared_names(function: Any) -> dict[str, str]:
    """What the inputs of a signature are called, with the arguments that these are.

    Where a model declares `a/b`, its function has an argument `a_b`.

    Args:
      function: The ConcreteFunction of a loaded signature.
    """
    specs = function.structured_input_signature[1]
    if hasattr(function, "prune"):  # of a graph of TensorFlow 1: as it declares them
        return {name: name for name in specs}
    return {
        spec.name if spec.name and _plain(spec.name) == argument else argument: argument
        for argument, spec in specs.items()
    }


def run_signature(function: Any, tensors: Mapping[str, Any]) -> Any:
    """Runs a signature.

    Args:
      function: The ConcreteFunction.
      tensors: Its arguments by name; see `declared_names()`.
    """
    # "self" is the function itself for the documented call, and names that are none in
    # Python are one to it, in some versions, where they are told apart by signs.
    if "self" in tensors or not all(map(str.isidentifier, tensors)):
        names = function.structured_input_signature[1]
        return call_flat(function, [tensors[name] for name in names])
    return function(**tensors)


def as_signature(
    call: Callable[[dict[str, Any]], Any], specs: Mapping[str, Any], what: str
) -> Any:
    """A signature that TensorFlow can save, whatever its inputs are called.

    Args:
      call: Maps a dict of tensors to a dict of outputs.
      specs: The TensorSpec of each input by name.
      what: The signature, for the log, which tells of inputs that get another name.

    Returns:
      A ConcreteFunction.
    """
    arguments = argument_names(specs)
    plain = {_plain(argument): name for name, argument in arguments.items()}

    def signature(**tensors: Any) -> Any:
        return call({plain[name]: tensor for name, tensor in tensors.items()})

    renamed = {
        name: argument for name, argument in arguments.items() if name != argument
    }
    for name, argument in renamed.items():
        logging.getLogger("tfhub").warning(
            "The input %r of %s is written as %r, as TensorFlow 2 cannot save that "
            "name.", brief(name), what, argument,
        )  # fmt: skip
    return tf.function(signature, autograph=False).get_concrete_function(
        **{
            key: tf.TensorSpec(specs[name].shape, specs[name].dtype, arguments[name])
            for key, name in sorted(plain.items())
        }
    )


def argument_names(names: Iterable[str]) -> dict[str, str]:
    """What inputs are called as arguments, by their names: mostly the same."""
    found = dict[str, str]()
    taken = set[str]()  # as Python has them: TensorFlow takes no two that are one there
    for name in sorted(names, key=lambda name: (not _fits(name), name)):
        argument = name if _fits(name) and _plain(name) not in taken else _plain(name)
        count = 1
        while _plain(argument) in taken:
            count += 1
            argument = f"{_plain(name)}_{count}"
        taken.add(_plain(argument))
        found[name] = argument
    return found


def _fits(name: str) -> bool:
    return bool(_NODE.fullmatch(name)) and name not in _RESERVED


def _plain(name: str) -> str:
    """A name as that of an argument in Python."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    if not plain[:1].isalpha():
        plain = f"arg_{plain}"
    return f"{plain}_" if plain in _RESERVED else plain
