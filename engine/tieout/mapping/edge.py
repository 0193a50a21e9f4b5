"""Where the engine meets an adapter: dates and instants as objects outside, as ISO text inside (UTC, Z).

Fractions of a second are kept only where there are any. Numbers are Decimal on both sides of the edge; a float is
refused, for what it has lost cannot be found again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import cast

from tieout.errors import BadAnswer
from tieout.model import Field, Kind, Value
from tieout.toolkit import instant
from tieout.transform import Unconvertible

_ISO_DATE = 10
"""Characters of "2026-01-02"."""


def to_engine(value: object, field: Field | None = None) -> Value:
    """Turn an adapter's value into the engine's; raises BadAnswer for what is no value (floats, naive instants)."""
    kind = type(value)
    if kind is str or value is None or kind is Decimal or kind is bool:
        return cast("Value", value)
    if isinstance(value, Mapping):
        return {name: to_engine(member) for name, member in value.items()}
    if kind is list or kind is tuple:
        return [to_engine(item) for item in cast("Sequence[object]", value)]
    return _other(value, field)


def record_to_engine(record: Mapping[str, object], fields: Mapping[str, Field]) -> dict[str, Value]:
    """Turn a whole record; `fields` by path, for the fields at its top."""
    return {name: to_engine(value, fields.get(name)) for name, value in record.items()}


def _other(value: object, field: Field | None) -> Value:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise BadAnswer(
                f"{_where(field)} is an instant without a time zone", mend="the adapter must give aware UTC"
            )
        if field is not None and field.kind is Kind.DATE:
            return value.date().isoformat()
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):  # a StrEnum
        return str(value)
    if isinstance(value, int):
        return Decimal(value)
    mend = "the adapter must read numbers as Decimal (parse_float=Decimal)" if isinstance(value, float) else ""
    raise BadAnswer(f"{_where(field)} is a {type(value).__name__}, which is no value of the engine", mend=mend)


def _where(field: Field | None) -> str:
    return "a value from the adapter" if field is None else field.path


def to_system(value: Value, path: str, fields: Mapping[str, Field]) -> Value:
    """Turn the engine's value of a field into the adapter's; `fields` by path, items as "List.Item".

    Raises Unconvertible (`not-a-date`) for a text that cannot stand in a date field.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        field = fields.get(path)
        return value if field is None else _from_text(value, field)
    if isinstance(value, Mapping):
        return {name: to_system(member, f"{path}.{name}", fields) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [to_system(item, path, fields) for item in cast("Sequence[Value]", value)]
    return value


def record_to_system(record: Mapping[str, Value], fields: Mapping[str, Field]) -> dict[str, Value]:
    """Turn the values of a write, a nested record."""
    return {name: to_system(value, name, fields) for name, value in record.items()}


def _from_text(value: str, field: Field) -> Value:
    try:
        if field.kind is Kind.DATE:
            return date.fromisoformat(value) if len(value) == _ISO_DATE else instant(value).date()
        if field.kind is Kind.INSTANT:
            return instant(value)
    except ValueError:
        kind = "a date" if field.kind is Kind.DATE else "an instant"
        raise Unconvertible("not-a-date", f"{field.path} takes {kind}, and {value[:40]!r} is none") from None
    return value
