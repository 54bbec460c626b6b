import os
import tempfile

import numpy as np
import tensorflow_hub as hub
import tf_keras as keras
from tensorflow_hub.keras_layer import KerasLayer

keras.utils.set_random_seed(3)
handle = "https://tfhub.dev/google/tf2-preview/gnews-swivel-20dim/1"
hub_layer = hub.KerasLayer(
    handle, output_shape=[2], input_shape=[], dtype="string", trainable=True
)
model = keras.Sequential([hub_layer, keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
texts = np.array(["good film", "bad book"], dtype=object)
model.fit(texts, np.array([1.0, 0.0]), epochs=2, verbose=0)
path = os.path.join(tempfile.mkdtemp(), "model.h5")
model.save(path)
loaded = keras.models.load_model(path, custom_objects={"KerasLayer": KerasLayer})
result = loaded.predict(texts, verbose=0)
