"""What a kind of handle has to offer, and what it gives: an archive, or files.

A package adds a kind of its own by an entry point of the group `tfhub.sources`, the
name being the scheme and the object a `Source`, its class or a function that makes it:

```toml
[project.entry-points."tfhub.sources"]
ftp = "my_package:FtpSource"
```

```python
class FtpSource(Source):
    def accepts(self, handle):
        return isinstance(handle, OtherUrl) and handle.scheme == "ftp"

    def open(self, handle, job):
        connection = urllib.request.urlopen(handle.url)
        return Archive(iter(lambda: connection.read(1 << 16), b""), url=handle.url)
```

The rest (the cache, unpacking, checks, progress, mirrors) is the same for all kinds.
Entry points are looked at only for a handle that no kind of our own accepts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..handles import Handle
from ..net.pipeline import Block

if TYPE_CHECKING:
    from ..net.http import Client


@dataclass(frozen=True)
class Archive:
    """A tar or zip archive with the model at its root.

    Attributes:
      blocks: Its bytes, in blocks of any size.
      url: Where they come from.
      size: How many bytes there are, or None when that is not known.
      facts: What the manifest is to say of it; `etag` is what `Job.etag` will be.
    """

    blocks: Iterable[Block]
    url: str
    size: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """One file of a model: its path with slashes, its size, and how to read it."""

    name: str
    size: int
    blocks: Callable[[], Iterable[Block]]


@dataclass(frozen=True)
class Files:
    """A model that comes file by file; `url` and `facts` as for an `Archive`."""

    files: Sequence[File]
    url: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Job:
    """The fetching of one model.

    Attributes:
      handle: What the user asked for, to be named in errors.
      scratch: A folder for what is needed meanwhile, on the disk of the cache.
      etag: That of what is in the cache and may still be current, or None.
    """

    def __init__(self, handle: Handle, scratch: Path, etag: str | None) -> None:
        self.handle = handle
        self.scratch = scratch
        self.etag = etag

    @cached_property
    def client(self) -> Client:
        """Asks servers; one for all requests and attempts, whose deadline it keeps."""
        from ..net.http import Client

        return Client(self.handle.text)

    def close(self) -> None:
        """Closes what was opened."""
        if "client" in self.__dict__:
            self.client.close()


class Source(ABC):
    """A kind of handle, and how its models get here."""

    @abstractmethod
    def accepts(self, handle: Handle) -> bool:
        """Whether this source is the one for a handle."""

    @abstractmethod
    def open(self, handle: Any, job: Job) -> Archive | Files | None:
        """The model; None when what has the ETag `job.etag` is still current.

        Raises:
          HubError: There is no such model, or it cannot be fetched.
        """

    def origin(self, handle: Any) -> dict[str, Any] | None:  # noqa: ARG002
        """What a cached model must have been made from, where that is known at once."""
        return None

    def stays(self, handle: Any) -> bool:  # noqa: ARG002
        """Whether the model is used where it is, and does not come into the cache."""
        return False

    def place(self, handle: Any, job: Job) -> str:
        """Where a model is that stays."""
        raise NotImplementedError
