"""Serves an ASGI application on this machine only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
_START_SECONDS = 20.0


def server_of(app: ASGIApp) -> uvicorn.Server:
    """A server that says nothing of what it is asked: urls carry tokens."""
    # h11 keeps the raw path and query, which Rest.li needs.
    return uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", http="h11")
    )


def listener_on(port: int) -> socket.socket:
    """A socket that takes callers from now on; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    # From here on callers wait instead of being refused, though uvicorn still starts.
    listener.listen(128)
    return listener


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serves in a thread on a free port; gives the base URL, stops at the end.

    Raises:
        RuntimeError: the server did not start within 20 seconds.
    """
    listener = listener_on(0)
    server = server_of(app)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    waited = threading.Event()
    for _ in range(int(_START_SECONDS / 0.01)):
        if server.started:
            break
        waited.wait(0.01)
    else:
        raise RuntimeError(f"sandbox: server did not start within {_START_SECONDS:g} s.")
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
