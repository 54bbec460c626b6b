"""`tensorflow_hub.feature_column_v2`."""

from tfhub.keras.columns import text_embedding_column_v2

__all__ = ["text_embedding_column_v2"]
