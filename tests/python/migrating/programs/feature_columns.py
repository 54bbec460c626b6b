import tensorflow as tf
import tensorflow_hub as hub

features = {"sentence": tf.constant(["good film", "bad book"])}
column = hub.text_embedding_column(
    key="sentence", module_spec="https://tfhub.dev/google/nnlm-en-dim128/1"
)
module = hub.Module("https://tfhub.dev/google/nnlm-en-dim128/1")
layer = tf.feature_column.input_layer(features, [column])
other = module(features["sentence"])
with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
    result = sess.run([layer, other])
