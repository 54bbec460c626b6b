"""`tensorflow_hub.config`: what it configured is in `registry`, ready for use."""
