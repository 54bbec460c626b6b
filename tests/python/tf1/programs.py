"""Programs that this library and the reference library both run, word for word.

    python programs.py tfhub|tensorflow_hub make FOLDER
    python programs.py tfhub|tensorflow_hub copy FOLDER SOURCE
    python programs.py tfhub|tensorflow_hub probe FOLDER

`make` exports the modules below. `copy` loads each module in SOURCE and exports it.
`probe` writes all that can be seen of each module to FOLDER.pickle.
"""

from __future__ import annotations

import importlib
import pickle
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow

tf: Any = tensorflow
v1 = tf.compat.v1


def spread(shape: Any, dtype: Any, **_: Any) -> Any:
    """An initializer with values that differ, the same in every process."""
    count = int(np.prod(shape))
    return tf.reshape(tf.cos(tf.range(count, dtype=dtype)), shape)


def variable(name: str, *shape: int, **more: Any) -> Any:
    return v1.get_variable(name, shape, initializer=spread, **more)


def penalty(weights: Any) -> Any:
    return 0.01 * tf.nn.l2_loss(weights)


def make_variants(hub: Any) -> Any:
    """Batch normalization with moving averages, and L2: one variant is to train."""

    def module_fn(train: bool) -> None:
        x = v1.placeholder(tf.float32, [None, 4])
        dense = tf.matmul(x, variable("dense/kernel", 4, 3, regularizer=penalty))
        average = v1.get_variable(
            "norm/mean", [3], initializer=v1.zeros_initializer(), trainable=False
        )
        v1.add_to_collection("model_variables", average)
        mean = average
        if train:
            mean = tf.reduce_mean(dense, axis=0)
            update = average.assign_sub(0.1 * (average - mean), read_value=False)
            v1.add_to_collection("update_ops", update)
        y = tf.nn.relu(dense - mean) * variable("norm/scale", 3)
        hub.add_signature(inputs=x, outputs={"default": y, "dense": dense})

    return hub.create_module_spec(
        module_fn, [(set(), {"train": False}), ({"train"}, {"train": True})]
    )


def make_tables(hub: Any) -> Any:
    """Two vocabularies with the same file name."""
    folder = Path(tempfile.mkdtemp())

    def table(language: str, words: str) -> Any:
        file = folder / language / "words.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text(words, "utf-8")
        lines = tf.lookup.TextFileInitializer(
            str(file), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER,
        )  # fmt: skip
        return tf.lookup.StaticVocabularyTable(lines, num_oov_buckets=1)

    def module_fn() -> None:
        text = v1.placeholder(tf.string, [None])
        english, french = table("en", "cat\ndog\n"), table("fr", "chat\nchien\nété\n")
        weights = variable("embeddings", 7, 3)
        ids = english.lookup(text), 3 + french.lookup(text)
        outputs = {"default": tf.nn.embedding_lookup(weights, ids[0])}
        outputs["french"] = tf.nn.embedding_lookup(weights, ids[1])
        hub.add_signature(inputs=text, outputs=outputs)

    return hub.create_module_spec(module_fn)


def make_composite(hub: Any) -> Any:
    """Sparse and ragged inputs and outputs."""

    def module_fn() -> None:
        x = v1.sparse_placeholder(tf.float32, [None, 5])
        y = v1.ragged.placeholder(tf.float32, 1)
        weights = variable("weights", 5, 2)
        outputs = {
            "default": tf.sparse.sparse_dense_matmul(x, weights),
            "sparse": tf.SparseTensor(x.indices, 2 * x.values, x.dense_shape),
            "ragged": y.with_flat_values(y.flat_values * tf.reduce_sum(weights)),
        }
        hub.add_signature(inputs={"x": x, "y": y}, outputs=outputs)

    return hub.create_module_spec(module_fn)


def make_attached(hub: Any) -> Any:
    """Several signatures, an image size, and no variables."""

    def module_fn() -> None:
        images = v1.placeholder(tf.float32, [None, None, None, 3])
        pooled = tf.reduce_mean(images, [1, 2])
        hub.add_signature(inputs={"images": images}, outputs=pooled)
        hub.add_signature("image:sum", {"images": images}, tf.reduce_sum(pooled, 1))
        hub.add_signature("constant", {}, tf.constant([1, 2, 3], tf.int16))
        info = hub.ImageModuleInfo()
        info.default_image_size.height, info.default_image_size.width = 6, 4
        hub.attach_image_module_info(info)
        hub.attach_message("note", info.default_image_size)

    return hub.create_module_spec(module_fn)


def make_partitioned(hub: Any) -> Any:
    """A variable in parts; a loop and a conditional."""

    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 6])
        partitioner = v1.fixed_size_partitioner(3)
        with v1.variable_scope("split", partitioner=partitioner):
            weights = tf.convert_to_tensor(variable("weights", 6, 2))

        def body(i: Any, y: Any) -> Any:
            return i + 1, tf.tanh(y + tf.matmul(x, weights))

        start = tf.constant(0), tf.zeros([tf.shape(x)[0], 2])
        _, y = v1.while_loop(lambda i, _: i < 3, body, start)
        positive = v1.cond(tf.reduce_sum(y) > 0, lambda: 2 * y, lambda: -y)
        hub.add_signature(inputs=x, outputs={"default": y, "positive": positive})

    return hub.create_module_spec(module_fn)


def make_first_control_flow(hub: Any) -> Any:
    """The same with loops and conditionals of the first generation."""
    v1.disable_control_flow_v2()
    try:
        return make_partitioned(hub)
    finally:
        v1.enable_control_flow_v2()


def make_nested(hub: Any) -> Any:
    """A module within a module."""
    inner = make_variants(hub)

    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 4])
        y = hub.Module(inner, trainable=True, tags={"train"}, name="inner")(x)
        hub.add_signature(inputs=x, outputs=tf.matmul(y, variable("outer", 3, 2)))

    return hub.create_module_spec(module_fn)


def make_from_saved_model(hub: Any) -> Any:
    """A SavedModel of TensorFlow 1."""
    folder = str(Path(tempfile.mkdtemp()) / "saved")
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2])
        y = tf.matmul(x, variable("w", 2, 2, use_resource=True))
        session.run(v1.global_variables_initializer())
        signature = v1.saved_model.predict_signature_def({"x": x}, {"default": y})
        builder = v1.saved_model.Builder(folder)
        builder.add_meta_graph_and_variables(session, [], {"default": signature})
        builder.save()
    return hub.create_module_spec_from_saved_model(folder)


MAKERS: dict[str, Callable[[Any], Any]] = {
    name.removeprefix("make_"): value
    for name, value in list(globals().items())
    if name.startswith("make_")
}


def make(hub: Any, folder: Path) -> None:
    for name, maker in MAKERS.items():
        spec = maker(hub)
        with tf.Graph().as_default(), v1.Session() as session:
            module = hub.Module(spec)
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            module.export(str(folder / name), session)


def copy(hub: Any, folder: Path, source: Path) -> None:
    for path in sorted(source.iterdir()):
        with tf.Graph().as_default(), v1.Session() as session:
            module = hub.Module(str(path))
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            module.export(str(folder / path.name), session)


def example(info: Any) -> Any:
    """A value that an input takes: three rows, where the shape is open."""
    if isinstance(info.type_spec, tf.RaggedTensorSpec):
        return tf.RaggedTensor.from_row_lengths(tf.constant([1.0, 2.0, 3.0]), [1, 0, 2])
    shape = [3 if size is None else size for size in info.get_shape().as_list()]
    if info.dtype == tf.string:
        words = np.array(["cat", "dog", "chat", "été", "nothing"], object)
        return tf.constant(np.resize(words, shape))
    values = np.sin(np.arange(np.prod(shape))).reshape(shape)
    if info.dtype.is_integer:
        values = np.round(values * 2 + 2)
    value = tf.constant(values, info.dtype)
    return tf.sparse.from_dense(tf.nn.relu(value)) if info.is_sparse else value


def flat(value: Any) -> Any:
    """A tensor, or the parts of a composite one, by name."""
    if isinstance(value, tf.SparseTensor):
        return {"indices": value.indices, "values": value.values}
    if isinstance(value, tf.RaggedTensor):
        return {"values": value.values, "splits": value.row_splits}
    return value


def shown(infos: Any) -> dict[str, Any]:
    return {
        name: (info.dtype.name, str(info.get_shape()), info.is_sparse)
        for name, info in infos.items()
    }


def probe_one(hub: Any, path: str) -> dict[str, Any]:
    spec = hub.load_module_spec(path)
    found: dict[Any, Any] = {"tags": sorted(map(sorted, spec.get_tags()))}
    size = spec.get_attached_message("image_module_info", hub.ImageModuleInfo)
    found["size"] = size and size.SerializeToString()
    for tags in spec.get_tags():
        for signature in sorted(spec.get_signature_names(tags=tags)):
            where = (*sorted(tags), signature)
            infos = spec.get_input_info_dict(signature, tags=tags)
            found[(*where, "inputs")] = shown(infos)
            outputs = spec.get_output_info_dict(signature, tags=tags)
            found[(*where, "outputs")] = shown(outputs)
            with tf.Graph().as_default() as graph, v1.Session() as session:
                inputs = {name: example(info) for name, info in infos.items()}
                module = hub.Module(spec, trainable=True, tags=set(tags))
                results = module(inputs, signature=signature, as_dict=True)
                results = {name: flat(value) for name, value in results.items()}
                found[(*where, "graph")] = collections_of(graph)
                loss, step = training(tf.nest.flatten(results))
                session.run(v1.global_variables_initializer())
                session.run(v1.tables_initializer())
                found[where] = session.run(results)
                losses = found[(*where, "losses")] = []
                for _ in range(3):
                    losses.append(session.run(loss))
                    session.run(step)
                found[(*where, "trained")] = {
                    part.op.name: session.run(part) for part in v1.global_variables()
                }
    return found


def collections_of(graph: Any) -> dict[str, list[str]]:
    """The variables by name, and how many there are of the rest."""
    return {
        key: sorted(part.op.name for part in graph.get_collection(key))
        if "variables" in key
        else [str(len(graph.get_collection(key)))]
        for key in graph.get_all_collection_keys()
        if isinstance(key, str) and graph.get_collection(key)
    }


def training(results: list[Any]) -> tuple[Any, list[Any]]:
    """A loss that wants small outputs, and a step to it with all updates."""
    weights = v1.trainable_variables()
    floats = [value for value in results if value.dtype == tf.float32]
    loss = tf.add_n([tf.reduce_sum(tf.square(value)) for value in floats] or [0.0])
    loss += v1.losses.get_regularization_loss()
    gradients = tf.gradients(loss, weights) if weights else []
    step = list(v1.get_collection("update_ops"))
    for weight, gradient in zip(weights, gradients, strict=True):
        if gradient is not None:
            step.append(weight.assign_sub(0.01 * tf.convert_to_tensor(gradient)))
    return loss, step


def probe(hub: Any, folder: Path) -> dict[str, Any]:
    return {path.name: probe_one(hub, str(path)) for path in sorted(folder.iterdir())}


def main(library: str, what: str, folder: str, *source: str) -> None:
    hub = importlib.import_module(library)
    if what == "probe":
        result = pickle.dumps(probe(hub, Path(folder)))
        Path(folder + ".pickle").write_bytes(result)
    else:
        {"make": make, "copy": copy}[what](hub, Path(folder), *map(Path, source))


if __name__ == "__main__":
    main(*sys.argv[1:])
