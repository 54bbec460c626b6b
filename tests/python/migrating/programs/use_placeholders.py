import tensorflow as tf
import tensorflow_hub as hub

embed = hub.Module("https://tfhub.dev/google/universal-sentence-encoder/2")
sts_input1 = tf.placeholder(tf.string, shape=(None))
sts_input2 = tf.placeholder(tf.string, shape=(None))
sts_encode1 = tf.nn.l2_normalize(embed(sts_input1), axis=1)
sts_encode2 = tf.nn.l2_normalize(embed(sts_input2), axis=1)
cosine_similarities = tf.reduce_sum(tf.multiply(sts_encode1, sts_encode2), axis=1)
sim_scores = 1.0 - tf.acos(tf.clip_by_value(cosine_similarities, -1.0, 1.0))

session = tf.Session()
session.run(tf.global_variables_initializer())
session.run(tf.tables_initializer())
result = session.run(
    sim_scores,
    feed_dict={sts_input1: ["the cat runs"], sts_input2: ["a dog runs"]},
)
session.close()
