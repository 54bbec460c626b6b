"""`tensorflow_hub.tools`: `make_image_classifier`."""
