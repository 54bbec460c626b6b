"""A handle becomes a folder. Nothing here imports TensorFlow or numpy."""
