"""`tensorflow_hub.tools.make_nearest_neighbour_index`, which is gone."""

from tfhub.old_name.gone import refuse_module

refuse_module(
    "tools.make_nearest_neighbour_index",
    "Embed with tfhub.predict(), and search with a library for that, such as "
    "scikit-learn's NearestNeighbors.",
)
