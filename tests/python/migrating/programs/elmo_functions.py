import tensorflow as tf
import tensorflow_hub as hub


def elmo_vectors(x):
	"""A vector for each text."""
	elmo = hub.Module("https://tfhub.dev/google/elmo/2")
	embeddings = elmo(x, signature="default", as_dict=True)["elmo"]

	with tf.Session() as sess:
		sess.run(tf.global_variables_initializer())
		sess.run(tf.tables_initializer())
		# return average of ELMo features
		return sess.run(tf.reduce_mean(embeddings,1))


texts = ["the cat", "a dog sleeps", "a cat"]
batches = [texts[i:i+2] for i in range(0,len(texts),2)]
result = [elmo_vectors(x) for x in batches]
