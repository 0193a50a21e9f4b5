"""The simulators of the installed adapters, served on this machine alone until somebody stops them."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uvicorn

from tieout.errors import TieoutError, UsageError
from tieout.testing.serving import IDLE

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tieout.adapter import Simulator

    Access = Mapping[str, Mapping[str, str]]

HOST = "127.0.0.1"
PORTS = 65_536


class _Server(uvicorn.Server):
    """A server that says when it listens, and leaves signals to whoever runs several."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@dataclass(frozen=True, slots=True)
class _Stand:
    name: str
    server: _Server
    socket: socket.socket
    access: Mapping[str, str]


def serve(simulators: Mapping[str, Simulator], port: int, ready: Callable[[Access], None]) -> None:
    """Serve fresh worlds until SIGINT or SIGTERM; `ready` is told how to reach them once all of them listen.

    `port`: that of the first, the others follow; 0: free ones. Raises UsageError for a port that is taken.
    """
    asyncio.run(_serve(simulators, port, ready))


async def _serve(simulators: Mapping[str, Simulator], port: int, ready: Callable[[Access], None]) -> None:
    stands = [
        _stand(name, simulator, port + place if port else 0)
        for place, (name, simulator) in enumerate(simulators.items())
    ]
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for stand in stands:
            stand.server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: there ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, stop)
    tasks = [asyncio.create_task(stand.server.serve([stand.socket])) for stand in stands]
    await _listening(stands, tasks)
    ready({stand.name: stand.access for stand in stands})
    await asyncio.gather(*tasks)


async def _listening(stands: Sequence[_Stand], tasks: Sequence[asyncio.Task[None]]) -> None:
    waiting = [asyncio.create_task(_listens(stand)) for stand in stands]
    for one in waiting:
        await asyncio.wait([one, *tasks], return_when=asyncio.FIRST_COMPLETED)
        if not one.done():
            raise TieoutError("a simulator stopped before it listened")


async def _listens(stand: _Stand) -> None:
    await stand.server.listens.wait()


def _stand(name: str, simulator: Simulator, port: int) -> _Stand:
    if port >= PORTS:
        raise UsageError(f"there is no port {port} for {name}", mend="name a smaller --port")
    config = uvicorn.Config(
        simulator.app(_now),
        host=HOST,
        port=port,
        log_level="error",
        timeout_keep_alive=IDLE,
        access_log=False,
        loop="asyncio",
        http="h11",
        ws="none",
        date_header=False,  # a simulator sends its own, by the clock that its controls set forward
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    listener = _bound(name, port)
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    return _Stand(name, _Server(config), listener, simulator.access(url))


def _bound(name: str, port: int) -> socket.socket:
    import socket  # noqa: PLC0415  # uvicorn has it already; the type alone is needed above

    # With the protocol named, asyncio sends small answers at once instead of waiting for 40 ms (Nagle).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"port {port} can't be used for {name}: {error.strerror}", mend="name another --port, or none"
        ) from error
    listener.setblocking(False)  # noqa: FBT003  # the standard library takes it so
    return listener


def _now() -> datetime:
    return datetime.now(UTC)
