import tempfile

import numpy as np
import tensorflow as tf
import tensorflow_hub as hub


def module_fn():
    inputs = tf.placeholder(tf.float32, [None, 2])
    weights = tf.get_variable("weights", [2, 3], initializer=tf.ones_initializer())
    hub.add_signature(inputs=inputs, outputs=tf.matmul(inputs, weights))


spec = hub.create_module_spec(module_fn)
path = tempfile.mkdtemp()
with tf.Graph().as_default():
    module = hub.Module(spec, trainable=True)
    double = tf.group(*[v.assign(2 * v) for v in tf.trainable_variables()])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(double)
        module.export(path, sess)

x = tf.constant(np.array([[1, 2]]), tf.float32)
again = hub.Module(path)(x)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    result = sess.run(again)
