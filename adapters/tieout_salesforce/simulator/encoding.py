"""JSON and dates as Salesforce writes them; numbers stay exact decimals on the way in and out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any


def plain(number: Decimal) -> str:
    """Write a number as Salesforce does: never an exponent, always a fraction (`10.0`; section 2.11)."""
    text = format(number, "f")
    whole, _, fraction = text.partition(".")
    kept = fraction.rstrip("0") or "0"
    return "0.0" if whole == "-0" and kept == "0" else f"{whole}.{kept}"


def _mapping(value: Mapping[str, Any]) -> str:
    return "{" + ",".join([f"{encode_basestring(key)}:{encode(item)}" for key, item in value.items()]) + "}"


_BY_TYPE: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring,
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    Decimal: plain,
    int: str,
    dict: _mapping,
    list: lambda value: "[" + ",".join([encode(item) for item in value]) + "]",
    tuple: lambda value: "[" + ",".join([encode(item) for item in value]) + "]",
}


def encode(value: Any) -> str:
    """Encode a value of JSON's types, decimals among them; a binary float is refused with KeyError."""
    return _BY_TYPE[type(value)](value)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def decode(body: bytes) -> Any:
    """Parse JSON with exact decimals; raises ValueError, also for NaN and Infinity."""
    return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)


def stamp(at: datetime) -> str:
    """Write an instant as Salesforce stores it: to the second, milliseconds always `.000` (section 2.11).

    All stamps are UTC, so that comparing two of them as text compares the instants.
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def fine_stamp(at: datetime) -> str:
    """Write an instant in the same form with its milliseconds kept, for comparing with stored stamps."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def moment(text: str) -> datetime:
    """Read a stamp, or any ISO 8601 instant that carries its offset; raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return at.astimezone(UTC)
