"""Several devices, and several workers, give what one device gives."""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import SignatureNotFoundError, TagsError
from tfhub.runtime.tf import np, tf

v1 = tf.compat.v1
WORKER = Path(__file__).with_name("worker.py")

PROGRAM = """
import json, sys
import numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
device = tf.config.LogicalDeviceConfiguration()
tf.config.set_logical_device_configuration(cpu, [device, device])
import tfhub as hub
Layer = getattr(hub, sys.argv[1]).KerasLayer
keras = Layer._hub_keras
two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
one = tf.distribute.OneDeviceStrategy("CPU:0")
# Keras 3.5 and 3.6 add up the gradients of the devices, of any layer, and do not scale
# the loss before. Adam does not mind.
old = getattr(keras, "__version__", "").startswith(("3.5.", "3.6."))
optimizer = keras.optimizers.Adam if old else keras.optimizers.SGD
rng = np.random.default_rng(0)
found = {}
for handle, size in zip(sys.argv[2::2], map(int, sys.argv[3::2])):
    x = rng.normal(size=[8, size]).astype("float32")
    y = rng.normal(size=[8, 1]).astype("float32")
    results = []
    for strategy in (one, two):
        with strategy.scope():
            made = Layer(handle, trainable=True, name="features")
            head = keras.layers.Dense(1, kernel_initializer="ones")
            model = keras.Sequential([keras.Input([size]), made, head])
            model.compile(optimizer(0.001), "mse")
        before = [w.tolist() for w in model.get_weights()]
        data = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
        model.fit(data, epochs=3, verbose=0, shuffle=False)
        results.append([before, [w.tolist() for w in model.get_weights()]])
    found[handle] = results
print(json.dumps(found))
"""


def test_two_devices_give_the_result_of_one(
    is_keras3: bool,
    models: dict[str, str],
    tf1_modules: Path,
) -> None:
    handles = [models["plain"], "4", str(tf1_modules / "dense_two_layers"), "50"]
    kind = "keras3" if is_keras3 else "tf_keras"
    printed = output_of(start("-c", PROGRAM, kind, *handles))
    for single, double in json.loads(printed).values():
        # The loss that they report is that of one device.
        for before, one, two in zip(*single, double[1], strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)
            assert np.abs(np.subtract(one, before)).max() > 1e-5


def test_two_workers_give_the_result_of_one(
    layer: Any, is_keras3: bool, models: dict[str, str], tf1_modules: Path
) -> None:
    handles = {models["plain"]: 4, str(tf1_modules / "dense_two_layers"): 50}
    arguments = ["keras3" if is_keras3 else "tf_keras"]
    for handle, size in handles.items():
        arguments += [handle, str(size)]
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    runs = []
    try:
        for index in range(2):
            task = {"type": "worker", "index": index}
            config = {"cluster": {"worker": workers}, "task": task}
            runs.append(start(str(WORKER), *arguments, TF_CONFIG=json.dumps(config)))
        printed = [output_of(run) for run in runs]
    finally:
        for run in runs:
            run.kill()
    train = runpy.run_path(str(WORKER))["trained"]
    one = [
        train(layer, tf.distribute.get_strategy(), *pair) for pair in handles.items()
    ]
    for line in printed:
        for alone, together in zip(one, json.loads(line), strict=True):
            for expected, found in zip(alone, together, strict=True):
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert np.abs(np.subtract(one[0][0], 0.25)).max() > 1e-4


SERVERS = """
import json, sys
import tensorflow as tf
cluster = json.loads(sys.argv[1])
jobs = [tf.distribute.Server(cluster, name, 0, protocol="grpc") for name in cluster]
print("ready", flush=True)
sys.stdin.read()
"""
COORDINATOR = """
import json, sys
import numpy as np, tensorflow as tf
import tfhub as hub
cluster = tf.train.ClusterSpec(json.loads(sys.argv[1]))
resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
    cluster, rpc_layer="grpc"
)
strategy = tf.distribute.ParameterServerStrategy(resolver)
Layer = getattr(hub, sys.argv[2]).KerasLayer
with strategy.scope():
    texts, rows = Layer("text"), Layer("plain", trainable=True)
    module = Layer(sys.argv[3], trainable=True)
coordinator = tf.distribute.coordinator.ClusterCoordinator(strategy)
def step():
    found = texts(tf.constant(["world", "x"])), rows(tf.ones([1, 4]))
    return *found, module(tf.ones([1, 50]))
scheduled = coordinator.schedule(tf.function(lambda: strategy.run(step)))
text, row, out = scheduled.fetch()
weights = [w for w in [*rows.weights, *module.weights]]
devices = {getattr(w, "_loaded", w).device for w in weights}
print(json.dumps([text.tolist(), row.tolist(), out.tolist(), sorted(devices)]))
"""


def test_a_model_is_read_where_it_lies(
    layer: Any, is_keras3: bool, models: dict[str, str], tf1_modules: Path
) -> None:
    """Not by the parameter server that has its variables, in another folder."""
    jobs = zip(("worker", "ps"), free_ports(2), strict=True)
    cluster = json.dumps({job: [f"127.0.0.1:{port}"] for job, port in jobs})
    module = tf1_modules / "dense_two_layers"
    servers = start("-c", SERVERS, cluster, cwd=tf1_modules)
    try:
        assert servers.stdout.readline() == "ready\n"
        run = start(
            "-c", COORDINATOR, cluster, "keras3" if is_keras3 else "tf_keras",
            str(module), cwd=Path(models["text"]).parent,
        )  # fmt: skip
        text, row, out, devices = json.loads(output_of(run))
    finally:
        servers.kill()
        servers.communicate()
    assert text == [[0.0, 1.0], [5.0, 5.0]]
    assert row == [[1.0, 1.0, 1.0]]
    np.testing.assert_allclose(out, layer(module)(tf.ones([1, 50])), rtol=1e-5)
    assert devices == ["/job:ps/replica:0/task:0/device:CPU:0"]


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def start(*arguments: str, cwd: Any = None, **environment: str) -> Any:
    path, pipe = os.pathsep.join(filter(None, sys.path)), subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=cwd, env={**os.environ, "PYTHONPATH": path, **environment},
        stdin=pipe, stdout=pipe, stderr=pipe, text=True,
    )  # fmt: skip


def output_of(run: Any) -> str:
    """The last line that a program printed."""
    out, errors = run.communicate(timeout=120)
    assert run.returncode == 0, errors[-3000:]
    return str(out.splitlines()[-1])


def averaging(train: bool) -> None:
    """A module that has, beside the signature that is the default, one that learns."""
    x = v1.placeholder(tf.float32, [None, 2])
    hub.add_signature(inputs=x, outputs=-x)
    average = v1.get_variable(
        "average", [2], initializer=v1.zeros_initializer(), trainable=False
    )
    kernel = v1.get_variable("kernel", [2], initializer=v1.ones_initializer())
    scaled = x * kernel
    if train:
        update = average.assign(tf.reduce_mean(x, axis=0), read_value=False)
        v1.add_to_collection("update_ops", update)
        scaled = 2.0 * scaled
    outputs = {"default": scaled, "average": average + tf.zeros_like(x)}
    hub.add_signature("other", inputs={"x": x}, outputs=outputs)


@pytest.fixture(scope="module")
def averages(tmp_path_factory: pytest.TempPathFactory) -> str:
    variants = [(set(), {"train": False}), ({"train"}, {"train": True})]
    spec = hub.create_module_spec(averaging, variants)
    path = str(tmp_path_factory.mktemp("modules") / "averages")
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        session.run(v1.global_variables_initializer())
        module.export(path, session)
    return path


@pytest.mark.parametrize("distributed", [False, True])
def test_any_signature_of_a_tf1_module_trains_under_a_strategy(
    layer: Any, averages: str, distributed: bool
) -> None:
    x = tf.constant([[1.0, 2.0], [3.0, 6.0]])
    scope = contextlib.nullcontext()
    if distributed:
        scope = tf.distribute.MirroredStrategy(["CPU:0"]).scope()
    with scope:
        default = layer(averages, trainable=True)
        made = layer(averages, trainable=True, signature="other")
        as_dict = {"signature": "other", "signature_outputs_as_dict": True}
        both = layer(averages, trainable=True, **as_dict)
        one = layer(averages, signature="other", output_key="average")
        tagged = layer(averages, tags={"train"}, signature="other")
        np.testing.assert_array_equal(default(x), -x)
        for inputs in (x, {"x": x}):
            np.testing.assert_array_equal(made(inputs), x)
        np.testing.assert_array_equal(tagged(x), 2 * x)
        np.testing.assert_array_equal(one(x), tf.zeros([2, 2]))
        for trained in (made, both):
            outputs = trained(x, training=True)
            outputs = outputs if trained is made else outputs["default"]
            np.testing.assert_array_equal(outputs, 2 * x)
            by_name = {w.name.partition(":")[0]: w for w in trained.weights}
            np.testing.assert_array_equal(np.asarray(by_name["average"]), [2, 4])
        assert set(both(x)) == {"default", "average"}
        with pytest.raises(SignatureNotFoundError, match="default, other"):
            layer(averages, signature="none")
        with pytest.raises(TagsError, match="No such graph variant"):
            layer(averages, tags={"serve"})
        with pytest.raises((TypeError, ValueError), match="expected"):
            made(tf.zeros([1, 3]))
