"""Values between SpotlerCRM's JSON and the engine's terms (facts 1.1, types).

Ids are numbers of 64 bits there and texts here; flags are 0 or 1, as a number, as a text or null; stamps have no zone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from tieout.adapter import Kind, Present, Unknown, Value
from tieout.errors import BadAnswer
from tieout_spotlercrm.objects import ACCOUNT, LINES, STAMP, VALUE
from tieout_spotlercrm.shape import Row, id_of, whole

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tieout.adapter import Field, Observation, Record
    from tieout_spotlercrm.describe import Described

DAY = len("2026-01-31")


class Unreadable(ValueError):
    """A value is not what its field's kind promises; names the field, never the value."""


class Unwritable(Exception):
    """A value that cannot be put into a request; carries the path and a stable code."""

    def __init__(self, path: str, code: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.code = code


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rows of one object. `paths`: what is asked for; `zone`: of stamps without one."""

    of: Described
    paths: frozenset[str]
    zone: ZoneInfo

    @property
    def list(self) -> str | None:
        """Give the list that is needed for what is asked, if one is."""
        heads = {path.partition(".")[0] for path in self.paths} | ({LINES} if self._sums else set())
        return next((name for name in self.of.type.children if name in heads), None)

    @property
    def of_account(self) -> frozenset[str]:
        """Give what is asked for of the account that a record belongs to."""
        below = {path for path in self.of.type.fields if path.startswith(f"{ACCOUNT}.")}
        return frozenset(below if ACCOUNT in self.paths else below & self.paths)

    @property
    def _sums(self) -> bool:
        return self.of.valued and VALUE in self.paths

    def __call__(self, row: Row) -> Observation:
        """Say what a row says; what cannot be read is Unknown, and stops no other record."""
        id = id_of(row) or ""
        try:
            record = {path: self._value(row, path) for path in sorted(self.paths) if "." not in path}
            for name in {path.partition(".")[0] for path in self.paths if "." in path} & self.of.type.children.keys():
                record[name] = self._items(row, name)
            if self.of_account:
                record[ACCOUNT] = self._account(row)
            modified, by, key = self.stamp(row), row.get("modifiedby"), row.get(self.of.type.marker or "")
        except Unreadable as problem:
            return Unknown(id, str(problem))
        return Present(id, record, modified, by=None if by is None else str(by), key=str(key) if key else None)

    def stamp(self, row: Row) -> datetime | None:
        """Give when a row was modified last. Raises Unreadable."""
        return _instant(STAMP, row.get(STAMP), self.zone)

    def answered(self, row: Row) -> Observation:
        """Say what the answer to a write says: only what it names, and none of what comes with lists alone."""
        below = {*self.of.type.children, *((VALUE,) if self.of.valued else ())}
        fields = self.of.type.fields
        named = {
            path
            for path in self.paths & fields.keys()
            if path.partition(".")[0] not in below and (fields[path].virtual or self.of.wire.get(path, path) in row)
        }
        return Reader(self.of, frozenset(named), self.zone)(row)

    def _value(self, row: Row, path: str) -> Value:
        if path in self.of.type.children:
            return self._items(row, path)
        if path == VALUE and self.of.valued and (lines := inline(row, LINES)):
            return sum((_worth(line) for line in lines), Decimal(0))
        field = self.of.type.fields.get(path)
        return None if field is None else value(field, row.get(self.of.wire.get(path, path)), self.zone)

    def _account(self, row: Row) -> Value:
        """Give what is asked for of its account, None if it belongs to none. Raises Unreadable for one not shown."""
        if ACCOUNT not in row:
            raise Unreadable("its account is not shown to the token's user")
        account, fields = row[ACCOUNT], self.of.type.fields
        if account is None:
            return None
        named = {path.partition(".")[2]: fields[path] for path in sorted(self.of_account)}
        return {name: value(field, account.get(name), self.zone) for name, field in named.items()}

    def _items(self, row: Row, name: str) -> Sequence[Value]:
        """Give the items of a list, each with its id."""
        fields = self.of.type.fields
        below = sorted({"id", *(path.partition(".")[2] for path in self.paths if path.startswith(f"{name}."))})
        return [
            {one: value(fields[f"{name}.{one}"], item.get(one), self.zone) for one in below}
            for item in inline(row, name)
        ]


def inline(row: Row, name: str) -> Sequence[Row]:
    """Give the items that come with a record, alone or in envelopes (A16). Raises BadAnswer without any list."""
    found = [] if name in row and row[name] is None else row.get(name)
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise BadAnswer(
            f"SpotlerCRM was asked for records with their {name}, and its answer holds none",
            mend="where they stand is an assumption (A16 in docs/spotlercrm.md): report what it looks like",
        )
    rows = [one["record"] if isinstance(one.get("record"), Mapping) else one for one in found]
    if not all(id_of(one) for one in rows):
        raise Unreadable(f"{name} holds an item without an id")
    return rows


def _worth(line: Row) -> Decimal:
    amounts = [_number(f"{LINES}.{name}", line.get(name)) for name in ("quantity", "unitprice")]
    return (amounts[0] or Decimal(0)) * (amounts[1] or Decimal(0))


# --- Reading ----------------------------------------------------------------------------------------------------


def value(field: Field, raw: Any, zone: ZoneInfo) -> Value:
    """Turn a JSON value into the engine's; raise Unreadable if it is not what the field's kind promises."""
    if field.virtual:
        return field.choices[0] if field.choices else None
    if raw is None or raw == "":
        return None
    match field.kind:
        case Kind.NUMBER | Kind.MONEY:
            return _number(field.path, raw)
        case Kind.BOOLEAN:
            return _flag(field.path, raw)
        case Kind.DATE:
            return _day(field.path, raw)
        case Kind.INSTANT:
            return _instant(field.path, raw, zone)
        case Kind.REFERENCE:
            return _id(field.path, raw)
    return _text(field.path, raw)


def _text(path: str, raw: Any) -> str:
    if isinstance(raw, Decimal):
        return format(raw, "f")
    if not isinstance(raw, str):
        raise Unreadable(f"{path} holds something that is no text")
    return raw


def _number(path: str, raw: Any) -> Decimal | None:
    if raw is None or raw == "":
        return None
    try:
        found = Decimal(raw) if isinstance(raw, str | Decimal) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        raise Unreadable(f"{path} holds something that is no number")
    return found


def _flag(path: str, raw: Any) -> bool:
    text = format(raw, "f") if isinstance(raw, Decimal) and raw.is_finite() else raw
    if text not in {"0", "1"}:
        raise Unreadable(f"{path} holds something that is neither 0 nor 1")
    return text == "1"


def _id(path: str, raw: Any) -> str | None:
    if raw in (Decimal(0), "0"):
        return None  # an id of 0 is nobody's
    found = whole(raw)
    if found is None:
        raise Unreadable(f"{path} holds something that is no id")
    return found


def _day(path: str, raw: Any) -> date:
    try:
        return date.fromisoformat(str(raw)[:DAY])
    except ValueError:
        raise Unreadable(f"{path} holds something that is no date") from None


def _instant(path: str, raw: Any, zone: ZoneInfo) -> datetime | None:
    if raw is None or raw == "":
        return None
    try:
        found = datetime.fromisoformat(str(raw))
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable(f"{path} holds something that is no time") from None


# --- Writing ----------------------------------------------------------------------------------------------------


def encode(of: Described, values: Record, zone: ZoneInfo) -> dict[str, Value]:
    """Put values into SpotlerCRM's form, None as null (A10). Raises Unwritable."""
    fields = of.type.fields
    body: dict[str, Value] = {}
    for path, found in values.items():
        field = fields.get(path)
        if field is None or not (field.creatable or field.updatable):
            raise Unwritable(path, "unknown-field", f"{path} is no field of {of.type.name} that can be written")
        body[of.wire.get(path, path)] = None if found is None else _written(field, found, zone)
    return body


def _written(field: Field, found: Value, zone: ZoneInfo) -> Value:
    match field.kind:
        case Kind.BOOLEAN:
            return Decimal(1 if found else 0)
        case Kind.REFERENCE:
            id = whole(found)
            if id is None:
                raise Unwritable(field.path, "no-id", f"{field.path} takes the id of a record, which is a number")
            return Decimal(id)
        case Kind.INSTANT if isinstance(found, datetime):
            return found.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        case Kind.DATE if isinstance(found, date):
            return found.isoformat()
    return found
