"""Programs of TensorFlow 1, run by TensorFlow 2 as it allows: each in a new process."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow

import tfhub as hub
from tfhub import errors

KERAS = 3 if hasattr(tensorflow.keras, "version") else 2
KERAS_2 = {"TF_USE_LEGACY_KERAS": "1"}
MODES = ["disable_eager_execution", "disable_v2_behavior"]


def run(program: str, *arguments: object, **environment: str) -> list[str]:
    """The lines that a program prints."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    # So TensorFlow notes who calls what is deprecated.
    assert f"From {Path(hub.__file__).parent}" not in done.stderr, done.stderr
    return done.stdout.splitlines()


# Module and training in the default graph, as a program of 2018 has it.
TRAIN = """
import sys
import numpy as np
import tensorflow.compat.v1 as tf
import tfhub as hub

getattr(tf, sys.argv[1])()

def module_fn():
    x = tf.placeholder(tf.float32, [None, 3])
    w = tf.get_variable("w", [3, 1], initializer=tf.zeros_initializer())
    _, y = tf.while_loop(lambda i, y: i < 2, lambda i, y: (i + 1, 2 * y), [0, x])
    y = tf.cond(tf.reduce_sum(x) > 1e6, lambda: -y, lambda: y)
    hub.add_signature(inputs=x, outputs=tf.matmul(y, w))

rng = np.random.RandomState(0)
xs = rng.rand(64, 3).astype("f")
ys = xs @ [[1.0], [-2.0], [3.0]]
x = tf.placeholder(tf.float32, [None, 3])
module = hub.Module(hub.create_module_spec(module_fn), trainable=True)
loss = tf.reduce_mean((module(x) - tf.constant(ys, tf.float32)) ** 2)
step = tf.train.get_or_create_global_step()
train = tf.train.AdamOptimizer(0.1).minimize(loss, global_step=step)
print(type(module.variables[0]).__name__, module.variables[0].name)
losses = []
for _ in range(2):  # the second goes on from the checkpoint of the first
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=sys.argv[2] + "/training", log_step_count_steps=None,
        hooks=[tf.train.StopAtStepHook(num_steps=60)],
    ) as session:
        while not session.should_stop():
            losses.append(session.run([loss, train], {x: xs})[0])
print(losses[60] < losses[0] / 2, losses[-1] < losses[0] / 100)
with tf.Session() as session:
    tf.train.Saver().restore(
        session, tf.train.latest_checkpoint(sys.argv[2] + "/training"))
    module.export(sys.argv[2] + "/module", session)

graph = tf.Graph()
with graph.as_default():
    again = hub.Module(sys.argv[2] + "/module")
    predicted = again(xs)
    tf.train.get_or_create_global_step()
with tf.Session(graph=graph) as session:
    session.run(tf.global_variables_initializer())
    graph.finalize()
    print(np.abs(session.run(predicted) - ys).max() < 0.3)
spec = hub.create_module_spec(module_fn)
spec.export(
    sys.argv[2] + "/from_checkpoint",
    checkpoint_path=tf.train.latest_checkpoint(sys.argv[2] + "/training"),
    name_transform_fn=lambda name: "module/" + name)
with hub.eval_function_for_module(sys.argv[2] + "/from_checkpoint") as f:
    print(np.abs(f(xs) - ys).max() < 0.3)

tf.reset_default_graph()
embed = hub.Module(sys.argv[3])
print(embed.get_signature_names(), embed.get_input_info_dict()["default"])
embeddings = embed(["A long sentence.", "single-word", "http://example.com"])
with tf.train.SingularMonitoredSession() as session:
    print(session.run(embeddings).shape)
try:
    embed(1.5)
except TypeError as error:
    print(str(error).splitlines()[0])
"""


@pytest.mark.parametrize("mode", MODES)
def test_a_module_is_made_trained_exported_and_used(
    mode: str, tmp_path: Path, tf1_modules: Path
) -> None:
    text = tf1_modules / "text_embedding"
    lines = run(TRAIN, mode, tmp_path, text)
    assert lines[0].split() == ["ResourceVariable", "module/w:0"]
    assert lines[1:4] == ["True True", "True", "True"]
    assert lines[4] == "['default'] string[?]"
    assert lines[5].startswith("(3, ")
    assert lines[6].startswith(f"{text}: The inputs do not fit")


# The example of the documentation, word for word; before and after it what it needs.
EXAMPLE = """
import sys
import numpy as np
import tensorflow.compat.v1 as tf
import tfhub as hub

def module_fn():
  inputs = tf.placeholder(dtype=tf.float32, shape=[None, 50])
  layer1 = tf.layers.dense(inputs, 200)
  layer2 = tf.layers.dense(layer1, 100)
  outputs = dict(default=layer2, hidden_activations=layer1)
  # Add default signature.
  hub.add_signature(inputs=inputs, outputs=outputs)

spec = hub.create_module_spec(module_fn)
"""
AFTER = """
with tf.Graph().as_default(), tf.Session() as session:
    module = hub.Module(spec)
    session.run(tf.global_variables_initializer())
    module.export(sys.argv[1], session)
    print(*sorted(module.variable_map))
x = np.ones([2, 50], "f")
with hub.eval_function_for_module(sys.argv[1]) as f:
    outputs = f(x, as_dict=True)
    print(outputs["default"].shape, outputs["hidden_activations"].shape)
    default = f(x)
print(np.allclose(hub.load(sys.argv[1])(x), default, atol=1e-5))
"""


# Regularized, normalized and with variants, as the advice for publishers has it.
LAYERS = """
tf.disable_eager_execution()
tf.reset_default_graph()

def module_fn(training):
    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.layers.dense(x, 3, kernel_regularizer=tf.keras.regularizers.l2(0.5))
    y = tf.layers.batch_normalization(y, momentum=0.5, training=training)
    y = tf.layers.dropout(y, 0.5, training=training)
    hub.add_signature(inputs=x, outputs=y)

spec = hub.create_module_spec(
    module_fn, [(set(), {"training": False}), ({"train"}, {"training": True})])
spec.export(sys.argv[1] + "_2")
module = hub.Module(sys.argv[1] + "_2", trainable=True, tags={"train"})
y = module(np.ones([8, 4], "f"))
for key in ("variables", "trainable_variables", "update_ops", "regularization_losses"):
    print(key, len(tf.get_collection(key)))
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    variance = module.variable_map["batch_normalization/moving_variance"]
    session.run(tf.get_collection("update_ops"))
    print(session.run(variance))
"""


def keras_2() -> dict[str, str]:
    if KERAS == 2:
        return {}
    try:
        importlib.metadata.version("tf_keras")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("tf_keras is not installed")
    return KERAS_2


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    found = run(EXAMPLE + AFTER + LAYERS, tmp_path / "m", **keras_2())
    assert found == [
        "dense/bias dense/kernel dense_1/bias dense_1/kernel",
        "(2, 100) (2, 200)",
        "True",
        "variables 6", "trainable_variables 4", "update_ops 2",
        "regularization_losses 1", "[0.5 0.5 0.5]",
    ]  # fmt: skip


@pytest.mark.skipif(KERAS == 2, reason="Keras 2 has these layers")
def test_keras_3_has_no_such_layers() -> None:
    with pytest.raises(errors.LegacyLayersError) as caught:
        exec(EXAMPLE, {})
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, AttributeError)
    for words in ("`dense`", "Keras 3", "TF_USE_LEGACY_KERAS=1", "tf_keras",
                  "tf.compat.v1.get_variable"):  # fmt: skip
        assert words in str(caught.value)
