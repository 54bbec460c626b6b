"""`tensorflow_hub.image_module_info_pb2`."""

from tfhub.formats.protos import ImageModuleInfo

DESCRIPTOR = ImageModuleInfo.DESCRIPTOR.file
