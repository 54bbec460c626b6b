import csv

import numpy as np
import tensorflow as tf
from tensorflow_hub import load as load_model

model = load_model("https://tfhub.dev/google/yamnet/1")
waveform = np.sin(np.linspace(0, 440 * 2 * np.pi, 16000)).astype(np.float32)
scores, embeddings, log_mel_spectrogram = model(waveform)
with tf.io.gfile.GFile(model.class_map_path().numpy().decode()) as csv_file:
    names = [row[0] for row in csv.reader(csv_file)]
result = [scores.numpy(), log_mel_spectrogram.numpy(), len(names)]
