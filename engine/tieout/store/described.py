"""What systems said of their objects: the authority on fields when there is no network, and the measure of drift."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, select

from tieout.model import Deletions, Field, Kind, ObjectType, Twins, Verb
from tieout.store import dialect
from tieout.store.database import surroundings
from tieout.store.instants import stamp, unstamp
from tieout.store.tables import described
from tieout.values import digest, dumps, loads_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tieout.model import Value

    _Readers = Mapping[str, Callable[[Any], object]]

_KEYS = ("adapter", "organisation", "object")


def save(tx: Connection, adapter: str, organisation: str, given: ObjectType, page: str | None = None) -> str:
    """Keep a description as of now and give its digest, which is equal exactly where the description is.

    `page`: on which a person sees a record, with `{id}` where its id stands; None: none is known.
    """
    text = dumps(to_json(given))
    row = {
        "adapter": adapter,
        "organisation": organisation,
        "object": given.name,
        "type": text,
        "digest": digest(text),
        "at": stamp(surroundings(tx).now()),
        "page": page,
    }
    dialect.upsert(tx, described, [row], keys=_KEYS, update=("type", "digest", "at", "page"))
    return digest(text)


def load(tx: Connection, adapter: str, organisation: str, name: str) -> tuple[ObjectType, datetime] | None:
    """Give the description kept last and when; None if there is none."""
    row = tx.execute(
        select(described.c.type, described.c.at).where(
            described.c.adapter == adapter, described.c.organisation == organisation, described.c.object == name
        )
    ).first()
    return None if row is None else (from_json(loads_object(row.type)), unstamp(row.at))


def pages(tx: Connection) -> dict[tuple[str, str, str], str]:
    """Give (adapter, organisation, object) -> the page of a record, with `{id}` in it, where one is known."""
    query = select(described.c.adapter, described.c.organisation, described.c.object, described.c.page)
    rows = tx.execute(query.where(described.c.page.is_not(None)))
    return {(row.adapter, row.organisation, row.object): row.page for row in rows}


def names(tx: Connection, adapter: str, organisation: str) -> list[str]:
    """Name the objects of an organisation of which a description is kept."""
    query = select(described.c.object).where(described.c.adapter == adapter, described.c.organisation == organisation)
    return list(tx.execute(query.order_by(described.c.object)).scalars())


def forget(tx: Connection, adapter: str, organisation: str) -> None:
    """Drop what is kept of an organisation's objects."""
    tx.execute(delete(described).where(described.c.adapter == adapter, described.c.organisation == organisation))


def saved_digest(tx: Connection, adapter: str, organisation: str, name: str) -> str | None:
    """Give the digest of the description kept last."""
    found: str | None = tx.execute(
        select(described.c.digest).where(
            described.c.adapter == adapter, described.c.organisation == organisation, described.c.object == name
        )
    ).scalar()
    return found


def to_json(given: ObjectType) -> dict[str, Value]:
    """Write a description as plain JSON: sets sorted, durations in microseconds."""
    return _plain(given) | {"fields": {path: _plain(field) for path, field in given.fields.items()}}


def from_json(given: Mapping[str, Value]) -> ObjectType:
    """Read what `to_json` wrote; what an older version did not write has its default."""
    return ObjectType(**_read(ObjectType, given, _TYPE))


def _plain(given: ObjectType | Field) -> dict[str, Value]:
    return {field.name: _value(getattr(given, field.name)) for field in fields(given) if field.name != "fields"}


def _value(given: Any) -> Value:
    if isinstance(given, timedelta):
        return Decimal(given // timedelta(microseconds=1))
    if isinstance(given, frozenset):
        return sorted(given)
    if isinstance(given, int) and not isinstance(given, bool):
        return Decimal(given)
    if isinstance(given, dict):
        return {str(name): _value(item) for name, item in given.items()}
    value: Value = given
    return value


def _read(
    kind: type[Field | ObjectType], given: Mapping[str, Any], readers: Mapping[str, Callable[[Any], object]]
) -> dict[str, Any]:
    known = {field.name for field in fields(kind)}
    return {
        name: value if value is None or name not in readers else readers[name](value)
        for name, value in given.items()
        if name in known
    }


def _duration(microseconds: Decimal) -> timedelta:
    return timedelta(microseconds=int(microseconds))


_FIELD: _Readers = {
    "kind": Kind,
    "length": int,
    "scale": int,
    "choices": tuple,
    "refers_to": tuple,
    "withheld": lambda given: frozenset(map(Verb, given)),
}
_TYPE: _Readers = {
    "fields": lambda given: {path: Field(**_read(Field, field, _FIELD)) for path, field in given.items()},
    "verbs": lambda given: {Verb(verb): int(most) for verb, most in given.items()},
    "children": dict,
    "whole": frozenset,
    "hidden": dict,
    "deletions": Deletions,
    "twins": Twins,
    "horizon": _duration,
    "replay": _duration,
    "grain": _duration,
    "fetch": int,
    "page": int,
    "withheld": lambda given: frozenset(map(Verb, given)),
}
