# Sentences and their similarity, as notebooks of 2018 have it.
import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

module_url = "https://tfhub.dev/google/universal-sentence-encoder/2" #@param ["a", "b"]
embed = hub.Module(module_url)
messages = ["the cat runs", "a dog sleeps", "the cat"]

# Reduce logging output.
tf.logging.set_verbosity(tf.logging.ERROR)

with tf.Session() as session:
  session.run([tf.global_variables_initializer(), tf.tables_initializer()])
  message_embeddings = session.run(embed(messages))

  for i, message_embedding in enumerate(np.array(message_embeddings).tolist()):
    print("Message: {}".format(messages[i]))
    message_embedding_snippet = ", ".join(
        (str(x) for x in message_embedding[:3]))
    print("Embedding: [{}, ...]\n".format(message_embedding_snippet))
    # one line for each

corr = np.inner(message_embeddings, message_embeddings)
result = [message_embeddings, corr]
