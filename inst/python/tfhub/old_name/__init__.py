"""What answers to the name `tensorflow_hub`, and the ways in which it is asked for."""
