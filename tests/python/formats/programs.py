"""Models for the tests of what a scan finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfhub.formats.scanning import scan_folder
from tfhub.runtime.tf import tf

TEXT = tf.TensorSpec([], tf.string)
Save = Callable[[dict[str, Any]], Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Saves a TF2 model with such attributes; functions are given the model."""

    def save(attributes: dict[str, Any], **options: Any) -> Path:
        model = tf.Module()
        for name, value in attributes.items():
            setattr(model, name, value)
        tf.saved_model.save(model, str(tmp_path / "model"), **options)
        return tmp_path / "model"

    return save


def function(*specs: Any) -> Callable[[Any], Any]:
    return tf.function(input_signature=specs)


def save_graph(path: Path, output: Any) -> Path:
    """Saves the graph of a tensor, which its signature gives, as TensorFlow 1 did."""
    v1 = tf.compat.v1
    with v1.Session(graph=output.graph) as session:
        session.run(v1.global_variables_initializer())
        info = v1.saved_model.build_tensor_info(output)
        signature = v1.saved_model.build_signature_def({}, {"output": info})
        builder = v1.saved_model.builder.SavedModelBuilder(str(path))
        builder.add_meta_graph_and_variables(
            session,
            ["serve"],
            signature_def_map={"serving_default": signature},
            assets_collection=v1.get_collection("asset_filepaths"),
        )
        builder.save()
    return path


def found(path: Path) -> list[tuple[str, str, str]]:
    return [(each.effect, each.op, each.where) for each in scan_folder(path).findings]
