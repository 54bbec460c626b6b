from __future__ import annotations

from pathlib import Path

from tfhub.formats import protos
from tfhub.formats.description import Tensor
from tfhub.formats.saved_model import describe_folder
from tfhub.formats.weights import name_weights

from ..conftest import bounded


def weights_of(folder: Path) -> dict[str, tuple[str, bool]]:
    return {
        weight.name: (str(weight.tensor), weight.trainable)
        for weight in describe_folder(folder).weights
    }


def test_a_variable_has_the_name_it_was_given(tmp_path: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    # Steps with a slash or a dot are escaped in the checkpoint.
    module.parts = {"x.S/y..": tf.Variable([1.0, 2.0], name="odd/kernel")}
    module.steps = tf.Variable(3, trainable=False, name="steps")
    tf.saved_model.save(module, str(tmp_path))
    assert weights_of(tmp_path) == {
        "odd/kernel": ("float32[2]", True),
        "steps": ("int32[]", False),
    }


def test_keras_layers_name_their_weights(tmp_path: Path) -> None:
    import tensorflow as tf

    model = tf.keras.Sequential(
        [tf.keras.Input((4,)), tf.keras.layers.Dense(3, name="hidden")]
    )
    tf.saved_model.save(model, str(tmp_path))
    [kernel] = [of for name, of in weights_of(tmp_path).items() if "kernel" in name]
    assert kernel == ("float32[4, 3]", True)


def test_first_generation_names_and_partitions(tmp_path: Path) -> None:
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        v1.get_variable(
            "w", [6, 2], partitioner=v1.fixed_size_partitioner(3), use_resource=True
        )
        v1.get_variable("moving", [2], trainable=False)
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(tmp_path / "m"))
        builder.add_meta_graph_and_variables(session, ["serve"])
        builder.save()
    assert weights_of(tmp_path / "m") == {
        "moving": ("float32[2]", False),
        "w": ("float32[6, 2]", True),
    }


def test_a_name_that_leads_nowhere_stays_as_it_is() -> None:
    from tfhub.formats.protos import SavedModel

    graph = SavedModel().meta_graphs.add()
    graph.object_graph_def.nodes.add()
    tensors = {"a/b/.ATTRIBUTES/VARIABLE_VALUE": Tensor("int32", ())}
    [weight] = name_weights(tensors, [graph])
    assert (weight.name, weight.trainable) == ("a/b", False)


def test_what_names_share_is_gone_once() -> None:
    """All names together may be far longer than the index that they came in."""
    model = protos.SavedModel()
    objects = model.meta_graphs.add().object_graph_def
    objects.nodes.add().children.add(node_id=0, local_name="/")
    for number in range(5000):
        objects.nodes[0].children.add(node_id=number + 1, local_name=f"{number:05}")
        objects.nodes.add().variable.name = f"v{number}"
    ways = [".S/" * 2000 + f"{number:05}" for number in range(5000)]
    ways += [".S", ".S/.S", ".S/none", "00001", "00001/.S", "none/.S"]
    with bounded(2):
        tensor = Tensor("float32", ())
        names = dict.fromkeys(
            (f"{way}/.ATTRIBUTES/VARIABLE_VALUE" for way in ways), tensor
        )
        found = [each.name for each in name_weights(names, model.meta_graphs)]
    assert found[:5000] == [f"v{number}" for number in range(5000)]
    assert found[5000:] == [".S", ".S/.S", ".S/none", "v1", "00001/.S", "none/.S"]
