"""Start the service: bind first, say where it is, then answer until told to stop."""

import errno
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from shoestring.core.errors import ConfigError
from shoestring.service.app import create_app
from shoestring.service.models import Models
from shoestring.service.settings import Settings


def serve(settings: Settings, *, models: Models | None = None, announce: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM. ``announce`` is told the address once the port is ours.

    Raises:
        ConfigError: the port is taken or not allowed, or the settings cannot be used.
    """
    # Small networks are faster with one thread; it must be said before torch is loaded.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    listener = bind(settings.host, settings.port)
    with listener:
        app = create_app(settings, models=models)
        server = uvicorn.Server(_config(app))
        app.state.service.closing = lambda: server.should_exit
        (announce or _print)(address(settings, listener.getsockname()[1]))
        # The server ends in order and then raises the signal again, which is no error to anybody.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigError that says what to do instead."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol left open, asyncio would not switch off Nagle's algorithm, and each answer took 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Only skips the wait after an earlier server of the same port; it does not share the port with a living one.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"port {port} of {host} is in use; stop the other server or choose --port (0: any)"
            ) from error
        if isinstance(error, socket.gaierror):
            raise ConfigError(f"host {host!r} is not known here") from error
        raise ConfigError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    except OverflowError as error:
        listener.close()
        raise ConfigError(f"port {port} is not between 0 and 65535") from error
    return listener


def address(settings: Settings, port: int) -> str:
    """What to open: with the token, which the first visit turns into a cookie."""
    host = settings.host.strip("[]")
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/" + (f"?token={settings.token}" if settings.token else "")


def _config(app: FastAPI) -> uvicorn.Config:
    # The access log of the server would write the names of people, which are part of addresses.
    return uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=10,
        # A client may fall silent for as long as Retry-After says without losing its connection in the next request.
        timeout_keep_alive=75,
    )


def _print(url: str) -> None:
    sys.stderr.write(f"shoestring is at {url}\n")
