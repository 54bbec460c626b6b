"""The command `make_image_classifier`, on images and a model that are made here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from .conftest import Environment


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 images of each of two colours."""
    folder = tmp_path_factory.mktemp("colours")
    random = np.random.default_rng(0)
    for name, colour in {"blue": (0, 0, 255), "red": (255, 0, 0)}.items():
        (folder / name).mkdir()
        for number in range(20):
            image = np.clip(random.normal(colour, 20, (12, 10, 3)), 0, 255)
            data = tf.io.encode_jpeg(tf.constant(image, tf.uint8)).numpy()
            (folder / name / f"{number}.jpg").write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that takes images of 8 x 8 pixels, and gives their mean colour."""

    class Features(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3], tf.float32)])
        def __call__(self, images: tf.Tensor) -> tf.Tensor:
            return tf.reduce_mean(images, [1, 2]) * 3.0

    model = Features()
    folder = str(tmp_path_factory.mktemp("features") / "model")
    tf.saved_model.save(model, folder, signatures=model.__call__)
    return folder


@pytest.mark.usefixtures("asked")
def test_its_parts(colours: Path, features: str) -> None:
    from tensorflow_hub.tools.make_image_classifier import (
        make_image_classifier_lib as lib,
    )

    hparams = lib.get_default_hparams()._replace(
        train_epochs=8,
        batch_size=8,
        learning_rate=0.05,
        dropout_rate=0.0,
        do_data_augmentation=True,
    )
    model, labels, result = lib.make_image_classifier(
        features, str(colours), hparams, requested_image_size=8
    )
    assert labels == ["blue", "red"]
    assert result["val_accuracy"] > 0.9
    assert model(tf.zeros([1, 8, 8, 3])).shape == (1, 2)
    with pytest.raises(ValueError, match="Unknown distribution strategy"):
        lib.get_distribution_strategy("sideways")


@pytest.mark.slow
def test_the_command(
    environment: Environment, colours: Path, features: str, tmp_path: Path
) -> None:
    environment.alias("install")
    command = [
        str(environment.folder / "bin" / "make_image_classifier"),
        *(f"--image_dir={colours}", f"--tfhub_module={features}", "--image_size=8"),
        *("--train_epochs=8", "--batch_size=8", "--learning_rate=0.05"),
        "--dropout_rate=0",
        f"--saved_model_dir={tmp_path / 'saved'}",
        f"--labels_output_file={tmp_path / 'labels.txt'}",
        "--assert_accuracy_at_least=0.9",
    ]
    ran = subprocess.run(
        command,
        env=environment.variables(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "val_accuracy" in ran.stdout
    assert (tmp_path / "labels.txt").read_text() == "blue\nred\n"
    assert (tmp_path / "saved" / "saved_model.pb").exists()
