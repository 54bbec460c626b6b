"""`tensorflow_hub.module_def_pb2`: what `tfhub_module.pb` holds."""

from tfhub.formats.protos import ModuleDef

DESCRIPTOR = ModuleDef.DESCRIPTOR.file
