import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

tf.logging.set_verbosity(tf.logging.INFO)
module_spec = hub.load_module_spec(
    "https://tfhub.dev/google/imagenet/inception_v3/feature_vector/3"
)


def create_module_graph(module_spec):
    """Creates a graph and loads the hub module into it."""
    height, width = hub.get_expected_image_size(module_spec)
    with tf.Graph().as_default() as graph:
        resized = tf.placeholder(tf.float32, [None, height, width, 3])
        m = hub.Module(module_spec)
        bottleneck_tensor = m(resized)
    return graph, bottleneck_tensor, resized


graph, bottleneck, resized = create_module_graph(module_spec)
with graph.as_default():
    init = tf.global_variables_initializer()
with tf.Session(graph=graph) as sess:
    sess.run(init)
    images = np.linspace(0, 1, 16 * 12 * 3).reshape((1, 16, 12, 3))
    result = sess.run(bottleneck, {resized: images})
