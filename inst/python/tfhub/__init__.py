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
    from .describing import describe
    from .errors import HubError
    from .fetch.listing import cache_dir, cache_list
    from .fetch.maintenance import (
        cache_adopt,
        cache_prune,
        cache_remove,
        cache_verify,
    )
    from .fetch.resolve import resolve
    from .fetch.transfer import cache_export, cache_import
    from .publish.packing import pack
    from .publish.serving import serve
    from .runtime.batching import predict
    from .runtime.loading import load

__all__ = [
    "HubError",
    "__version__",
    "cache_adopt",
    "cache_dir",
    "cache_export",
    "cache_import",
    "cache_list",
    "cache_prune",
    "cache_remove",
    "cache_verify",
    "describe",
    "errors",
    "load",
    "pack",
    "predict",
    "resolve",
    "serve",
]

_HOMES = {
    "HubError": ".errors",
    "cache_adopt": ".fetch.maintenance",
    "cache_dir": ".fetch.listing",
    "cache_export": ".fetch.transfer",
    "cache_import": ".fetch.transfer",
    "cache_list": ".fetch.listing",
    "cache_prune": ".fetch.maintenance",
    "cache_remove": ".fetch.maintenance",
    "cache_verify": ".fetch.maintenance",
    "describe": ".describing",
    "errors": "",
    "load": ".runtime.loading",
    "pack": ".publish.packing",
    "predict": ".runtime.batching",
    "resolve": ".fetch.resolve",
    "serve": ".publish.serving",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
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
