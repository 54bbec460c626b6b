"""`make_image_classifier_lib`: a classifier of images over a model, trained by Keras.

The steps by themselves are in the article on transfer learning with images.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from tfhub.imaging.expected import get_expected_image_size
from tfhub.keras import KerasLayer, versions
from tfhub.runtime.loading import load
from tfhub.runtime.tf import tf

_FLOWERS = (
    "https://storage.googleapis.com/download.tensorflow.org/example_images/"
    "flower_photos.tgz"
)


class HParams(NamedTuple):
    """How a classifier is trained.

    Attributes:
      train_epochs: How often all images are seen.
      do_fine_tuning: Whether the model below is trained, too.
      batch_size: Images at a time.
      learning_rate: That of gradient descent.
      momentum: The same.
      dropout_rate: The part of the features that is left out in training.
      l1_regularizer: The weight of the absolute weights in the loss.
      l2_regularizer: The weight of the squared weights in the loss.
      label_smoothing: How much of a label is spread over all.
      validation_split: The part of the images that is not trained with.
      do_data_augmentation: Whether images are changed at random, by what follows.
      rotation_range: In degrees.
      horizontal_flip: Whether sides are changed.
      width_shift_range: As a part of the width.
      height_shift_range: As a part of the height.
      shear_range: Not done by Keras any more.
      zoom_range: As a part of the size.
    """

    train_epochs: int
    do_fine_tuning: bool
    batch_size: int
    learning_rate: float
    momentum: float
    dropout_rate: float
    l1_regularizer: float
    l2_regularizer: float
    label_smoothing: float
    validation_split: float
    do_data_augmentation: bool
    rotation_range: int
    horizontal_flip: bool
    width_shift_range: float
    height_shift_range: float
    shear_range: float
    zoom_range: float


def get_default_hparams() -> HParams:
    """A start for training a head on some hundred images."""
    return HParams(
        train_epochs=5,
        do_fine_tuning=False,
        batch_size=32,
        learning_rate=0.005,
        momentum=0.9,
        dropout_rate=0.2,
        l1_regularizer=0.0,
        l2_regularizer=0.0001,
        label_smoothing=0.1,
        validation_split=0.2,
        do_data_augmentation=False,
        rotation_range=40,
        horizontal_flip=True,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.2,
        zoom_range=0.2,
    )


class NoStrategy:
    """In the place of a `tf.distribute.Strategy` where there is none."""

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """Nothing."""
        yield


def get_distribution_strategy(distribution_strategy_name: str | None) -> Any:
    """The strategy of a name: `mirrored`, or none."""
    if not distribution_strategy_name:
        return NoStrategy()
    if distribution_strategy_name == "mirrored":
        return tf.distribute.MirroredStrategy()
    msg = f"Unknown distribution strategy {distribution_strategy_name}: say mirrored."
    raise ValueError(msg)


def get_default_image_dir() -> str:
    """The folder of some photographs of flowers, which Keras downloads."""
    path = tf.keras.utils.get_file("flower_photos", _FLOWERS, untar=True)
    inner = os.path.join(path, "flower_photos")
    return inner if os.path.isdir(inner) else path


def build_model(
    module_layer: Any, hparams: HParams, image_size: tuple[int, int], num_classes: int
) -> Any:
    """A Keras model: images, the layer of a model, and a dense layer of classes."""
    keras = _keras_of(module_layer)
    regularizer = keras.regularizers.L1L2(
        hparams.l1_regularizer, hparams.l2_regularizer
    )
    return keras.Sequential(
        [
            keras.Input((*image_size, 3)),
            module_layer,
            keras.layers.Dropout(hparams.dropout_rate),
            keras.layers.Dense(
                num_classes, activation="softmax", kernel_regularizer=regularizer
            ),
        ]
    )


def train_model(
    model: Any,
    hparams: HParams,
    train_data_and_size: tuple[Any, int],
    valid_data_and_size: tuple[Any, int],
    log_dir: str | None = None,
) -> Any:
    """Trains it; each part of the data is of batches without end, and their images."""
    keras = _keras_of(model)
    data, size = train_data_and_size
    valid, valid_size = valid_data_and_size
    model.compile(
        optimizer=keras.optimizers.SGD(hparams.learning_rate, hparams.momentum),
        loss=keras.losses.CategoricalCrossentropy(
            label_smoothing=hparams.label_smoothing
        ),
        metrics=["accuracy"],
    )
    logs = [keras.callbacks.TensorBoard(log_dir)] if log_dir else []
    return model.fit(
        data,
        epochs=hparams.train_epochs,
        steps_per_epoch=max(size // hparams.batch_size, 1),
        validation_data=valid,
        validation_steps=max(valid_size // hparams.batch_size, 1),
        callbacks=logs,
        shuffle=False,  # the data are batches, in an order of their own
    )


def make_image_classifier(
    tfhub_module: str,
    image_dir: str,
    hparams: HParams,
    distribution_strategy: Any = None,
    requested_image_size: int | None = None,
    log_dir: str | None = None,
    use_tf_data_input: bool = True,  # noqa: ARG001
) -> tuple[Any, list[str], dict[str, float]]:
    """Makes a classifier of the images in a folder that has a folder for each label.

    Returns:
      The Keras model, the labels in its order, and the last loss and accuracy, those
      of validation as `val_loss` and `val_accuracy`.
    """
    loaded = load(tfhub_module)
    size = _size_of(loaded, requested_image_size)
    train, valid = _images(image_dir, hparams, size)
    with (distribution_strategy or NoStrategy()).scope():
        layer = KerasLayer(tfhub_module, trainable=hparams.do_fine_tuning)
        model = build_model(layer, hparams, size, len(train.class_names))
    labels = list(train.class_names)
    history = train_model(
        model,
        hparams,
        (_endless(train, hparams, augment=True), len(train.file_paths)),
        (_endless(valid, hparams, augment=False), len(valid.file_paths)),
        log_dir,
    )
    return model, labels, {name: float(v[-1]) for name, v in history.history.items()}


def _keras_of(part: Any) -> Any:
    """The Keras that a layer or a model is of."""
    if isinstance(part, tf.keras.layers.Layer):
        return tf.keras
    other = versions.keras3 if versions.is_keras2(tf.keras) else versions.keras2
    return other()


def _size_of(loaded: Any, requested: int | None) -> tuple[int, int]:
    if requested:
        return requested, requested
    height, width = get_expected_image_size(loaded)
    return height, width


def _images(folder: str, hparams: HParams, size: tuple[int, int]) -> Any:
    return tf.keras.utils.image_dataset_from_directory(
        folder,
        label_mode="categorical",
        image_size=size,
        batch_size=hparams.batch_size,
        validation_split=hparams.validation_split,
        subset="both",
        seed=0,
    )


def _endless(images: Any, hparams: HParams, *, augment: bool) -> Any:
    images = images.map(lambda x, y: (x / 255.0, y)).repeat()
    if not (augment and hparams.do_data_augmentation):
        return images
    layers = tf.keras.layers
    steps = [
        *([layers.RandomFlip("horizontal")] if hparams.horizontal_flip else []),
        layers.RandomRotation(hparams.rotation_range / 360),
        layers.RandomTranslation(hparams.height_shift_range, hparams.width_shift_range),
        layers.RandomZoom(hparams.zoom_range),
    ]
    change = tf.keras.Sequential(steps)
    return images.map(lambda x, y: (change(x, training=True), y))
