"""`tensorflow_hub.saved_model_lib`: the graphs of a SavedModel, to be read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tfhub.old_name import gone
from tfhub.tf1 import saved

__all__ = ["SavedModelHandler", "get_attached_bytes_map", "get_variables_path", "load"]

ATTACHMENT_COLLECTION_SAVED = saved.ATTACHMENTS
_MAKE = "Make a module with hub.create_module_spec(), whose spec has export()."


def get_variables_path(export_dir: str) -> str:
    """The prefix of the files that have the variables of a SavedModel."""
    return os.path.join(export_dir, saved.VARIABLES)


def get_attached_bytes_map(meta_graph: Any) -> dict[str, bytes]:
    """What is attached to a graph, by its key."""
    return saved.Definition({frozenset(): meta_graph}).attachments(None)


class SavedModelHandler:
    """The graphs of a SavedModel, by their tags; from `load()`."""

    def __init__(self, definition: saved.Definition | None = None) -> None:
        if definition is None:
            gone.refuse("saved_model_lib.SavedModelHandler()", _MAKE)
        self._definition = definition

    @property
    def meta_graphs(self) -> Any:
        """The MetaGraphDef messages."""
        return iter(self._definition.meta_graphs.values())

    def get_tags(self) -> list[frozenset[str]]:
        """The tags of each graph, sorted."""
        return self._definition.tags

    def get_meta_graph(self, tags: Any = None) -> Any:
        """The graph with these tags."""
        return self._definition.meta_graph(tags)

    get_meta_graph_copy = get_meta_graph

    def get_attached_bytes_map(self, tags: Any = None) -> dict[str, bytes]:
        """What is attached to the graph with these tags, by its key."""
        return self._definition.attachments(tags)

    add_graph_copy = gone.function(
        "saved_model_lib.SavedModelHandler.add_graph_copy", _MAKE
    )
    add_meta_graph_copy = gone.function(
        "saved_model_lib.SavedModelHandler.add_meta_graph_copy", _MAKE
    )
    export = gone.function("saved_model_lib.SavedModelHandler.export", _MAKE)


def load(path: str) -> SavedModelHandler:
    """Reads the SavedModel in a folder.

    Raises:
      HubError: There is none, or a file of it is damaged.
    """
    return SavedModelHandler(saved.read(Path(path)))


add_signature = gone.function(
    "saved_model_lib.add_signature", "Within a module_fn use hub.add_signature()."
)
attach_bytes = gone.function(
    "saved_model_lib.attach_bytes", "Within a module_fn use hub.attach_message()."
)
