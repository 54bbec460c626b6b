"""What makes models: of objects in memory, and of files of embeddings."""
