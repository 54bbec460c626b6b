import tensorflow as tf
import tensorflow_hub
from tensorflow_hub import keras_layer

text_input = tf.keras.layers.Input(shape=(), dtype=tf.string, name="text")
preprocess = tensorflow_hub.KerasLayer(
    "https://tfhub.dev/tensorflow/bert_en_uncased_preprocess/3", name="preprocessing"
)
encoder = keras_layer.KerasLayer(
    "https://tfhub.dev/tensorflow/small_bert/1", trainable=True, name="BERT_encoder"
)
net = encoder(preprocess(text_input))["pooled_output"]
model = tf.keras.Model(text_input, net)
result = model(tf.constant(["such an amazing movie!"])).numpy()
