import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

questions = ["What is your age?"]
responses = ["I am 20 years old.", "good morning"]
response_contexts = ["I will be 21 next year.", "great day."]

g = tf.Graph()
with g.as_default():
    module = hub.Module("https://tfhub.dev/google/universal-sentence-encoder-qa/1")
    question_embeddings = module(
        dict(input=questions), signature="question_encoder", as_dict=True
    )
    response_embeddings = module(
        dict(input=responses, context=response_contexts),
        signature="response_encoder",
        as_dict=True,
    )
    init = tf.group(tf.global_variables_initializer(), tf.tables_initializer())
g.finalize()

with tf.Session(graph=g) as session:
    session.run(init)
    question, response = session.run(
        [question_embeddings["outputs"], response_embeddings["outputs"]]
    )

result = np.inner(question, response)
