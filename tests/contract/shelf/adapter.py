"""An adapter for Shelf, a small bookshop's system: the example of docs/adapters.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from tieout.adapter import (
    Adapter,
    Applied,
    Archived,
    Batch,
    Cause,
    ClientCredentials,
    Connection,
    Deletions,
    Field,
    Found,
    Gone,
    Kind,
    Limits,
    Merged,
    NotApplied,
    ObjectType,
    Observation,
    Operation,
    Organisation,
    Outcome,
    Page,
    Present,
    Query,
    Record,
    Refused,
    Service,
    Tools,
    Twins,
    Unknown,
    Verb,
)
from tieout.errors import UnknownObject
from tieout.toolkit import batched, instant, nearest

PAGE, BATCH = 10, 20
OVERLAP = timedelta(minutes=1)
"""Shelf's own manual: a change is listed within a minute."""

FIELDS = (
    Field("title", Kind.TEXT, "Title", length=40, required=True, trims=True),
    Field("author", Kind.TEXT, "Author", length=80),
    Field("price", Kind.MONEY, "Price", scale=4, currency="GBP"),
    Field("note", Kind.TEXT, "Note"),
    Field("key", Kind.TEXT, "Key of an integration", length=50, unique=True, creatable=False, updatable=False),
)
BOOK = ObjectType(
    "Book",
    {field.path: field for field in FIELDS},
    verbs={Verb.CREATE: BATCH, Verb.UPDATE: BATCH, Verb.ARCHIVE: BATCH},
    deletions=Deletions.REPORTED,
    twins=Twins.REFUSED,
    marker="key",
    conditional=True,
    sees_own=True,
    fetch=BATCH,
)
CAUSES = {"key-taken": Cause.EXISTS, "moved": Cause.MOVED, "not-found": Cause.MOVED, "on-loan": Cause.LOCKED}
CALLS = {Verb.CREATE: ("POST", "/books"), Verb.UPDATE: ("PATCH", "/books"), Verb.ARCHIVE: ("POST", "/books/archive")}


class ShelfAdapter(Adapter):
    """Shelf over its API, authorised by client id and secret."""

    name = "shelf"
    version = "1"
    options: ClassVar[Mapping[str, object]] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["url"],
        "properties": {"url": {"type": "string", "description": "Where the shop's Shelf is, https://…"}},
    }
    credentials: ClassVar[Mapping[str, str]] = {"client_id": "id of the app", "client_secret": "its secret"}

    def service(self, options: Record, organisation: str | None) -> Service:
        url = str(options["url"])
        return Service(url, ClientCredentials(f"{url}/token"), Limits({60: 600}))

    def open(self, options: Record, tools: Tools) -> Connection:
        return ShelfConnection(str(options["url"]), tools)


class ShelfConnection(Connection):
    """One shop."""

    def __init__(self, url: str, tools: Tools) -> None:
        self._url, self._http, self._tools = url, tools.http, tools

    def organisation(self) -> Organisation:
        shop = self._read("GET", "/me")
        return Organisation(shop["id"], shop["name"], "GBP", live=False)

    def objects(self) -> Sequence[str]:
        return ["Book"]

    def describe(self, name: str) -> ObjectType:
        if name != "Book":
            raise UnknownObject(name, nearest(name, ["Book"]))
        return BOOK

    def changes(self, query: Query) -> Iterator[Page]:
        place = {"from": query.since["from"]} if query.since else {}
        began = None
        while True:
            told = self._read("GET", "/books", params={"size": str(PAGE), **place})
            books, more = told["books"], told["more"]
            began = began or instant(told["now"])
            safe = min(began, instant(books[-1]["changed"])) if more else began
            cursor = {"from": (safe - OVERLAP).isoformat()}
            yield Page([self.observed(book) for book in books], cursor, complete=not more and query.since is None)
            if not more:
                return
            place = {"from": books[-1]["changed"], "after": books[-1]["id"]}

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        for some in batched(ids, BATCH):
            books = self._read("POST", "/books/by-id", {"ids": list(some)}, read=True)["books"]
            found = {book["id"]: self.observed(book) for book in books}
            yield from (found.get(id) or Unknown(id, "Shelf does not know it") for id in some)

    def write(self, batch: Batch) -> Sequence[Outcome]:
        method, path = CALLS[batch.verb]
        books = [self.sent(operation) for operation in batch.operations]
        results = self._read(method, path, {"books": books})["results"]
        return [self.outcome(result) for result in results]

    def find_created(self, batch: Batch) -> Sequence[Found]:
        keys = [operation.key for operation in batch.operations]
        books = self._read("POST", "/books/by-key", {"keys": keys}, read=True)["books"]
        found = {book["key"]: Applied(book["id"]) for book in books}
        return [found.get(key) or NotApplied() for key in keys]

    def url(self, name: str, id: str) -> str:
        return f"{self._url}/shop#{id}"

    # --- from and to Shelf's own form ---

    def observed(self, book: Mapping[str, Any]) -> Observation:
        at = instant(book["changed"])
        if book["state"] == "deleted":
            return Merged(book["id"], book["into"]) if book["into"] else Gone(book["id"], at)
        kind = Archived if book["state"] == "archived" else Present
        return kind(book["id"], self.record(book), at, version=str(book["version"]), key=book["key"])

    def record(self, book: Mapping[str, Any]) -> Record:
        price = book["price"]
        return {**{field.path: book[field.path] for field in FIELDS}, "price": Decimal(price) if price else None}

    def sent(self, operation: Operation) -> dict[str, Any]:
        values: dict[str, Any] = dict(operation.values)
        if values.get("price") is not None:
            values["price"] = str(values["price"])
        if operation.id is None:
            return {**values, "key": operation.key}
        return {**values, "id": operation.id, "if_version": operation.version}

    def outcome(self, result: Mapping[str, Any]) -> Outcome:
        if result["ok"]:
            now = self.observed(result["book"])
            return Applied(now.id, now if isinstance(now, Present) else None)
        return Refused(CAUSES.get(result["code"], Cause.DATA), result["code"], result["message"])

    def _read(self, method: str, path: str, json: Any = None, **more: Any) -> Any:
        return self._http(method, path, json=json, **more).json()
