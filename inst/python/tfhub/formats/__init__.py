"""A folder becomes a description: the files are read, TensorFlow is not imported."""
