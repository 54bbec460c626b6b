"""Tables of what is known of the models that tfhub.dev listed."""
