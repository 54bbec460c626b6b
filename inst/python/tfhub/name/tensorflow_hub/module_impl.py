"""`tensorflow_hub.module_impl`, which is gone."""

from tfhub.old_name.gone import refuse_module

refuse_module("module_impl", "It was a part of hub.Module(): use that.")
