"""MirroredStrategy on two devices gives what one device gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

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
# Keras 3.6 adds up the gradients of the devices, of any layer, and does not scale the
# loss before. Adam does not mind.
old = getattr(keras, "__version__", "").startswith("3.6.")
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
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind, *handles],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    for single, double in json.loads(run.stdout.splitlines()[-1]).values():
        # The loss that Keras 3.6 reports is that of one device.
        for before, one, two in zip(*single, double[1], strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)
            assert np.abs(np.subtract(one, before)).max() > 1e-5
