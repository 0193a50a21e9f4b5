"""Comparing nested records by what an object's fields promise: paths, kinds, differences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from tieout.model import Field, Kind, ObjectType, Record, Value


def is_rows(value: object) -> bool:
    """Say whether this is a list of groups, as against a set of choices or a text."""
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, Mapping) for one in value)


def paths_of(values: Record, prefix: str = "") -> Iterator[str]:
    """Give the path of every value in a nested record, those in lists once for all rows."""
    for name, value in values.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from paths_of(value, f"{path}.")
        elif value and is_rows(value):
            for row in value:  # type: ignore[union-attr]  # is_rows says so
                yield from paths_of(row, f"{path}.")  # type: ignore[arg-type]  # as above
        else:
            yield path


def lacking(value: Value, names: Sequence[str]) -> bool:
    """Say whether a record lacks a path; below something empty nothing is lacking."""
    if not names or value is None:
        return False
    if isinstance(value, Mapping):
        return names[0] not in value or lacking(value[names[0]], names[1:])
    return is_rows(value) and any(lacking(row, names) for row in value)  # type: ignore[union-attr]  # is_rows says so


def values_at(value: Value, names: Sequence[str]) -> Iterator[Value]:
    """Give what stands at a path: several values where it leads through a list."""
    if not names or value is None:
        yield value
    elif isinstance(value, Mapping):
        yield from values_at(value.get(names[0]), names[1:])
    elif is_rows(value):
        for row in value:  # type: ignore[union-attr]  # is_rows says so
            yield from values_at(row, names)
    else:
        yield value


def _is_text(value: Value) -> bool:
    return isinstance(value, str)


def _is_number(value: Value) -> bool:
    return isinstance(value, Decimal) and value.is_finite()


_FORMS: Mapping[Kind, Callable[[Value], bool]] = {
    Kind.TEXT: _is_text,
    Kind.CHOICE: _is_text,
    Kind.REFERENCE: _is_text,
    Kind.NUMBER: _is_number,
    Kind.MONEY: _is_number,
    Kind.BOOLEAN: lambda value: isinstance(value, bool),
    Kind.DATE: lambda value: isinstance(value, date) and not isinstance(value, datetime),
    Kind.INSTANT: lambda value: isinstance(value, datetime) and value.utcoffset() == timedelta(0),
    Kind.LIST: is_rows,
    Kind.CHOICES: lambda value: isinstance(value, Sequence) and not isinstance(value, str),
    Kind.GROUP: lambda value: isinstance(value, Mapping),
}


def fits(field: Field, value: Value) -> bool:
    """Say whether a value is of the type that its field's kind promises; None always is."""
    return value is None or _FORMS[field.kind](value)


def differences(type: ObjectType, one: Record, other: Record) -> list[str]:
    """Name the paths of `one` at which `other` has something else. Fields that may change by themselves are left out.

    A field that trims does not tell blanks at the ends, an empty text and None are one, and numbers are equal by value.
    """
    return [path for path in _differences(type, one, other, "") if _steady(type.fields.get(path))]


def _differences(type: ObjectType, one: Value, other: Value, path: str) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name, value in one.items():
            yield from _differences(type, value, other.get(name), f"{path}.{name}".lstrip("."))
    elif one and is_rows(one) and is_rows(other):
        mine: Sequence[Value] = one  # type: ignore[assignment]  # is_rows says so
        theirs: Sequence[Value] = other  # type: ignore[assignment]  # as above
        if len(mine) != len(theirs):
            yield path
        for row, counterpart in zip(mine, theirs, strict=False):
            yield from _differences(type, row, counterpart, path)
    elif _plain(type.fields.get(path), one) != _plain(type.fields.get(path), other):
        yield path


def _plain(field: Field | None, value: Value) -> Value:
    if isinstance(value, str):
        value = value.strip() if field is not None and field.trims else value
        return value or None
    if isinstance(value, Sequence) and field is not None and field.kind is Kind.CHOICES:
        return sorted(str(one) for one in value)
    if isinstance(value, Mapping | Sequence) and not value:
        return None
    return value


def _steady(field: Field | None) -> bool:
    return field is None or (field.tracked and not field.rewritten)


def laid_over(values: Record, more: Record) -> Record:
    """Lay some values over others, group by group; a list replaces a list."""
    out = dict(values)
    for name, value in more.items():
        below = out.get(name)
        out[name] = laid_over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return out
