"""The command `tfhub`: a file for each group of commands."""
