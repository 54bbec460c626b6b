"""What load() and a call through a signature cost over TensorFlow's own."""

from __future__ import annotations

import os
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from _common import interleaved, report

import tfhub
from tfhub.runtime import loading
from tfhub.testing import Host, save_fruit_model


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Host() as host:
        os.environ["TFHUB_CACHE_DIR"] = f"{folder}/cache"
        url = host.add("/fruit/1", save_fruit_model(f"{folder}/fruit"))
        tfhub.load(url)
        inside: list[float] = []

        class Timed:
            """tf.saved_model with a watch on load()."""

            def __getattr__(self, name: str) -> object:
                return getattr(tf.saved_model, name)

            def load(self, *args: object) -> object:
                start = time.perf_counter()
                model = tf.saved_model.load(*args)
                inside.append(time.perf_counter() - start)
                return model

        class Watched:
            """TensorFlow with that."""

            saved_model = Timed()

            def __getattr__(self, name: str) -> object:
                return getattr(tf, name)

        plain = loading.tf
        loading.tf = Watched()
        outside = []
        for _ in range(31):
            start = time.perf_counter()
            tfhub.load(url)
            outside.append(time.perf_counter() - start - inside[-1])
        loading.tf = plain
        spent, whole = sorted(outside)[15], sorted(inside)[15]
        print(f"tf.saved_model.load of a small model takes {1000 * whole:.1f} ms")
        report("of load(), outside of it", f"{1000 * spent:.2f} ms", "1 ms or 3 %")

        model = tfhub.load(url)
        signature = model.signatures["fruit_to_pet"]
        apples, oranges = tf.ones([2, 3]), tf.constant([1, 2], tf.int64)
        inputs = {"apples": apples, "oranges": oranges}

        def many(call: object) -> None:
            for _ in range(500):
                call()  # type: ignore[operator]

        medians = interleaved(
            41,
            function=lambda: many(lambda: signature(apples=apples, oranges=oranges)),
            ours=lambda: many(lambda: model(inputs, signature="fruit_to_pet")),
        )
        each = medians["function"] / 500
        print(f"the ConcreteFunction by keyword takes {1e6 * each:.0f} us")
        ratio = medians["ours"] / medians["function"]
        report("m(inputs, signature=)", f"{ratio:.3f}x", "1.15x")


if __name__ == "__main__":
    main()
