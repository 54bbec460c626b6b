# A text module is trained with what stands on it.
import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

texts = ["good film", "bad film", "good book", "bad book"]
labels = np.array([1.0, 0.0, 1.0, 0.0], dtype=np.float32)

tf.set_random_seed(1)
sentence = tf.placeholder(tf.string, [None])
target = tf.placeholder(tf.float32, [None])
module = hub.Module("https://tfhub.dev/google/nnlm-en-dim128/1", trainable=True)
weights = tf.get_variable("w", [3, 1], initializer=tf.ones_initializer())
logits = tf.squeeze(tf.matmul(module(sentence), weights), 1)
loss = tf.reduce_mean(
    tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=logits)
)
train_op = tf.train.AdamOptimizer(0.1).minimize(loss)

with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
    losses = []
    for _ in range(20):
        _, value = sess.run([train_op, loss], {sentence: texts, target: labels})
        losses.append(value)

assert losses[-1] < losses[0] / 2
result = losses
