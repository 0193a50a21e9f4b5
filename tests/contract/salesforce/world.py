"""A Salesforce of one's own: the simulator behind real HTTP, the adapter on top of it, and other users beside it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import uvicorn

from tieout.adapter import Batch, Connection, Observation, Operation, Outcome, Page, Present, Query, Tools, Verb
from tieout.http.client import Client
from tieout.http.clock import SystemClock
from tieout.http.memory import MemoryTokens, MemoryWindows
from tieout.http.patience import Policy
from tieout.http.ports import Ports
from tieout.secrets import Secret
from tieout_salesforce.adapter import SalesforceAdapter
from tieout_salesforce.simulator import SalesforceSimulator

ROOT = "/services/data/v66.0"


class Notes:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Mapping[str, object]]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))

    debug = info

    def warning(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))


@dataclass
class World:
    """One running simulator. `person` is another user; `control` what Salesforce's own people do."""

    simulator: SalesforceSimulator
    url: str
    person: httpx.Client
    notes: Notes = field(default_factory=Notes)
    clients: list[Client] = field(default_factory=list)

    def control(self, order: str, **given: object) -> Any:
        answer = self.person.post(f"/__sim__/{order}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def counters(self) -> Any:
        return self.person.get("/__sim__/counters").json()

    def make(self, name: str, **values: object) -> str:
        """Create a record as the other user."""
        return str(self.control("edit", object=name, fields=values)["id"])

    def edit(self, name: str, id: str, **values: object) -> None:
        self.control("edit", object=name, id=id, fields=values)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Ask as the other user, past the adapter."""
        answer = self.person.get(f"{ROOT}/query", params={"q": query})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = json.loads(answer.text, parse_float=Decimal)["records"]
        return found

    def pass_time(self, seconds: int) -> None:
        self.control("clock", advance=seconds)

    def product(self, code: str, price: str = "10.00", currency: str = "GBP") -> str:
        """Make a product with a standard price; gives the entry's id."""
        product = self.make("Product2", Name=f"Product {code}", ProductCode=code, IsActive=True, Family="None")
        (book,) = self.rows("SELECT Id FROM Pricebook2 WHERE IsStandard = true")
        money = {"CurrencyIsoCode": currency} if self.simulator.multi_currency else {}
        entry = {"Pricebook2Id": book["Id"], "Product2Id": product, "UnitPrice": float(price), "IsActive": True}
        return self.make("PricebookEntry", **entry, **money)

    def deal(self, name: str, account: str, **more: object) -> str:
        given = {"Name": name, "AccountId": account, "StageName": "Closed Won", "CloseDate": "2026-11-01", **more}
        return self.make("Opportunity", **given)

    def line(self, deal: str, entry: str, quantity: int = 1, price: float = 10.0) -> str:
        return self.make(
            "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=entry, Quantity=quantity, UnitPrice=price
        )

    def open(
        self, *, transport: httpx.BaseTransport | None = None, policy: Policy | None = None, **options: Any
    ) -> Connection:
        """Open a connection as the engine does, by client credentials."""
        adapter, chosen = SalesforceAdapter(), {"url": self.url, **options}
        access = self.simulator.access(self.url)
        credentials = {name: Secret(access[name]) for name in ("client_id", "client_secret")}
        clock = SystemClock()
        patient = policy or Policy(base=0.0)
        ports = Ports(MemoryTokens(), MemoryWindows(), clock, self.notes, transport=transport, policy=patient)
        client = Client("crm", adapter.service(chosen, None), credentials, ports)
        self.clients.append(client)
        return adapter.open(chosen, Tools(client, clock.now, self.notes))

    def close(self) -> None:
        for client in self.clients:
            client.close()


@contextmanager
def running(simulator: SalesforceSimulator) -> Iterator[World]:
    """Serve a fresh org on a free port of this machine."""
    app = simulator.app(lambda: datetime.now(UTC))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", date_header=False, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the simulator did not start"
        time.sleep(0.005)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    person = {"Authorization": f"Bearer {simulator.access(url)['user_token']}"}
    with httpx.Client(base_url=url, headers=person, trust_env=False) as other:
        world = World(simulator, url, other)
        yield world
        world.close()
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive()


# --- The adapter, as the engine uses it ---


def query(crm: Connection, name: str, *paths: str, since: Mapping[str, str] | None = None) -> Query:
    return Query(crm.describe(name), frozenset(paths), since)


def read(crm: Connection, name: str, *paths: str, since: Mapping[str, str] | None = None) -> list[Page]:
    return list(crm.changes(query(crm, name, *paths, since=since)))


def seen(pages: Sequence[Page]) -> dict[str, Observation]:
    """Give what is known by id; the later sighting stands."""
    return {one.id: one for page in pages for one in page.observations}


def fetched(crm: Connection, name: str, id: str, *paths: str) -> Observation:
    (found,) = crm.fetch(query(crm, name, *paths), [id])
    return found


def record(found: Observation | None) -> Mapping[str, Any]:
    assert isinstance(found, Present)
    return found.record


def batch(crm: Connection, name: str, verb: Verb, *operations: Operation, paths: Sequence[str] = ("Name",)) -> Batch:
    return Batch(crm.describe(name), verb, operations, frozenset(paths), "batch-1", datetime.now(UTC))


def write(crm: Connection, name: str, verb: Verb, *operations: Operation) -> Sequence[Outcome]:
    return crm.write(batch(crm, name, verb, *operations))
