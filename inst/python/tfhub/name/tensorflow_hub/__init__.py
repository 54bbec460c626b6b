"""`tensorflow_hub`, as tfhub answers to that name: see `tfhub.as_tensorflow_hub`.

It has every public name of tensorflow_hub 0.12 to 0.16.1, and its modules. What is new
in tfhub is in `tfhub` alone. Nothing is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module as _import_module

import tfhub.as_tensorflow_hub as _asked  # noqa: F401
from tfhub.old_name import flags as _flags
from tfhub.old_name import versions as _versions
from tfhub.old_name.gone import newer as _newer

_flags.define()
__version__ = _versions.alias_version()

__all__ = [
    "ImageModuleInfo",
    "KerasLayer",
    "LatestModuleExporter",
    "Module",
    "ModuleSpec",
    "add_signature",
    "attach_image_module_info",
    "attach_message",
    "create_module_spec",
    "create_module_spec_from_saved_model",
    "eval_function_for_module",
    "get_expected_image_size",
    "get_num_image_channels",
    "image_embedding_column",
    "load",
    "load_module_spec",
    "register_module_for_export",
    "resolve",
    "sparse_text_embedding_column",
    "text_embedding_column",
    "text_embedding_column_v2",
]

_MODULES = {
    *("compressed_module_resolver", "config", "estimator", "feature_column"),
    *("feature_column_v2", "file_utils", "image_module_info_pb2", "image_util"),
    *("keras_layer", "module", "module_attachment_pb2", "module_def_pb2"),
    *("module_spec", "module_v2", "native_module", "registry", "resolver"),
    *("saved_model_lib", "saved_model_module", "tensor_info", "tf_utils", "tf_v1"),
    *("tools", "uncompressed_module_resolver", "version"),
}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return _import_module(f".{name}", __name__)
    import tfhub

    if name in __all__:
        home = _import_module(".module_v2", __name__) if name == "resolve" else tfhub
        value = getattr(home, name)
        globals()[name] = value
        return value
    if name in tfhub.__all__:
        raise _newer(name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES, "__version__"})
