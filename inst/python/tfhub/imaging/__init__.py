"""Images: what a model expects of them, and files that become a batch of them."""
