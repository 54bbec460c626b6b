import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

with tf.Graph().as_default():
    detector = hub.Module("https://tfhub.dev/google/faster_rcnn/openimages_v4/1")
    image = tf.constant(np.linspace(0, 1, 48).reshape((1, 4, 4, 3)), dtype=tf.float32)
    detector_output = detector(image, as_dict=True)
    init_ops = [tf.global_variables_initializer(), tf.tables_initializer()]

    with tf.Session() as session:
        session.run(init_ops)
        found = session.run(detector_output)

result = [found["detection_boxes"], found["detection_scores"]]
