"""A TF1 Hub module outside of a graph, in TensorFlow 2."""
