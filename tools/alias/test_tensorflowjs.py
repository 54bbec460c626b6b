"""Its converter, on a model of TensorFlow 2 and on modules in the TF1 Hub format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tensorflowjs.converters import tf_saved_model_conversion_v2 as conversion


@pytest.mark.parametrize(
    ("model", "signature"), [("fruit", "serving_default"), ("numbers_tf1", "default")]
)
def test_a_hub_module_is_converted(
    model: str, signature: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    handle = request.getfixturevalue(model)
    conversion.convert_tf_hub_module(handle, str(tmp_path / "web"), signature)
    graph = json.loads((tmp_path / "web" / "model.json").read_text())
    assert graph["format"] == "graph-model"
    assert graph["weightsManifest"][0]["weights"]
