"""Serving an ASGI application by real HTTP on a free port of this machine, for as long as a `with` lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LONGEST_START = 10.0
"""Seconds."""


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve it and give its URL. The server adds no Date of its own: a simulator tells its own time.

    Raises RuntimeError if it does not come up.
    """
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", lifespan="off", access_log=False, date_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{_port(server, thread)}"
    finally:
        server.should_exit = True
        thread.join(LONGEST_START)


def _port(server: uvicorn.Server, thread: threading.Thread) -> int:
    until = time.monotonic() + LONGEST_START
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise RuntimeError("the simulator did not come up")
        time.sleep(0.005)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
