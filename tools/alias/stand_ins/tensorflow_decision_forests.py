"""Nothing: tensorflowjs imports it for decision trees, and no wheel fits TensorFlow."""
