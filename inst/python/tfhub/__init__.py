"""tfhub: resolve, load, apply and publish models of TensorFlow Hub.

```python
import tfhub as hub

path = hub.resolve("https://example.com/digits/1")  # a folder, downloaded once
model = hub.load("https://example.com/digits/1")  # something to call
logits = model(images)
```

The names are those of the reference library, `tensorflow_hub`. Importing this package
loads nothing else: each name below comes from its module when it is first used.
"""

from __future__ import annotations

from ._version import __version__

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without the import of typing
if TYPE_CHECKING:
    from . import errors
    from .asking.trusting import trust
    from .cache.listing import cache_dir, cache_list
    from .cache.maintenance import cache_adopt, cache_prune, cache_remove, cache_verify
    from .describing.describe import describe
    from .describing.scan import scan
    from .describing.search import search
    from .errors import HubError
    from .exporting.export import export
    from .exporting.text_embedding import export_text_embedding
    from .fetch.resolve import resolve
    from .fetch.transfer import cache_export, cache_import
    from .formats.protos import ImageModuleInfo
    from .hosting.checking import check
    from .hosting.packing import pack
    from .hosting.serving import Server, serve
    from .imaging.expected import get_expected_image_size, get_num_image_channels
    from .imaging.reading import read_images
    from .keras import KerasLayer, keras3, tf_keras
    from .keras.columns import text_embedding_column_v2
    from .runtime.batching import predict
    from .runtime.loading import load
    from .tf1.columns import (
        image_embedding_column,
        sparse_text_embedding_column,
        text_embedding_column,
    )
    from .tf1.creating import add_signature, attach_message, create_module_spec
    from .tf1.estimator import LatestModuleExporter, register_module_for_export
    from .tf1.evaluating import eval_function_for_module
    from .tf1.images import attach_image_module_info
    from .tf1.module import Module
    from .tf1.spec import (
        ModuleSpec,
        create_module_spec_from_saved_model,
        load_module_spec,
    )
    from .tf1.upgrade import upgrade

__all__ = [
    "HubError",
    "ImageModuleInfo",
    "KerasLayer",
    "LatestModuleExporter",
    "Module",
    "ModuleSpec",
    "Server",
    "__version__",
    "add_signature",
    "attach_image_module_info",
    "attach_message",
    "cache_adopt",
    "cache_dir",
    "cache_export",
    "cache_import",
    "cache_list",
    "cache_prune",
    "cache_remove",
    "cache_verify",
    "check",
    "create_module_spec",
    "create_module_spec_from_saved_model",
    "describe",
    "errors",
    "eval_function_for_module",
    "export",
    "export_text_embedding",
    "get_expected_image_size",
    "get_num_image_channels",
    "image_embedding_column",
    "keras3",
    "load",
    "load_module_spec",
    "pack",
    "predict",
    "read_images",
    "register_module_for_export",
    "resolve",
    "scan",
    "search",
    "serve",
    "sparse_text_embedding_column",
    "text_embedding_column",
    "text_embedding_column_v2",
    "tf_keras",
    "trust",
    "upgrade",
]

_HOMES = {
    "HubError": ".errors",
    "ImageModuleInfo": ".formats.protos",
    "KerasLayer": ".keras",
    "LatestModuleExporter": ".tf1.estimator",
    "Module": ".tf1.module",
    "ModuleSpec": ".tf1.spec",
    "Server": ".hosting.serving",
    "add_signature": ".tf1.creating",
    "attach_image_module_info": ".tf1.images",
    "attach_message": ".tf1.creating",
    "cache_adopt": ".cache.maintenance",
    "cache_dir": ".cache.listing",
    "cache_export": ".fetch.transfer",
    "cache_import": ".fetch.transfer",
    "cache_list": ".cache.listing",
    "cache_prune": ".cache.maintenance",
    "cache_remove": ".cache.maintenance",
    "cache_verify": ".cache.maintenance",
    "check": ".hosting.checking",
    "create_module_spec": ".tf1.creating",
    "create_module_spec_from_saved_model": ".tf1.spec",
    "describe": ".describing.describe",
    "errors": "",
    "eval_function_for_module": ".tf1.evaluating",
    "export": ".exporting.export",
    "export_text_embedding": ".exporting.text_embedding",
    "get_expected_image_size": ".imaging.expected",
    "get_num_image_channels": ".imaging.expected",
    "image_embedding_column": ".tf1.columns",
    "keras3": ".keras",
    "load": ".runtime.loading",
    "load_module_spec": ".tf1.spec",
    "pack": ".hosting.packing",
    "predict": ".runtime.batching",
    "read_images": ".imaging.reading",
    "register_module_for_export": ".tf1.estimator",
    "resolve": ".fetch.resolve",
    "scan": ".describing.scan",
    "search": ".describing.search",
    "serve": ".hosting.serving",
    "sparse_text_embedding_column": ".tf1.columns",
    "text_embedding_column": ".tf1.columns",
    "text_embedding_column_v2": ".keras.columns",
    "tf_keras": ".keras",
    "trust": ".asking.trusting",
    "upgrade": ".tf1.upgrade",
}

# What IPython looks for: `%load_ext tfhub`.
_EXTENSION = ("load_ipython_extension", "unload_ipython_extension")


def __getattr__(name: str) -> object:
    home = ".old_name.notebook" if name in _EXTENSION else _HOMES.get(name)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    if home == "":
        return import_module(f".{name}", __name__)
    value = getattr(import_module(home, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
