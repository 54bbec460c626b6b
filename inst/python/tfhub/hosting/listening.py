"""A server at an address: how many may come, how long they may take, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server as Granian

from ..errors import HubError
from ..shown import shown

_GRACE = 2  # seconds that a stopping server leaves to downloads under way
_FILES = 65536  # that may be open, where the system allows for as many
_OWN_FILES = 256  # of them for other things than connections
_BACKLOG = 4096  # connections that wait to be taken
# Milliseconds for the head of a request, and for which a connection is kept. HTTP/1
# only: with it granian waits no longer for the first byte of a connection either.
_HEAD = 10_000
_LONGEST_HEAD = 65536  # bytes


def listen(
    application: Any, address: str, port: int, ready: Callable[[], object]
) -> None:
    """Serves an ASGI application until SIGINT or SIGTERM.

    Args:
      application: What answers.
      address: The IP address to listen at.
      port: A free port of it.
      ready: Called once the server answers.
    """
    granian = Granian(
        application,
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=_HEAD, max_buffer_size=_LONGEST_HEAD
        ),
        backlog=_BACKLOG,
        backpressure=max(128, _most_files() - _OWN_FILES),
        websockets=False,
        log_enabled=False,
    )
    granian.workers_kill_timeout = _GRACE
    asyncio.run(_run(granian, address, port, ready))


def free_address(host: str, port: int) -> tuple[str, int]:
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
    except (OSError, OverflowError, UnicodeError) as error:
        reason = str(error).rstrip(".")
        msg = f"Cannot listen at {shown(host)}, port {port}: {reason}."
        hint = "Give another port; port 0 takes any free one."
        if isinstance(error, socket.gaierror):
            hint = "Give a name or address of this machine, such as 127.0.0.1."
        raise HubError(msg, hint=hint) from error


def _most_files() -> int:
    """How many files this process may have open; the soft limit is raised for it."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit on sockets
        return _FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return _FILES if soft == resource.RLIM_INFINITY else min(soft, _FILES)


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
