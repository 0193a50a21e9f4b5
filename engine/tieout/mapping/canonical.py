"""The form in which two values of one field are compared: what a system cannot tell apart is the same (laws 4 and 5).

Text: '' is null, CRLF is LF, blanks at the ends mean nothing only where the system drops them. Numbers: to the places
that the field keeps, half up. Choices: without order. Instants: whole seconds, UTC. Objects: blank members are dropped.
Canonical JSON text is in `tieout.values`, the way into and out of an adapter in `tieout.sync.wire`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import cast

from tieout.mapping.functions import equal
from tieout.model import Field, Kind, Value
from tieout.money.rounding import to_places
from tieout.toolkit import instant
from tieout.transform import Bound, End, Scope

_ISO_DATE = 10
"""Characters of "2026-01-02"."""


def canonical(value: Value, field: Field | None) -> Value:
    """Give the comparison form of a value in a system's terms; equal forms are equal under == and in `dumps`."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _text(value, field)
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return value if field is None or field.scale is None else to_places(value, field.scale)
    if isinstance(value, Mapping):
        return _group(value, field)
    if isinstance(value, list | tuple):
        return _list(cast("Sequence[Value]", value), field)
    return _scalar(value)


def same(one: Value, other: Value, field: Field | None) -> bool:
    """Say whether two values are the same to the system that keeps this field."""
    if one is other:
        return True
    return equal(canonical(one, field), canonical(other, field))


def _text(value: str, field: Field | None) -> Value:
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if field is None:
        return value
    if field.kind is Kind.INSTANT:
        return _whole_seconds(value)
    if field.kind is Kind.DATE:
        return value[:_ISO_DATE] if value[_ISO_DATE : _ISO_DATE + 1] == "T" else value
    return (value.strip() or None) if field.trims else value


def _whole_seconds(value: str) -> str:
    try:
        return instant(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return value


def _group(value: Mapping[str, Value], field: Field | None) -> Value:
    inner = _member(field)
    members = {name: canonical(member, inner) for name, member in value.items()}
    return {name: member for name, member in members.items() if member is not None} or None


def _list(value: Sequence[Value], field: Field | None) -> Value:
    inner = _member(field)
    items = [canonical(item, inner) for item in value]
    if field is not None and field.kind is Kind.CHOICES:
        return cast("Value", sorted({str(item) for item in items if item is not None})) or None
    return items or None


def _member(field: Field | None) -> Field | None:
    """Give what is known of the members of a group or list: that their texts are trimmed."""
    return Field(field.path, Kind.TEXT, trims=True) if field is not None and field.trims else None


def _scalar(value: Value) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return Decimal(value) if isinstance(value, int) else value


@dataclass(frozen=True, slots=True)
class Identity(Bound):
    """A pair without `as`: the value itself, compared as each side's field keeps it."""

    fields: Mapping[str, Field | None]
    """Side -> field."""

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        """Give the value."""
        return value

    def same(self, one: Value, other: Value, *, on: str) -> bool:
        """Compare in the canonical form of that side's field."""
        return same(one, other, self.fields.get(on))


def identity(source: End, target: End) -> Identity:
    """Bind the conversion of a pair without `as`."""
    return Identity({source.side: source.field, target.side: target.field})
