"""Salesforce's JSON rows as records and observations, and records as what Salesforce takes.

Facts: sections 2.5 (relationships nest an object, child lists an envelope) and 2.11 (dates, numbers, ids).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from tieout.adapter import Field, Gone, Kind, Merged, ObjectType, Observation, Present, Record, Unknown, Value
from tieout.toolkit import instant

if TYPE_CHECKING:
    from tieout_salesforce.soql import Selection

Row = Mapping[str, Any]


class Unreadable(ValueError):
    """A value is not what its field's type promises; names the field, never the value."""


def observe(row: Row, chosen: Selection) -> Observation:
    """Say what a row of `queryAll` shows: a live record, a deleted one, or the loser of a merge (section 2.12)."""
    id = str(row["Id"])
    if row.get("IsDeleted"):
        winner = row.get("MasterRecordId")
        return Merged(id, str(winner)) if winner else Gone(id, _stamp(row))
    try:
        record = decode(row, chosen)
    except Unreadable as problem:
        return Unknown(id, str(problem))
    key = row.get(chosen.marker) if chosen.marker else None
    return Present(id, record, modified=_stamp(row), by=_author(row), key=str(key) if key else None)


def _stamp(row: Row) -> datetime | None:
    """Give the stamp that reads go by; one that cannot be read is none, for a walk by stamps has stopped at it."""
    try:
        return instant(row["SystemModstamp"])
    except (KeyError, ValueError, TypeError):
        return None


def _author(row: Row) -> str | None:
    """Name who made the newest change, if the row says.

    LastModifiedById is the last *user*; where SystemModstamp is later, an automation came after him (section 2.11) and
    naming him would explain values that are not his.
    """
    same = row.get("LastModifiedDate") == row.get("SystemModstamp")
    return str(row["LastModifiedById"]) if same and row.get("LastModifiedById") else None


def decode(row: Row, chosen: Selection) -> Record:
    """Make a record that holds every path asked for, None where Salesforce has nothing. Raises Unreadable."""
    fields = chosen.type.fields
    record: dict[str, Value] = {}
    for path in chosen.asked:
        _put(record, path.split("."), value(fields[path], _dig(row, path)))
    for name, tails in chosen.lists.items():
        record[name] = [_item(item, name, tails, fields) for item in items(row, name)]
    return record


def _item(row: Row, name: str, tails: Sequence[str], fields: Mapping[str, Field]) -> Record:
    item: dict[str, Value] = {"Id": str(row["Id"])}
    for tail in tails:
        _put(item, tail.split("."), value(fields[f"{name}.{tail}"], _dig(row, tail)))
    return item


def items(row: Row, name: str) -> Sequence[Row]:
    """Unwrap a child list: an envelope with `records`, or null if there are none (section 2.5)."""
    envelope = row.get(name)
    return list(envelope["records"]) if envelope else []


def _dig(row: Row, path: str) -> Any:
    found: Any = row
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _put(record: dict[str, Value], names: Sequence[str], found: Value) -> None:
    *outer, last = names
    here: Any = record
    for name in outer:
        here = here.setdefault(name, {})
    here[last] = found


def value(field: Field, raw: Any) -> Value:
    """Turn a JSON value into the engine's; raise Unreadable if it is not what the field's kind promises.

    A virtual field is answered from what the describe fixed: its single choice.
    """
    if field.virtual:
        return field.choices[0] if field.choices else None
    if raw is None:
        return None
    try:
        return _of_kind(field.kind, raw)
    except (ValueError, InvalidOperation, TypeError) as problem:
        raise Unreadable(f"{field.path} holds something that is no {field.kind}") from problem


def _of_kind(kind: Kind, raw: Any) -> Value:
    match kind:
        case Kind.NUMBER | Kind.MONEY:
            return _number(raw)
        case Kind.BOOLEAN:
            return _boolean(raw)
        case Kind.DATE:
            return date.fromisoformat(raw)
        case Kind.INSTANT:
            return instant(raw)
        case Kind.CHOICES:
            return [choice for choice in str(raw).split(";") if choice]
    return str(raw)


def _number(raw: Any) -> Decimal:
    """Read a number; a float never reaches here, and NaN of a formula is unreadable (section 2.11)."""
    if isinstance(raw, bool | float):
        raise TypeError
    number = Decimal(raw)
    if not number.is_finite():
        raise ValueError
    return number


def _boolean(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise TypeError
    return raw


def encode(values: Record, type: ObjectType) -> dict[str, Value]:
    """Make what Salesforce takes: its own fields by name, several choices joined by `;`, None to clear.

    Numbers, dates and instants are written by the client's codec. A virtual field is not known to Salesforce.
    """
    fields = type.fields
    known = {name: value for name, value in values.items() if not (name in fields and fields[name].virtual)}
    return {name: _joined(fields.get(name), found) for name, found in known.items()}


def _joined(field: Field | None, found: Value) -> Value:
    several = field is not None and field.kind is Kind.CHOICES and isinstance(found, Sequence)
    return ";".join(str(one) for one in found) if several and not isinstance(found, str) else found  # type: ignore[union-attr]  # narrowed by `several`
