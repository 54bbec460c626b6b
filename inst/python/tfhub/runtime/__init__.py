"""A folder becomes something to call. TensorFlow is imported here."""
