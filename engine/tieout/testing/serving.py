"""Serving an ASGI application by real HTTP on a free port of this machine, for as long as a `with` lasts."""

from __future__ import annotations

import asyncio
import socket
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
TICK = 0.01
"""Seconds."""
IDLE = 60
"""Seconds until an idle connection is closed: a client gives it up before that, and never writes into the closing."""


class _Prompt(uvicorn.Server):
    """A server that ends at once: uvicorn's own takes a fifth of a second, which checks by the hundred feel."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:  # noqa: ASYNC110  # another thread sets it
            await asyncio.sleep(TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  # as declared
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve it and give its URL. The server adds no Date of its own: a simulator tells its own time.

    Raises RuntimeError if it does not come up.
    """
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        log_level="error",
        lifespan="off",
        access_log=False,
        date_header=False,
        timeout_keep_alive=IDLE,
    )
    server = _Prompt(config)
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
