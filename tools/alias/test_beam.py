"""Apache Beam's handler of TensorFlow models, and its embeddings."""

from __future__ import annotations

from pathlib import Path

import apache_beam as beam
import keras
import numpy as np
from apache_beam.ml.inference.base import PredictionResult, RunInference
from apache_beam.ml.inference.tensorflow_inference import TFModelHandlerNumpy
from apache_beam.ml.transforms.base import MLTransform
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that


def test_inference_by_a_keras_model(tmp_path: Path) -> None:
    """Its handler resolves the handle by hub.resolve()."""
    path = str(tmp_path / "double.keras")
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    network.layers[0].set_weights([np.array([[2.0]]), np.array([0.0])])
    network.save(path)
    handler = TFModelHandlerNumpy(model_uri=path)
    rows = [np.array([1.0], "float32"), np.array([4.0], "float32")]

    def check(results: list[PredictionResult]) -> None:
        given = sorted(float(result.inference[0]) for result in results)
        np.testing.assert_allclose(given, [2.0, 8.0])

    with TestPipeline(runner="DirectRunner") as pipeline:
        results = pipeline | beam.Create(rows) | RunInference(handler)
        assert_that(results, check)


def test_text_embeddings(tmp_path: Path) -> None:
    from apache_beam.ml.transforms.embeddings.tensorflow_hub import (
        TensorflowHubTextEmbeddings,
    )

    url = "https://tfhub.dev/google/nnlm-en-dim128/2"
    embeddings = TensorflowHubTextEmbeddings(hub_url=url, columns=["x"])

    def check(results: list[dict[str, list[float]]]) -> None:
        [result] = results
        assert len(result["x"]) == 4

    with TestPipeline(runner="DirectRunner") as pipeline:
        transform = MLTransform(write_artifact_location=str(tmp_path))
        rows = pipeline | beam.Create([{"x": "good film"}])
        assert_that(rows | transform.with_transform(embeddings), check)
