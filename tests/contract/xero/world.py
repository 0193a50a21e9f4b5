"""A Xero of one's own: the simulator behind real HTTP, the adapter on top of it, and other users beside it."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import uvicorn

from tieout.adapter import (
    Batch,
    Connection,
    ObjectType,
    Observation,
    Operation,
    Outcome,
    Page,
    Query,
    Simulator,
    Tools,
    Verb,
)
from tieout.http.client import Client
from tieout.http.clock import SystemClock
from tieout.http.memory import MemoryTokens, MemoryWindows
from tieout.http.ports import Ports
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret
from tieout_xero.adapter import XeroAdapter

LINE = {"Description": "Work", "Quantity": 2, "UnitAmount": 10, "AccountCode": "200"}


class Notes:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Mapping[str, object]]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))

    debug = info

    def warning(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))


@contextmanager
def listening(simulator: Simulator) -> Iterator[str]:
    """Serve a fresh world on a free port of this machine."""
    app = simulator.app(lambda: datetime.now(UTC))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@dataclass
class World:
    """One running simulator. `control` is what Xero's people do; `open` is the adapter."""

    simulator: Simulator
    url: str
    notes: Notes = field(default_factory=Notes)
    clients: list[Client] = field(default_factory=list)
    ahead: timedelta = timedelta()

    def control(self, order: str, **given: object) -> Any:
        body = json.dumps(given, default=_plain).encode()
        request = urllib.request.Request(f"{self.url}/__sim__/{order}", body, method="POST")  # noqa: S310  loopback
        with urllib.request.urlopen(request) as answer:  # noqa: S310  loopback
            return json.load(answer)

    def advance(self, seconds: int) -> None:
        """Let time pass for Xero and for us."""
        self.control("clock", advance=seconds)
        self.ahead += timedelta(seconds=seconds)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def counters(self) -> Any:
        with urllib.request.urlopen(f"{self.url}/__sim__/counters") as answer:  # noqa: S310  loopback
            return json.load(answer)

    def raw(self, path: str) -> Any:
        """Read as another program would, past the adapter."""
        access = self.simulator.access(self.url)
        headers = {"Authorization": f"Bearer {access['access_token']}", "Accept": "application/json"}
        headers["xero-tenant-id"] = access["tenant_id"]
        request = urllib.request.Request(f"{self.url}/api.xro/2.0{path}", headers=headers)  # noqa: S310  loopback
        with urllib.request.urlopen(request) as answer:  # noqa: S310  loopback
            return json.load(answer, parse_float=Decimal)

    def open(self, organisation: str | None = None, **options: object) -> Connection:
        """Open a connection; its options are the simulator's own unless given."""
        entry = self.simulator.connection(self.url)
        stated = entry["options"]
        assert isinstance(stated, Mapping)
        chosen: dict[str, Any] = {**stated, **options}
        access = self.simulator.access(self.url)
        service = XeroAdapter().service(chosen, organisation or access["tenant_id"])
        tokens = MemoryTokens()
        if chosen["grant"] == "pkce":
            tokens.replace("books", 0, StoredToken(Secret(access["access_token"])))
        credentials = {name: Secret(access[name]) for name in ("client_id", "client_secret")}
        ports = Ports(tokens, MemoryWindows(), SystemClock(), self.notes)
        client = Client("books", service, credentials, ports)
        self.clients.append(client)
        return XeroAdapter().open(chosen, Tools(client, self.now, self.notes))

    def close(self) -> None:
        for client in self.clients:
            client.close()


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


# --- The adapter, as the engine uses it --------------------------------------------------------------------------


def everything(connection: Connection, name: str, since: Mapping[str, str] | None = None) -> list[Page]:
    type = connection.describe(name)
    return list(connection.changes(Query(type, frozenset(type.fields), since)))


def observed(pages: Sequence[Page]) -> dict[str, Observation]:
    """Give what is known by id; the later sighting stands."""
    return {one.id: one for page in pages for one in page.observations}


def fetched(connection: Connection, name: str, *ids: str) -> list[Observation]:
    type = connection.describe(name)
    return list(connection.fetch(Query(type, frozenset(type.fields)), ids))


def batch(
    type: ObjectType, verb: Verb, *operations: Operation, key: str = "batch-1", at: datetime | None = None
) -> Batch:
    return Batch(type, verb, operations, frozenset(type.fields), key, at or datetime.now(UTC))


def write(
    connection: Connection, name: str, verb: Verb, *operations: Operation, key: str = "batch-1"
) -> Sequence[Outcome]:
    return connection.write(batch(connection.describe(name), verb, *operations, key=key))


def contact(world: World, name: str, **more: object) -> str:
    return str(world.control("edit", object="Contact", fields={"Name": name, **more})["ContactID"])


def invoice(world: World, contact_id: str, **more: object) -> str:
    fields = {"Type": "ACCREC", "Contact": {"ContactID": contact_id}, "LineItems": [LINE], **more}
    return str(world.control("edit", object="Invoice", fields=fields)["InvoiceID"])
