"""The command `make_image_classifier`: a classifier of the images in a folder."""

from __future__ import annotations

import os
from typing import Any

from absl import app, flags

from tfhub.runtime.tf import tf

from . import make_image_classifier_lib as lib

FLAGS = flags.FLAGS
_DEFAULTS = lib.get_default_hparams()
_MODEL = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4"
_TEXTS = {
    "image_dir": "A folder with a folder of JPEG images for each label.",
    "tfhub_module": "The handle of a model that gives features of images.",
    "saved_model_dir": "Where to write the SavedModel.",
    "tflite_output_file": "Where to write it for TensorFlow Lite.",
    "labels_output_file": "Where to write the labels, a line each.",
    "summaries_dir": "Where to write what TensorBoard shows.",
    "distribution_strategy": "Where it is trained: mirrored, on all GPUs.",
}


def _define() -> None:
    if "image_dir" in FLAGS:  # the module is imported again
        return
    for name, text in _TEXTS.items():
        flags.DEFINE_string(name, _MODEL if name == "tfhub_module" else None, text)
    flags.DEFINE_integer("image_size", None, "Height and width, if the model has none.")
    flags.DEFINE_float("assert_accuracy_at_least", None, "Fail where it is below.")
    kinds: dict[type, Any] = {
        bool: flags.DEFINE_bool,
        int: flags.DEFINE_integer,
        float: flags.DEFINE_float,
    }
    for name, value in _DEFAULTS._asdict().items():
        kinds[type(value)](name, value, f"See HParams.{name}.")


_define()


def main(args: Any) -> None:  # noqa: ARG001
    """Trains, and writes what was asked for."""
    given: dict[str, Any] = {name: FLAGS[name].value for name in lib.HParams._fields}
    hparams = lib.HParams(**given)
    model, labels, result = lib.make_image_classifier(
        FLAGS.tfhub_module,
        FLAGS.image_dir or lib.get_default_image_dir(),
        hparams,
        lib.get_distribution_strategy(FLAGS.distribution_strategy),
        FLAGS.image_size,
        FLAGS.summaries_dir,
    )
    print(", ".join(f"{name}: {value:.4f}" for name, value in result.items()))
    least = FLAGS.assert_accuracy_at_least
    if least is not None and result["val_accuracy"] < least:
        msg = f"The accuracy is {result['val_accuracy']:.4f}, below {least}."
        raise AssertionError(msg)
    if FLAGS.labels_output_file:
        with open(FLAGS.labels_output_file, "w", encoding="utf-8") as file:
            file.write("\n".join([*labels, ""]))
    if FLAGS.saved_model_dir:
        _save(model, FLAGS.saved_model_dir)
    if FLAGS.tflite_output_file:
        os.makedirs(os.path.dirname(FLAGS.tflite_output_file) or ".", exist_ok=True)
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        with open(FLAGS.tflite_output_file, "wb") as file:
            file.write(converter.convert())


def _save(model: Any, folder: str) -> None:
    if hasattr(model, "export"):
        model.export(folder)
    else:
        tf.saved_model.save(model, folder)


def run_main() -> None:
    """What the command runs."""
    app.run(main)


if __name__ == "__main__":
    run_main()
