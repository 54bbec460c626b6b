import functools

import numpy as np
import tensorflow as tf
import tensorflow_hub as hub


@functools.lru_cache(maxsize=None)
def load():
    import tensorflow_hub

    return tensorflow_hub.load(
        "https://tfhub.dev/google/magenta/arbitrary-image-stylization-v1-256/1"
    )


content = tf.constant(np.zeros((1, 4, 4, 3)), tf.float32)
style = tf.constant(np.ones((1, 2, 2, 3)), tf.float32)
result = load()(content, style)[0].numpy()
assert hub.resolve is not None
