# Already asks TensorFlow 2 for graphs: all but the import stays.
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

tf.disable_eager_execution()

text = tf.placeholder(tf.string, [None])
vectors = hub.Module("https://tfhub.dev/google/universal-sentence-encoder/2")(text)
with tf.train.MonitoredSession() as session, open("/dev/null") as _:
    result = session.run(vectors, {text: ["the cat"]})
