"""`tensorflow_hub.version`."""

from tfhub.old_name.versions import alias_version

__version__ = alias_version()
