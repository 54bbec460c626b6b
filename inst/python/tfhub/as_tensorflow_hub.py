"""The old name, asked for: from here on `import tensorflow_hub` is this library.

```python
import tfhub.as_tensorflow_hub  # first, before whatever says `import tensorflow_hub`
import tensorflow_hub as hub
```

That counts for the whole process, other people's packages included, and for processes
that `multiprocessing` starts from it. `tfhub run --as-tensorflow-hub` asks for it for a
program that is not to be changed, and all that it starts; `%load_ext tfhub` in a
notebook; `tfhub alias install` for all programs of an environment.

What answers is an ordinary package with a file for each of the old modules, in the
folder `name` beside this file; that folder is put on `sys.path`.

Raises:
  AliasError: The program has imported another `tensorflow_hub` already.
"""

from __future__ import annotations

from .old_name.asking import ask

ask()
