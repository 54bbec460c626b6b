"""`tensorflow_hub.tools.make_image_classifier`: a command, and its parts."""
