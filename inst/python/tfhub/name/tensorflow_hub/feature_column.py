"""`tensorflow_hub.feature_column`."""

from tfhub.old_name import gone
from tfhub.tf1.columns import (
    image_embedding_column,
    sparse_text_embedding_column,
    text_embedding_column,
)

__all__ = [
    "DenseFeatureColumn",
    "image_embedding_column",
    "sparse_text_embedding_column",
    "text_embedding_column",
]

DenseFeatureColumn = gone.function(
    "feature_column.DenseFeatureColumn", "Use the functions that make the columns."
)
