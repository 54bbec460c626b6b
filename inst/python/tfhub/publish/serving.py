"""Serves a folder of models over HTTP, by the hosting protocol."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import DependencyError, HubError
from .catalog import Catalog

_GRACE = 2  # seconds that a stopping server leaves to downloads under way


def serve(
    directory: str | os.PathLike[str],
    host: str = "127.0.0.1",
    port: int = 8501,
    *,
    ready: Callable[[str], object] | None = None,
) -> None:
    """Serves the models below a folder until SIGINT (Ctrl-C) or SIGTERM.

    At the URL of a model, a browser gets a page that describes it, and
    `?tf-hub-format=compressed` gets its archive. The URL of a model without its version
    leads to the newest one. What changes in the folder shows with the next request.

    Args:
      directory: It holds `publisher/model/version/` folders; a model may also lie at
        any other depth, and is served at its path.
      host: The address to listen at; `0.0.0.0` is every address of this machine.
      port: The port to listen at; 0 takes any free one.
      ready: Called with the URL once the server answers; it is printed otherwise.

    Raises:
      DependencyError: The packages of the extra `serve` are not installed.
      HandleNotFoundError: There is no such folder.
      HubError: The address cannot be listened at.
    """
    try:
        from granian.constants import Interfaces
        from granian.server.embed import Server as Granian

        from .site import app
    except ImportError as error:
        raise _no_packages(error) from error
    application = app(directory)
    address, port = _free_address(host, port)
    shown = "localhost" if host in ("0.0.0.0", "::") else host
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    granian = Granian(
        application,
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
    )

    granian.workers_kill_timeout = _GRACE

    def say(url: str) -> None:
        print(f"Serving {os.fspath(directory)} at {url} (Ctrl-C stops)", flush=True)

    asyncio.run(_run(granian, address, port, lambda: (ready or say)(url)))


class Server:
    """A server in a process of its own.

    ```python
    with hub.Server("models") as server:
        hub.load(server.url + "/google/digits/1")
    ```

    It stops with `close()`, at the end of a `with` block, when nothing refers to it any
    more, and when this process ends, however that ends. Ctrl-C is not for it.

    Args:
      directory: As for `serve()`.
      host: As for `serve()`.
      port: The port to listen at; 0 takes any free one.

    Attributes:
      url: Where it answers, without a slash at the end.
      directory: The folder that it serves, as an absolute path.
      process: The process.

    Raises:
      DependencyError: The packages of the extra `serve` are not installed.
      HandleNotFoundError: There is no such folder.
      HubError: The address cannot be listened at, or the server does not start.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._catalog = Catalog(directory)  # says at once what is wrong with the folder
        self.directory = str(self._catalog.root)
        _require_packages()
        _free_address(host, port)
        self.process, line = _start([self.directory, "--host", host, "--port", port])
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
        """Whether it answers still."""
        return self._end.alive and self.process.poll() is None

    def close(self) -> None:
        """Stops the server and waits until it has ended."""
        self._end()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _start(arguments: Sequence[object]) -> tuple[subprocess.Popen[str], str]:
    """Runs `tfhub serve` until its input ends; gives also the line that it says."""
    package = str(Path(__file__).parents[2])
    paths = filter(None, [package, os.environ.get("PYTHONPATH")])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    if "R_HOME" in environment:
        # Where R looks for libraries may lie another libpython than this one's.
        environment.pop("LD_LIBRARY_PATH", None)
    command = [sys.executable, "-m", "tfhub", "serve", *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [*command, "--until-eof"],
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
    hint = (
        "Install them with: pip install 'tfhub[serve]', which is: pip install granian "
        "jinja2 markdown-it-py starlette"
    )
    return DependencyError(msg, hint=hint)


async def _run(
    granian: Any, address: str, port: int, ready: Callable[[], object]
) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows, and threads other than the main one, have no such handlers.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, granian.stop)
    serving = asyncio.create_task(granian.serve())
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(address, port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            ready()
            break
    with contextlib.suppress(asyncio.TimeoutError):  # the grace is over
        await serving


def _free_address(host: str, port: int) -> tuple[str, int]:
    """The IP address of a host and a free port of it.

    Granian shares a port with other servers of the same user, which would then answer
    in turns: so a port in use is found out here.
    """
    try:
        kind = socket.SOCK_STREAM
        family, _, _, _, place = socket.getaddrinfo(host, None, type=kind)[0]
        address = str(place[0])
        with socket.socket(family, kind) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            return address, int(probe.getsockname()[1])
    except (OSError, OverflowError) as error:
        msg = f"Cannot listen at {host}, port {port}: {error}."
        hint = "Give another port; port 0 takes any free one."
        raise HubError(msg, hint=hint) from error
