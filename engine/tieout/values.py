"""Canonical JSON text of the engine's values: what is stored, compared and digested.

Decimals are plain JSON numbers, normalised (5.10 is 5.1, 1E+2 is 100), read back as Decimal and never as float; names
are sorted; absent, null and '' stay apart. A number that is text stays text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from json.encoder import encode_basestring as quote
from operator import itemgetter
from typing import Any, cast

from tieout.model import Value


def dumps(value: Value) -> str:
    """Write a value; raises TypeError for what the engine has no such value of (floats, dates, bytes)."""
    return _WRITERS.get(type(value), _rarely)(value)


# Texts, the most frequent by far, are written where they are met, and every other type has its own writer: a run
# writes each value several times, and a call for each costs more than its text.
def _object(value: dict[str, Value]) -> str:
    return "{" + ",".join([
        quote(name) + ":" + (quote(inner) if type(inner) is str else _WRITERS.get(type(inner), _rarely)(inner))
        for name, inner in sorted(value.items(), key=_by_name)
    ]) + "}"  # fmt: skip


def _array(value: Sequence[Value]) -> str:
    return "[" + ",".join([
        quote(inner) if type(inner) is str else _WRITERS.get(type(inner), _rarely)(inner) for inner in value
    ]) + "]"  # fmt: skip


def _rarely(value: object) -> str:
    if isinstance(value, Mapping):
        return dumps(dict(value))
    if isinstance(value, str):  # a StrEnum
        return quote(str(value))
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no value of the engine")


def number(value: Decimal) -> str:
    """Write a Decimal as a plain JSON number without trailing zeros; raises TypeError for NaN and infinities."""
    if not value.is_finite():
        raise TypeError(f"{value} is no amount")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


_by_name = itemgetter(0)
_WRITERS: Mapping[type[object], Callable[[Any], str]] = {
    str: quote,
    dict: _object,
    list: _array,
    tuple: _array,
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    Decimal: number,
}


def loads(text: str) -> Value:
    """Read what `dumps` wrote."""
    return cast("Value", _read(text))


def loads_object(text: str) -> dict[str, Value]:
    """Read an object that `dumps` wrote."""
    return cast("dict[str, Value]", _read(text))


# Made once: `json.loads` makes a decoder anew for every text that needs one of its own.
_read = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal).decode


def digest(text: str) -> str:
    """Give the short digest of a canonical text."""
    return sha256(text.encode()).hexdigest()[:32]


def unit(id_: str, part: str) -> str:
    """Name one part of a record, or the record where it has none: what has a partner of its own."""
    return f"{id_}#{part}" if part else id_
