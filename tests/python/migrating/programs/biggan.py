import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

tf.reset_default_graph()
module = hub.Module("https://tfhub.dev/deepmind/biggan-deep-256/1")
inputs = {
    k: tf.placeholder(v.dtype, v.get_shape().as_list(), k)
    for k, v in module.get_input_info_dict().items()
}
output = module(inputs)


def sample(sess, noise, label, truncation=1.0):
    feed_dict = {
        inputs["z"]: noise,
        inputs["y"]: label,
        inputs["truncation"]: truncation,
    }
    ims = sess.run(output, feed_dict=feed_dict)
    return np.clip(((ims + 1) / 2.0) * 256, 0, 255).astype(np.uint8)


initializer = tf.global_variables_initializer()
sess = tf.Session()
sess.run(initializer)
result = sample(sess, np.full((2, 4), 0.3), np.eye(2, 10), truncation=0.5)
