"""The TF1 Hub format: made, used, fine-tuned, exported and upgraded."""
