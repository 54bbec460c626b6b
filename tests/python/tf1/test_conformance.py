"""Modules that the reference library exported, with what it gave for them, in a graph.

The same outside of a graph is in `eager/test_module.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub

tf: Any = tensorflow
v1 = tf.compat.v1
DATA = Path(__file__).parents[1] / "data" / "tf1"
MODULES = {
    path.stem: json.loads(path.read_text()) for path in sorted(DATA.glob("*.json"))
}
CASES = [(name, i) for name, one in MODULES.items() for i in range(len(one["cases"]))]


def given(value: Any) -> Any:
    if isinstance(value, dict):
        sparse = value.get("sparse")
        if sparse is not None:
            return tf.SparseTensor(*sparse)
        return {name: given(each) for name, each in value.items()}
    return value


def listed(infos: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {
            "dtype": info.dtype.name,
            "shape": info.get_shape().as_list(),
            "sparse": info.is_sparse,
        }
        for name, info in infos.items()
    }


@pytest.mark.parametrize("name", MODULES)
def test_tags_and_signatures(tf1_modules: Path, name: str) -> None:
    spec = hub.load_module_spec(tf1_modules / name)
    expected = MODULES[name]["spec"]
    assert [sorted(tags) for tags in spec.get_tags()] == sorted(expected["tags"])
    found = {}
    for tags in spec.get_tags():
        for signature in spec.get_signature_names(tags):
            found[f"{','.join(sorted(tags))}|{signature}"] = {
                "inputs": listed(spec.get_input_info_dict(signature, tags)),
                "outputs": listed(spec.get_output_info_dict(signature, tags)),
            }
    assert found == expected["signatures"]


def run_case(folder: Path, case: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The outputs of a case, and what it left in the collections of the graph."""
    with tf.Graph().as_default() as graph, v1.Session() as session:
        module = hub.Module(folder, trainable=case["trainable"], tags=case["tags"])
        outputs = module(given(case["inputs"]), case["signature"], as_dict=True)
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        found: dict[str, Any] = {
            key: sorted(v.op.name for v in graph.get_collection(key))
            for key in ("trainable_variables",)
        }
        found["global_variables"] = sorted(v.op.name for v in v1.global_variables())
        for key in ("regularization_losses", "update_ops", "asset_filepaths"):
            found[key] = len(graph.get_collection(key))
        if found["regularization_losses"]:
            loss = session.run(v1.losses.get_regularization_loss())
            found["regularization_loss_sum"] = pytest.approx(loss, rel=1e-6)
        return session.run(outputs), found


@pytest.mark.parametrize(("name", "number"), CASES)
def test_outputs_and_collections(tf1_modules: Path, name: str, number: int) -> None:
    case = MODULES[name]["cases"][number]
    outputs, found = run_case(tf1_modules / name, case)
    assert found == case["graph"]
    assert sorted(outputs) == sorted(case["outputs"])
    for key, want in case["outputs"].items():
        got = outputs[key]
        if isinstance(want, dict):
            assert [part.tolist() for part in got] == want["sparse"]
        elif isinstance(np.ravel(got)[0], bytes):
            assert [text.decode() for text in np.ravel(got)] == np.ravel(want).tolist()
        else:
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
