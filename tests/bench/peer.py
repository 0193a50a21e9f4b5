"""The adapter of the bench's peer: the shortest that does everything the engine asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from bench.server import row
from tieout.adapter import (
    Adapter,
    Applied,
    Batch,
    Bearer,
    Connection,
    Deletions,
    Field,
    Kind,
    Limits,
    ObjectType,
    Observation,
    Organisation,
    Outcome,
    Page,
    Present,
    Query,
    Record,
    Service,
    Tools,
    Twins,
    Unknown,
    Verb,
)
from tieout.toolkit import batched, instant

TYPES = {str: Kind.TEXT, float: Kind.NUMBER, bool: Kind.BOOLEAN}


def described(name: str) -> ObjectType:
    """Describe either object."""
    fields = {field: Field(field, TYPES.get(type(value), Kind.TEXT)) for field, value in row("R", 0).items()}
    return ObjectType(
        name, fields, verbs={Verb.CREATE: 200, Verb.UPDATE: 200}, deletions=Deletions.REPORTED, twins=Twins.REFUSED,
        marker="Key", fetch=200, sees_own=True,
    )  # fmt: skip


class BenchConnection(Connection):
    """One side of the bench."""

    def __init__(self, tools: Tools, side: str) -> None:
        """`side`: left or right."""
        self.http = tools.http
        self.side = side

    def organisation(self) -> Organisation:
        """Both sides are organisations of their own."""
        return Organisation(self.side, self.side)

    def objects(self) -> Sequence[str]:
        """One object a side."""
        return [self.side]

    def describe(self, name: str) -> ObjectType:
        """Describe it."""
        return described(name)

    def changes(self, query: Query) -> Iterator[Page]:
        """Read pages of a thousand."""
        since, page, more = (query.since or {}).get("since", ""), 0, True
        while more:
            params = {"page": str(page)} | ({"since": since} if since else {})
            answer = self._get(f"/{query.type.name}", params)
            more = bool(answer["more"])
            cursor = {"since": str(answer["stamp"])} if not more else None
            yield Page([_present(one) for one in answer["rows"]], cursor, complete=not more and not since)
            page += 1

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        """Read by id."""
        for some in batched(ids, query.type.fetch):
            rows = {one["Id"]: one for one in self._get(f"/{query.type.name}", {"ids": ",".join(some)})["rows"]}
            yield from (_present(rows[id_]) if id_ in rows else Unknown(id_, "not found") for id_ in some)

    def write(self, batch: Batch) -> Sequence[Outcome]:
        """Create or update two hundred at a time."""
        rows = [{**({"Id": one.id} if one.id else {"Key": one.key}), **one.values} for one in batch.operations]
        answer = self.http("POST", f"/{batch.type.name}", json={"rows": rows}).json()
        return [Applied(one["Id"], _present(one)) for one in cast("Mapping[str, Any]", answer)["rows"]]

    def _get(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", self.http("GET", path, params=params).json())


def _present(one: Mapping[str, Any]) -> Present:
    return Present(one["Id"], one, instant(one["Stamp"]), key=one["Key"])


class BenchAdapter(Adapter):
    """The adapter `bench`."""

    name = "bench"

    def __init__(self, url: str, side: str) -> None:
        """`url`: where the server listens."""
        self.url, self.side = url, side

    def service(self, options: Record, organisation: str | None) -> Service:
        """No limits: only the engine's own cost is measured."""
        return Service(self.url, Bearer(), Limits(windows={}, concurrent=1))

    def open(self, options: Record, tools: Tools) -> Connection:
        """Open one side."""
        return BenchConnection(tools, self.side)
