"""Tiny models and hubs on loopback, for examples and for both test suites.

```python
with Host() as host:
    host.add("/fruit/1", save_fruit_model("fruit"))
    hub.load(host.url + "/fruit/1")
```

`FaultServer` is a hub that misbehaves; `archives` has all that may be wrong with one.
"""

from .archives import archive_bytes
from .faults import FaultServer
from .hosting import Host
from .models import save_fruit_model

__all__ = ["FaultServer", "Host", "archive_bytes", "save_fruit_model"]
