"""Making a module: a function that builds its graph becomes a ModuleSpec."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

from .. import words
from ..errors import InputError, LegacyLayersError, ModuleFnError
from ..formats import protos
from ..runtime.tf import tf
from ..shown import listed
from . import checking, contents, naming, saved, tensors
from .spec import ModuleSpec

# Tuples, so that they are never taken for collections of the user.
_SIGNATURES = ("tfhub", "signatures")
_MESSAGES = ("tfhub", "messages")
_log = logging.getLogger("tfhub")
_KEY = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")


def create_module_spec(
    module_fn: Callable[..., Any],
    tags_and_args: Iterable[tuple[Collection[str], dict[str, Any]]] | None = None,
    drop_collections: Collection[str] | None = None,
) -> ModuleSpec:
    """Makes a ModuleSpec from a function that builds a graph.

    ```python
    def module_fn():
        words = tf.compat.v1.placeholder(tf.float32, [None, 3])
        weights = tf.compat.v1.get_variable("weights", [3, 2])
        hub.add_signature(inputs=words, outputs=tf.matmul(words, weights))

    spec = hub.create_module_spec(module_fn)
    ```

    Args:
      module_fn: Called once for each graph variant, in a new graph, to build it and to
        call `add_signature()` at least once.
      tags_and_args: The graph variants: the tags of each, and the arguments for
        `module_fn`. None is one variant, without tags or arguments.
      drop_collections: Collections of the graphs to leave out.

    Raises:
      ModuleFnError: A graph has no signature, or what a module cannot have; tags are
        used twice.
      LegacyLayersError: It used `tf.compat.v1.layers`, and Keras 3 is active.
    """
    given = [(set[str](), dict[str, Any]())] if tags_and_args is None else tags_and_args
    meta_graphs: dict[saved.Tags, Any] = {}
    for tags, arguments in given:
        wanted = frozenset({tags} if isinstance(tags, str) else tags)
        if wanted in meta_graphs:
            msg = f"Tags {sorted(wanted)} used repeatedly."
            raise ModuleFnError(msg, hint="Give each graph variant tags of its own.")
        meta_graphs[wanted] = _build(
            module_fn, wanted, arguments, set(drop_collections or ())
        )
    if not meta_graphs:
        msg = "There are no tags_and_args, so the module has no graph."
        raise ModuleFnError(msg, hint="Leave them out for one graph without tags.")
    name = getattr(module_fn, "__name__", type(module_fn).__name__)
    return ModuleSpec(saved.Definition(meta_graphs), f"the module of {name}()")


def _build(
    module_fn: Callable[..., Any],
    tags: saved.Tags,
    arguments: dict[str, Any],
    dropped: set[str],
) -> Any:
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.variable_scope("", use_resource=True):
        try:
            module_fn(**arguments)
        except AttributeError as error:
            if "not available with Keras 3" not in str(error):
                raise
            msg = (
                f"{words.tensorflow('compat.v1.layers')} does not work with Keras 3: "
                f"{error}"
            )
            hint = (
                "Set the environment variable TF_USE_LEGACY_KERAS=1 before TensorFlow "
                "is imported (and install tf_keras), or use "
                f"{words.tensorflow('compat.v1.get_variable')}."
            )
            raise LegacyLayersError(msg, hint=hint) from error
    kept = {name for name in graph.collections if isinstance(name, str)} - dropped
    checking.check_state(graph)
    contents.flatten_initializers(graph)
    info = v1.MetaGraphDef.MetaInfoDef(tags=sorted(tags))
    with graph.as_default():
        meta_graph = v1.train.export_meta_graph(
            meta_info_def=info,
            collection_list=sorted(kept),
            strip_default_attrs=True,
        )
    contents.keep_contents(meta_graph)
    contents.name_anonymous(meta_graph)
    naming.name_functions(meta_graph.graph_def)
    signatures = {name: s for name, *s in graph.get_collection(_SIGNATURES)}
    for name, (inputs, outputs) in signatures.items():
        tensors.write_signature(meta_graph.signature_def[name], inputs, outputs)
    checking.check(meta_graph)
    for key, message in sorted(dict(graph.get_collection(_MESSAGES)).items()):
        attachment = protos.ModuleAttachment(key=key, value=message)
        attachments = meta_graph.collection_def[saved.ATTACHMENTS].bytes_list.value
        attachments.append(attachment.SerializeToString())
    return meta_graph


def add_signature(
    name: str | None = None, inputs: Any = None, outputs: Any = None
) -> None:
    """Adds a signature to the module that is being made.

    Args:
      name: Its name; None is `default`.
      inputs: A Tensor, SparseTensor or RaggedTensor, which is then named `default`, or
        a dict of them by name; None if the signature takes nothing.
      outputs: As for `inputs`. A call gives the one named `default`.

    Raises:
      InputError: Something is not such a tensor, or belongs to another graph.
      ModuleFnError: An input is to be placed beside another op.
    """
    if not isinstance(name, str | None):
        msg = f"The name of a signature is a {type(name).__name__}, not a string."
        raise InputError(msg, hint="Give a string, or none for 'default'.")
    taken, given = _by_name(inputs, "input"), _by_name(outputs, "output")
    for key, value in taken.items():
        for part in tf.nest.flatten(value, expand_composites=True):
            if len(part.op.outputs) > 1:
                _log.error(
                    "The input %r of a signature, %s, is one of several outputs of an "
                    "op: applying the module can fail where these are placed apart. "
                    "Use a placeholder for each input.", key, part.name,
                )  # fmt: skip
            groups = map(tf.compat.as_str, part.op.colocation_groups())
            others = [group for group in groups if group != f"loc:@{part.op.name}"]
            if others:
                msg = (
                    f"The input {key!r} ({part.name}) is colocated with another op: "
                    f"{listed(others)}."
                )
                raise ModuleFnError(msg, hint="Use a placeholder for each input.")
    graph = tf.compat.v1.get_default_graph()
    graph.add_to_collection(_SIGNATURES, (name or "default", taken, given))


def _by_name(values: Any, what: str) -> dict[str, Any]:
    if values is None:
        return {}
    if not isinstance(values, dict):
        values = {"default": values}
    graph = tf.compat.v1.get_default_graph()
    for key, value in values.items():
        if not isinstance(key, str):
            msg = f"The name {key!r} of an {what} of a signature is not a string."
            raise InputError(msg, hint="Give a dict by name.")
        if not isinstance(value, (tf.Tensor, tf.SparseTensor, tf.RaggedTensor)):
            msg = (
                f"The {what} {key!r} of a signature is of the type "
                f"{type(value).__name__}; expected a Tensor, or a sparse or ragged one."
            )
            make = f"{words.tensorflow('convert_to_tensor')}()"
            hint = "It should have one of the types Tensor, SparseTensor, RaggedTensor"
            raise InputError(msg, hint=f"{hint}: {make} makes a Tensor.")
        for part in tf.nest.flatten(value, expand_composites=True):
            if getattr(part, "graph", None) is not graph:
                msg = f"The {what} {key!r} of a signature is not of the module's graph."
                raise InputError(msg, hint="Build it within module_fn.")
    return dict(values)


def attach_message(key: str, message: Any) -> None:
    """Attaches a message to the module that is being made.

    Args:
      key: Letters, digits and underscores, a letter first. If one key gets several
        messages, the last counts.
      message: A protocol buffer message; `Module.get_attached_message()` gives it.

    Raises:
      InputError: The key has other characters, or the message is none.
    """
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        msg = (
            f"The key {key!r} is not an identifier: a letter, then letters, digits, _."
        )
        raise InputError(msg, hint="Choose another key.")
    if not hasattr(message, "SerializeToString") or inspect.isclass(message):
        msg = f"Expected a protocol buffer message, got {type(message).__name__}."
        raise InputError(msg, hint="Give an object of a message class.")
    graph = tf.compat.v1.get_default_graph()
    graph.add_to_collection(
        _MESSAGES, (key, message.SerializeToString(deterministic=True))
    )
