"""What systems describe, asked of their simulators inside this process: no socket, no thread, no credentials.

Mapping tests and checks without a connection use it: the fields are those of a prepared organisation, ours included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import httpx

from tieout.adapter import Adapter, Connection, Simulator, Tools
from tieout.errors import UsageError
from tieout.http.client import Client
from tieout.http.clock import SystemClock
from tieout.http.memory import MemoryTokens, MemoryWindows
from tieout.http.ports import Ports
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope

    from tieout.mapping.catalogue import Describe
    from tieout.model import ObjectType, Record

URL = "http://127.0.0.1:80"
"""Where a simulator seems to listen; nothing is opened."""


class InProcess(httpx.BaseTransport):
    """Hands requests to an ASGI application in this process."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, whole."""
        return asyncio.run(_answer(self._app, request))


async def _answer(app: ASGIApp, request: httpx.Request) -> httpx.Response:
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    body, said, pieces = request.read(), dict[str, Any](), list[bytes]()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            said.update(message)
        else:
            pieces.append(message.get("body", b""))

    await app(scope, receive, send)
    return httpx.Response(said["status"], headers=said["headers"], content=b"".join(pieces), request=request)


class Quiet:
    """A log that nobody reads."""

    def info(self, event: str, **facts: object) -> None:
        """Drop it."""

    debug = info

    def warning(self, event: str, **facts: object) -> None:
        """Drop it."""


@contextmanager
def opened(adapter: Adapter, simulator: Simulator, more: Record | None = None) -> Iterator[Connection]:
    """Open a connection to a fresh world of a simulator, with `more` options than those that reach it."""
    clock, tokens = SystemClock(), MemoryTokens()
    access = simulator.access(URL)
    entry = simulator.connection(URL)
    options = {**cast("Record", entry["options"]), **(more or {})}
    organisation = entry.get("organisation")
    tokens.replace(adapter.name, 0, StoredToken(Secret(access["access_token"])))
    # A fixed token is named `token` as a credential, and `access_token` where a simulator tells how to get in.
    known = {**access, "token": access["access_token"]}
    credentials = {name: Secret(known[name]) for name in adapter.credentials if name in known}
    service = adapter.service(options, str(organisation) if organisation else None)
    transport = InProcess(simulator.app(lambda: datetime.now(UTC)))
    client = Client(
        adapter.name, service, credentials, Ports(tokens, MemoryWindows(), clock, Quiet(), transport=transport)
    )
    try:
        yield adapter.open(options, Tools(client, clock.now, Quiet(), client.token_ends, client.scopes))
    finally:
        client.close()


@dataclass(slots=True)
class Simulated:
    """Describes objects as the simulators know them; a connection's own options count for nothing."""

    adapters: Mapping[str, Adapter]
    """Connection -> its adapter."""
    stack: ExitStack
    simulators: Mapping[str, Simulator] = field(default_factory=dict)
    """Adapter -> a simulator other than its default one."""
    options: Mapping[str, Record] = field(default_factory=dict)
    """Adapter -> options beside those that reach the simulator."""
    _open: dict[str, Connection] = field(default_factory=dict)

    def __call__(self, connection: str, name: str) -> ObjectType | None:
        """Describe; None for an unknown connection. Raises UnknownObject, and UsageError if there is no simulator."""
        adapter = self.adapters.get(connection)
        if adapter is None:
            return None
        if adapter.name not in self._open:
            simulator = self.simulators.get(adapter.name) or adapter.simulator()
            if simulator is None:
                mend = "describe its objects from a connection: tieout describe"
                raise UsageError(f"the adapter {adapter.name} ships no simulator", mend=mend)
            self._open[adapter.name] = self.stack.enter_context(
                opened(adapter, simulator, self.options.get(adapter.name))
            )
        return self._open[adapter.name].describe(name)


@contextmanager
def simulated(
    adapters: Mapping[str, Adapter],
    simulators: Mapping[str, Simulator] | None = None,
    options: Mapping[str, Record] | None = None,
) -> Iterator[Describe]:
    """Give a `Describe` for these connections (name -> adapter), answered by simulators in this process."""
    with ExitStack() as stack:
        yield Simulated(adapters, stack, simulators or {}, options or {})
