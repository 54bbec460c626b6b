"""ModuleSpec: what a module is made of, before there is a graph for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from .. import words
from ..asking import opened
from ..errors import (
    HandleError,
    MessageNotFoundError,
    ModelFormatError,
    UnfitModuleError,
)
from ..fetch.resolve import resolve
from ..formats.contents import TF2, read_contents
from ..formats.files import require_model
from ..formats.tf1_hub import MARKER, is_hub_module
from ..runtime.tf import tf
from ..shown import listed, shown
from ..travelling import without_login
from . import checking, importing, saved, tensors, writing
from .graph_module import GraphModule, restore

# What a running program has added to make a specification of a folder of its own kind:
# callables, whose is_supported(path) says for which; the latest is last.
LOADERS: list[Any] = []


class ModuleSpec:
    """A module in the TF1 Hub format, on disk or made by `create_module_spec()`.

    Args:
      definition: Its graphs and files.
      name: What to call it in messages: its handle.
      travels: The handle as it can be given to others; None is the name.
    """

    def __init__(
        self, definition: saved.Definition, name: str, travels: str | None = None
    ) -> None:
        self.definition = definition
        self.name = name
        self.travels = travels or name

    def get_tags(self) -> list[frozenset[str]]:
        """The tags of each graph variant, sorted."""
        return self.definition.tags

    def get_signature_names(self, tags: Any = None) -> list[str]:
        """The names of the signatures of a graph variant, sorted.

        Raises:
          TagsError: There is no variant with these tags.
        """
        return sorted(self.definition.signatures(tags))

    def get_input_info_dict(
        self, signature: str | None = None, tags: Any = None
    ) -> dict[str, tensors.TensorInfo]:
        """What a signature takes: dtype, shape and kind of each input by name.

        Args:
          signature: The signature; None is `default`.
          tags: The graph variant; None is the one without tags.

        Raises:
          SignatureNotFoundError: There is no signature of that name.
          TagsError: There is no variant with these tags.
        """
        return tensors.input_infos(self.definition.signatures(tags), signature)

    def get_output_info_dict(
        self, signature: str | None = None, tags: Any = None
    ) -> dict[str, tensors.TensorInfo]:
        """What a signature gives; as `get_input_info_dict()`."""
        return tensors.output_infos(self.definition.signatures(tags), signature)

    def get_attached_message(
        self,
        key: str,
        message_type: Any,
        tags: Any = None,
        required: bool = False,
    ) -> Any:
        """The message that was attached under a key.

        Args:
          key: The key that was given to `attach_message()`.
          message_type: The class of the protocol buffer message.
          tags: The graph variant; None is the one without tags.
          required: Whether it is an error if there is none.

        Returns:
          The message, or None.

        Raises:
          MessageNotFoundError: There is none, and it is required.
        """
        attached = self.definition.attachments(tags)
        if key in attached:
            message = message_type()
            message.ParseFromString(attached[key])
            return message
        if required:
            there = listed(sorted(attached))
            msg = f"{self.name} has no attached message {key!r}; it has: {there}."
            raise MessageNotFoundError(msg, handle=self.name, hint="Look at its tags.")
        return None

    def export(
        self,
        path: str | os.PathLike[str],
        checkpoint_path: str | None = None,
        name_transform_fn: Callable[[str], str] | None = None,
    ) -> str:
        """Exports the module, with the values of a checkpoint or fresh ones.

        Args:
          path: The folder. It may hold other files, but no model. The model appears
            in it only when it is whole.
          checkpoint_path: The prefix of a checkpoint's files, for instance from the
            training that used the module. None takes the initial values of the
            variables.
          name_transform_fn: What the checkpoint calls a variable of the module; None
            takes the module's own name.

        Returns:
          The path.

        Raises:
          ModelExistsError: There is a file at the path, or files of a model in it.
          WriteError: Nothing can be written there.
          CheckpointError: The checkpoint lacks a variable, or has it in another shape.
        """
        v1 = tf.compat.v1
        with tf.Graph().as_default() as graph, importing.session(graph) as session:
            tags = self.get_tags()[0]
            module = GraphModule(self.definition, False, "module", tags)
            variables = module.variable_map
            if checkpoint_path is not None and variables:
                rename = name_transform_fn or (lambda name: name)
                assigned = {rename(name): v for name, v in variables.items()}
                restore(assigned, os.fspath(checkpoint_path))
            session.run([v1.tables_initializer(), v1.global_variables_initializer()])
            values = session.run(variables) if variables else {}
        return writing.write(self.definition, path, values)

    def __repr__(self) -> str:
        return f"<hub.ModuleSpec {self.name}>"


def create_module_spec_from_saved_model(
    saved_model_path: str | os.PathLike[str],
    drop_collections: Collection[str] | None = None,
) -> ModuleSpec:
    """Makes a ModuleSpec from a SavedModel that TensorFlow 1 wrote.

    Args:
      saved_model_path: The folder of the SavedModel.
      drop_collections: Collections of its graphs to leave out, besides those of the
        global step and of the initialisation of a SavedModel.

    Raises:
      ModelNotFoundError: The folder holds no model.
      UnfitModuleError: It is a SavedModel of TensorFlow 2.
      ModuleFnError: Its graphs have no signature, or collections that a module cannot
        have.
    """
    definition = saved.read(saved_model_path)
    dropped = {"global_step", "legacy_init_op", "saved_model_main_op"}
    dropped |= set(drop_collections or ())
    for meta_graph in definition.meta_graphs.values():
        if meta_graph.HasField("object_graph_def"):
            msg = f"{saved_model_path} is a SavedModel of TensorFlow 2."
            raise UnfitModuleError(msg, hint=f"Use it with {words.function('load')}.")
        for name in dropped & set(meta_graph.collection_def):
            del meta_graph.collection_def[name]
        checking.check(meta_graph, from_saved_model=True)
    return ModuleSpec(definition, os.fspath(saved_model_path))


def load_module_spec(handle: str | os.PathLike[str]) -> ModuleSpec:
    """Reads the specification of a module in the TF1 Hub format.

    Args:
      handle: As for `resolve()`.

    Returns:
      A ModuleSpec, to be given to `hub.Module()`.

    Raises:
      HubError: As for `resolve()`.
      UnfitModuleError: It is a model in another format.
      ModelFormatError: A file of it is damaged, or in a newer format.
    """
    name = os.fspath(handle)
    place = opened.checked(name)
    if place is not None:
        spec = spec_of_folder(place.path, name)
        place.keep_for(spec)
        return spec
    path = resolve(handle)
    for loader in reversed(LOADERS):
        if loader.is_supported(path):
            loaded: ModuleSpec = loader(path)
            return loaded
    spec = spec_of_folder(path, name)
    opened.note(name, path)
    return spec


def spec_of_folder(path: str, handle: str) -> ModuleSpec:
    """Reads the specification of the module in a folder, and in no other.

    Args:
      path: The folder.
      handle: The handle that it is of.

    Raises:
      UnfitModuleError: As for `load_module_spec()`.
      ModelFormatError: As there.
    """
    name = shown(handle)
    folder = require_model(path, handle=name).parent
    if not is_hub_module(folder):
        msg = f"{name} is not a module in the TF1 Hub format: it has no {MARKER}."
        hint = f"Use {words.function('load')}"
        if not _is_of_tensorflow2(folder):
            hint += f", or {words.function('create_module_spec_from_saved_model')}"
        raise UnfitModuleError(msg, handle=name, hint=f"{hint}.")
    return ModuleSpec(saved.read(folder), name, without_login(handle))


def _is_of_tensorflow2(folder: Path) -> bool:
    try:
        return read_contents(folder).format == TF2
    except ModelFormatError:
        return False


def as_module_spec(spec: Any) -> ModuleSpec:
    """A ModuleSpec as it is, a handle loaded.

    Raises:
      HandleError: It is neither.
    """
    if isinstance(spec, ModuleSpec):
        return spec
    if isinstance(spec, (str, os.PathLike)):
        return load_module_spec(spec)
    msg = f"Unknown module spec type: {type(spec).__name__}."
    raise HandleError(msg, hint="Give a handle, or a ModuleSpec.")
