"""`tensorflow_hub.meta_graph_lib`, which is gone."""

from tfhub.old_name.gone import refuse_module

refuse_module("meta_graph_lib", "It was a part of hub.Module(): use that.")
