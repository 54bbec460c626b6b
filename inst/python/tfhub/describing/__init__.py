"""A handle becomes a description of the model."""
