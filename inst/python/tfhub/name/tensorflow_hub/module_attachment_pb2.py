"""`tensorflow_hub.module_attachment_pb2`."""

from tfhub.formats.protos import ModuleAttachment

DESCRIPTOR = ModuleAttachment.DESCRIPTOR.file
