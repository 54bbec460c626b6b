import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

column = hub.text_embedding_column(
    key="sentence", module_spec="https://tfhub.dev/google/nnlm-en-dim128/1"
)
estimator = tf.estimator.DNNClassifier(
    hidden_units=[8],
    feature_columns=[column],
    n_classes=2,
    optimizer=tf.train.AdagradOptimizer(learning_rate=0.003),
)
train_input_fn = tf.compat.v1.estimator.inputs.numpy_input_fn(
    {"sentence": np.array(["good film", "bad film"])}, np.array([1, 0]), shuffle=True
)
estimator.train(input_fn=train_input_fn, steps=10)
exporter = hub.LatestModuleExporter("tf_hub", train_input_fn)
