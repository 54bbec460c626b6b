"""Serves a folder of models over HTTP, by the hosting protocol."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import DependencyError, HubError

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
        msg = f"Serving models needs packages that are not installed: {error}."
        hint = "Install them with: pip install 'tfhub[serve]'"
        raise DependencyError(msg, hint=hint) from error
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
    """A server in a process of its own, for as long as a `with` block lasts.

    ```python
    with Server("models") as server:
        hub.load(server.url + "/google/digits/1")
    ```

    It ends with this process, however that ends.

    Attributes:
      url: Where it answers, without a slash at the end.
      process: The process.
    """

    def __init__(self, directory: str | os.PathLike[str], port: int = 0) -> None:
        package = str(Path(__file__).parents[2])
        paths = filter(None, [package, os.environ.get("PYTHONPATH")])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        if "R_HOME" in environment:
            # Where R looks for libraries may lie another libpython than this one's.
            environment.pop("LD_LIBRARY_PATH", None)
        command = [sys.executable, "-m", "tfhub", "serve", os.fspath(directory)]
        with tempfile.TemporaryFile("w+") as errors:
            self.process = subprocess.Popen(
                [*command, "--port", str(port), "--until-eof"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            assert self.process.stdout is not None
            line = self.process.stdout.readline()
            if not line:
                self.close()
                errors.seek(0)
                raise HubError(f"The server did not start. {errors.read()}".strip())
        self.url = line.split(" at ")[-1].split()[0]

    def close(self) -> None:
        """Stops the server and waits until it has ended."""
        self.process.communicate()  # closes its standard input

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
