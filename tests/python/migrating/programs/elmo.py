import tensorflow as tf
import tensorflow_hub as hub

elmo = hub.Module("https://tfhub.dev/google/elmo/2", trainable=True)
tokens_input = [["the", "cat", "is", "on"], ["dogs", "are", "in", ""]]
tokens_length = [4, 3]
embeddings = elmo(
    inputs={
        "tokens": tokens_input,
        "sequence_len": tokens_length
    },
    signature="tokens",
    as_dict=True)["elmo"]

default = elmo(["the cat is on"], signature="default", as_dict=True)["default"]
init = [tf.global_variables_initializer(), tf.tables_initializer()]
sess = tf.Session()
sess.run(init)
x, y = sess.run([embeddings, default])  # both at once
sess.close()
result = [x, y]
