"""What stands between a file that names a model and its code: the question of trust."""
