"""Between the port's values and the engine's: dates become ISO text and back, and a read is cut to what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from tieout.errors import BadAnswer
from tieout.model import Field, Kind, ObjectType, Record, Value

Tree = Mapping[str, "Tree"]
"""Name -> what is asked below it; empty: all of it."""

DEEPEST = 12
"""No system nests its records deeper; an answer that does is no record."""


def tree(paths: frozenset[str]) -> Tree:
    """Make a tree of the paths that are asked for; a whole wins over its parts."""
    root: dict[str, dict] = {}  # type: ignore[type-arg]  # it nests in itself
    for path in sorted(paths):
        here = root
        names = path.split(".")
        for place, name in enumerate(names):
            if name in here and not here[name]:
                break
            here = here.setdefault(name, {})
            if place == len(names) - 1:
                here.clear()
    return root


def asked(record: Record, wanted: Tree, *, complete: bool = True) -> dict[str, Value]:
    """Cut a record to what was asked; `complete`: a name that is missing is null (reads hold every path)."""
    kept: dict[str, Value] = {}
    for name, below in wanted.items():
        if name in record:
            kept[name] = _asked(record[name], below, complete)
        elif complete:
            kept[name] = None
    return kept


def _asked(value: Value, below: Tree, complete: bool) -> Value:  # noqa: FBT001  internal, positional for speed
    if not below or value is None:
        return plain(value)
    if type(value) is dict or isinstance(value, Mapping):  # the exact type first: it is told much faster
        return asked(value, below, complete=complete)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [asked(item, below) if isinstance(item, Mapping) else plain(item) for item in value]
    return plain(value)


def overlaid(kept: Mapping[str, Value], over: Mapping[str, Value]) -> dict[str, Value]:
    """Lay one record over another, name by name, groups too; lists are whole."""
    both: dict[str, Value] = dict(kept)
    for name, value in over.items():
        old = both.get(name)
        both[name] = overlaid(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return both


def plain(value: Value, depth: int = 0) -> Value:
    """Turn dates and instants into ISO text, recursively; raises BadAnswer for what no record may hold."""
    if value is None or type(value) is str or isinstance(value, str | bool):  # exact text is the common case
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise BadAnswer("the system answered with a number that is none")
        return value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return Decimal(value)
    if depth > DEEPEST:
        raise BadAnswer("the system answered with a record that is nested too deeply")
    if type(value) is dict or isinstance(value, Mapping):
        return {str(name): plain(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(item, depth + 1) for item in value]
    raise BadAnswer(f"an adapter gave a value of type {type(value).__name__}, which no record may hold")


def instant_text(value: datetime) -> str:
    """Write an instant as ISO text in UTC, with a fraction only where there is one; refuses one without a zone."""
    if value.tzinfo is None:
        raise BadAnswer("an adapter gave an instant without a zone")
    moment = value.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="auto") + "Z"


def to_system(values: Mapping[str, Value], type_: ObjectType, prefix: str = "") -> dict[str, Value]:
    """Turn ISO text into dates and instants again, by each field's kind."""
    return {name: _to_system(value, type_, prefix + name) for name, value in values.items()}


def _to_system(value: Value, type_: ObjectType, path: str) -> Value:
    if isinstance(value, Mapping):
        return to_system(value, type_, path + ".")
    if isinstance(value, list):
        return [to_system(item, type_, path + ".") if isinstance(item, Mapping) else item for item in value]
    return _dated(value, type_.fields.get(path)) if isinstance(value, str) else value


def _dated(value: str, field: Field | None) -> Value:
    if field is None or field.kind not in {Kind.DATE, Kind.INSTANT}:
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value  # the system will refuse it in its own words
    if field.kind is Kind.DATE:
        return moment.date()
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
