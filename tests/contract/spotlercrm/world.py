"""A SpotlerCRM of one's own: the simulator behind real HTTP, the adapter on top of it, and a person beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tieout.adapter import (
    Batch,
    Connection,
    ObjectType,
    Observation,
    Operation,
    Outcome,
    Page,
    Query,
    Record,
    Tools,
    Verb,
)
from tieout.http.client import Client
from tieout.http.memory import MemoryTokens, MemoryWindows
from tieout.http.ports import Ports
from tieout.secrets import Secret
from tieout_spotlercrm.adapter import SpotlerAdapter
from tieout_spotlercrm.simulator import SpotlerSimulator

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Notes:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Mapping[str, object]]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))

    debug = info

    def warning(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))


class Clock:
    """Stands still until somebody waits or sets it forward."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class World:
    """One running account. `order` is what its people do; `open` is the adapter."""

    simulator: SpotlerSimulator
    url: str
    clock: Clock
    notes: Notes = field(default_factory=Notes)
    clients: list[Client] = field(default_factory=list)

    def order(self, name: str, /, **given: Any) -> Any:
        answer = httpx.post(f"{self.url}/__sim__/{name}", json=given, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def make(self, name: str, /, **fields: Any) -> str:
        return str(self.order("edit", object=name, fields=fields)["id"])

    def edit(self, name: str, id_: str, /, **fields: Any) -> None:
        self.order("edit", object=name, id=id_, fields=fields)

    def delete(self, name: str, id_: str) -> None:
        self.order("delete", object=name, id=id_)

    def calls(self) -> dict[str, int]:
        """Give what was called since this was asked last."""
        found: dict[str, int] = self.order("counters")["calls"]
        self.order("counters/reset")
        return found

    def wait(self, **more: float) -> None:
        self.clock.time += timedelta(**more)

    def open(self, **options: Any) -> Connection:
        """Open a connection; its options are the simulator's own unless given."""
        entry = self.simulator.connection(self.url)
        stated = entry["options"]
        assert isinstance(stated, Mapping)
        chosen: dict[str, Any] = {**stated, **options}
        credentials = {"token": Secret(self.simulator.access(self.url)["access_token"])}
        service = SpotlerAdapter().service(chosen, None)
        client = Client("crm", service, credentials, Ports(MemoryTokens(), MemoryWindows(), self.clock, self.notes))
        self.clients.append(client)
        return SpotlerAdapter().open(
            chosen, Tools(client, self.clock.now, self.notes, client.token_ends, client.scopes)
        )

    def close(self) -> None:
        for client in self.clients:
            client.close()


# --- The adapter, as the engine uses it -------------------------------------------------------------------------------


def everything(connection: Connection, name: str, since: Mapping[str, str] | None = None, *paths: str) -> list[Page]:
    type = connection.describe(name)
    return list(connection.changes(Query(type, frozenset(paths or type.fields), since)))


def observed(pages: Sequence[Page]) -> dict[str, Observation]:
    """Give what is known by id; the later sighting stands."""
    return {one.id: one for page in pages for one in page.observations}


def cursor(pages: Sequence[Page]) -> Mapping[str, str]:
    """Give where the next read begins; it survives JSON."""
    given = pages[-1].cursor
    assert given is not None
    found: Mapping[str, str] = json.loads(json.dumps(given))
    return found


def fetched(connection: Connection, name: str, *ids: str) -> list[Observation]:
    type = connection.describe(name)
    return list(connection.fetch(Query(type, frozenset(type.fields)), ids))


def batch(type: ObjectType, verb: Verb, *operations: Operation) -> Batch:
    return Batch(type, verb, operations, frozenset(type.fields), "batch-1", START)


def write(connection: Connection, name: str, verb: Verb, *operations: Operation) -> Sequence[Outcome]:
    return connection.write(batch(connection.describe(name), verb, *operations))


def create(connection: Connection, name: str, values: Record, key: str = "k1") -> Outcome:
    (outcome,) = write(connection, name, Verb.CREATE, Operation(key, values=values))
    return outcome


def update(connection: Connection, name: str, id: str, values: Record) -> Outcome:
    (outcome,) = write(connection, name, Verb.UPDATE, Operation("k2", id, values))
    return outcome
