import tensorflow as tf, tensorflow_hub as hub

embed = hub.Module("https://tfhub.dev/google/universal-sentence-encoder/2")
sess = tf.compat.v1.Session()
sess.run(tf.compat.v1.global_variables_initializer()); sess.run(tf.compat.v1.tables_initializer())

def embed_batches(texts, size=2):
    out = []
    for start in range(0, len(texts), size):
        out.extend(sess.run(embed(texts[start:start+size])))
    return out

result = embed_batches(['the cat', 'a dog', 'the dog'])
