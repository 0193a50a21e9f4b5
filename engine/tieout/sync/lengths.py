"""A text that is longer than its field keeps is not sent: it would be refused, or cut behind everybody's back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from tieout.mapping.compiled import Side
from tieout.model import Field, Value
from tieout.sync.words import Write
from tieout.transform import Unconvertible

TOO_LONG = "too-long"
Made = TypeVar("Made")


def fitting(made: Made, sides: Sequence[Side], prefixes: Sequence[str] = ("", "")) -> Made:
    """Give back what a rule came to. Raises Unconvertible if it writes a text that its field cannot keep.

    `prefixes`, by end: "LineItems." for the fields of rows.
    """
    if isinstance(made, Write):
        side = sides[made.end]
        path = prefixes[made.end] + ".".join(made.names)
        for field, length in _too_long(path, made.sent, side.type.fields):
            told = f"{side.name}.{field.path} keeps {field.length} characters, and this has {length}"
            raise Unconvertible(TOO_LONG, told)
    return made


def _too_long(path: str, value: Value, fields: Mapping[str, Field]) -> Iterator[tuple[Field, int]]:
    """Yield the fields at and below a path whose text is too long, with the length that it has."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _too_long(f"{path}.{name}", inner, fields)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _too_long(path, item, fields)
    elif isinstance(value, str):
        field = fields.get(path)
        if field is not None and field.length and len(value) > field.length:
            yield field, len(value)
