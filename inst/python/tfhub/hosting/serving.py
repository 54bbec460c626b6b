"""Serves a folder of models over HTTP, by the hosting protocol."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote

from .. import words
from ..errors import DependencyError, HubError
from ..shown import shown
from .catalog import Catalog


def serve(
    directory: str | os.PathLike[str],
    host: str = "127.0.0.1",
    port: int = 8501,
    *,
    url: str | None = None,
    forwarded_allow_ips: str | Iterable[str] = (),
    ready: Callable[[str], object] | None = None,
) -> None:
    """Serves the models below a folder until SIGINT (Ctrl-C) or SIGTERM.

    At the URL of a model, a browser gets a page that describes it, and
    `?tf-hub-format=compressed` gets its archive. The URL of a model without its version
    leads to the newest one. Changes in the folder show at the next request.

    One model cannot hold up the others: files are read by separate processes, for at
    most ten seconds and with at most 1 GiB of memory, and the result is kept until the
    files change. A connection is closed when it sends no request for ten seconds.
    Leave slow readers to a proxy, as *Creating and hosting modules* shows for nginx.

    A model is packed for the first client that asks for it, and its tree digest is
    computed then; the page shows it until the files change. What `pack()` refuses, such
    as a model with a missing file, the server refuses too.

    Args:
      directory: It holds `publisher/model/version/` folders; a model may also lie at
        any other depth, and is served at its path.
      host: The address to listen at; `0.0.0.0` is every address of this machine.
      port: The port to listen at; 0 takes any free one.
      url: Where clients find the server, if that is not where it listens:
        `https://hub.example.com/models` behind a proxy. It stands in the code that the
        pages show; links need none, as they are relative.
      forwarded_allow_ips: The addresses or networks of proxies (or a text of them,
        separated by commas) whose `X-Forwarded-Proto`, `X-Forwarded-Host` and
        `X-Forwarded-Prefix` are believed, in place of `url`; `*` is all. By default
        nobody is believed.
      ready: Called with the URL once the server answers; it is printed otherwise.

    Raises:
      DependencyError: The packages of the extra `serve` are not installed.
      HandleNotFoundError: There is no such folder.
      HubError: It cannot listen at the address.
    """
    try:
        from .listening import free_address, listen
        from .site import app
    except ImportError as error:
        raise _no_packages(error) from error
    application = app(directory, url=url, forwarded_allow_ips=forwarded_allow_ips)
    address, port = free_address(host, port)
    name = "localhost" if host in ("0.0.0.0", "::") else host
    here = f"http://{f'[{name}]' if ':' in name else name}:{port}"

    def say(url: str) -> None:
        place = shown(os.fspath(directory))
        print(f"Serving {place} at {url} (Ctrl-C stops)", flush=True)

    listen(application, address, port, lambda: (ready or say)(here))


class Server:
    """A server in a process of its own.

    ```python
    with hub.Server("models") as server:
        hub.load(server.url + "/google/digits/1")
    ```

    It stops with `close()`, at the end of a `with` block, when nothing refers to it any
    more, and when this process ends in any way, even if forks of it go on. Ctrl-C does
    not stop it.

    Args:
      directory: As for `serve()`.
      host: As for `serve()`.
      port: The port to listen at; 0 takes any free one.
      url: As for `serve()`.

    Attributes:
      url: Where it answers on this machine, without a slash at the end.
      directory: The folder that it serves, as an absolute path.
      process: The process.

    Raises:
      DependencyError: The packages of the extra `serve` are not installed.
      HandleNotFoundError: There is no such folder.
      HubError: It cannot listen at the address, `url` is not a URL, or the server does
        not start.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        host: str = "127.0.0.1",
        port: int = 0,
        url: str | None = None,
    ) -> None:
        self._catalog = Catalog(directory)  # says at once what is wrong with the folder
        self.directory = str(self._catalog.root)
        _require_packages()
        from .hosts import checked_url
        from .listening import free_address

        free_address(host, port)
        public = ["--url", checked_url(url)] if url is not None else []
        arguments = ["--host", host, "--port", port, *public, "--", self.directory]
        self.process, line = _start(arguments)
        self.url = line.split(" at ")[-1].split()[0]
        self._end = weakref.finalize(self, _end, self.process, os.getpid())

    def handles(self) -> list[str]:
        """The URLs of the models that are in the folder now, newest versions first."""
        paths = [
            f"{name}/{version}" if version else name
            for name, versions in self._catalog.entries().items()
            for version in versions or [""]
        ]
        return [f"{self.url}/{quote(path)}" for path in paths]

    def is_running(self) -> bool:
        """Whether it still answers."""
        return self._end.alive and self.process.poll() is None

    def close(self) -> None:
        """Stops the server and waits until it has ended."""
        self._end()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _start(arguments: Sequence[object]) -> tuple[subprocess.Popen[str], str]:
    """Runs `tfhub serve` for this process; gives also the line that it says."""
    from .workers import child_process

    folder, environment = child_process()
    if "R_HOME" in environment:
        # Where R looks for libraries may lie another libpython than this one's.
        environment.pop("LD_LIBRARY_PATH", None)
    command = [sys.executable, "-m", "tfhub", "serve", "--owner", str(os.getpid())]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [*command, *map(str, arguments)],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # Ctrl-C is for what uses the server
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            process.communicate()
            errors.seek(0)
            raise HubError(f"The server did not start. {errors.read()}".strip())
    return process, line


def _end(process: subprocess.Popen[str], owner: int) -> None:
    """Ends a server, but not from a fork of the process that started it."""
    if os.getpid() == owner:
        process.communicate()  # closes its standard input


def _require_packages() -> None:
    names = ("granian", "jinja2", "markdown_it", "starlette")
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise _no_packages("no " + ", ".join(missing))


def _no_packages(reason: object) -> DependencyError:
    msg = f"Serving models needs packages that are not installed: {reason}."
    hint = "Install them with: " + words.install("[serve]")
    return DependencyError(msg, hint=hint, packages=("[serve]",))
