"""Making a model available: pack it, serve it."""
