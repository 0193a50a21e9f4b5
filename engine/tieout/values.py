"""Canonical JSON text of the engine's values: what is stored, compared and digested.

Decimals are plain JSON numbers, normalised (5.10 is 5.1, 1E+2 is 100), read back as Decimal and never as float; names
are sorted; absent, null and '' stay apart. A number that is text stays text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from json.encoder import encode_basestring as quote
from typing import cast

from tieout.model import Value


def dumps(value: Value) -> str:
    """Write a value; raises TypeError for what the engine has no such value of (floats, dates, bytes)."""
    kind: type[object] = type(value)
    if kind is str:
        return quote(cast("str", value))
    if kind is dict:
        inner = cast("dict[str, Value]", value)
        return "{" + ",".join([f"{quote(name)}:{dumps(inner[name])}" for name in sorted(inner)]) + "}"
    if value is None:
        return "null"
    if kind is list or kind is tuple:
        return "[" + ",".join([dumps(item) for item in cast("list[Value]", value)]) + "]"
    if kind is Decimal:
        return number(cast("Decimal", value))
    if kind is bool:
        return "true" if value else "false"
    return _rarely(value)


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
