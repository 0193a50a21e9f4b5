"""Scalars as Xero writes and reads them: .NET dates, numbers that may be text, booleans that may be text.

Reading is tolerant (facts (c) and (g) 7, 8) and raises ValueError only for what has no meaning at all.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from tieout.adapter import Kind
from tieout.toolkit import instant as iso_instant

if TYPE_CHECKING:
    from collections.abc import Callable

_NET = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRUTH = {"true": True, "false": False}


def instant(raw: Any) -> datetime | None:
    """Read an instant: `/Date(ms+zone)/`, where ms is UTC already and may be negative, or ISO text."""
    if raw is None or raw == "":
        return None
    text = str(raw)
    if not (found := _NET.fullmatch(text)):
        return iso_instant(text)
    try:
        return _EPOCH + timedelta(milliseconds=int(found[1]))
    except OverflowError as error:
        raise ValueError(f"{text} is no date that can be written down") from error


def day(raw: Any) -> date | None:
    """Read a calendar date; Xero gives it as an instant at 00:00 UTC."""
    found = instant(raw)
    return found.date() if found else None


def number(raw: Any) -> Decimal | None:
    """Read a number, to the last digit that was sent."""
    if raw is None or raw == "":
        return None
    try:
        found = raw if isinstance(raw, Decimal) else Decimal(str(raw))
    except InvalidOperation as error:
        raise ValueError(f"{raw!r} is no number") from error
    if not found.is_finite():
        raise ValueError(f"{raw!r} is no number")
    return found


def flag(raw: Any) -> bool | None:
    """Read a boolean, also when it comes as text."""
    if raw is None or raw == "":
        return None
    if (found := _TRUTH.get(str(raw).lower())) is None:
        raise ValueError(f"{raw!r} is neither true nor false")
    return found


def text(raw: Any) -> str | None:
    """Read text; answers to writes give "" where a listing gives nothing, and both mean blank (facts 2.1)."""
    return None if raw is None or raw == "" else str(raw)


READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: text,
    Kind.CHOICE: text,
    Kind.REFERENCE: text,
    Kind.NUMBER: number,
    Kind.MONEY: number,
    Kind.BOOLEAN: flag,
    Kind.DATE: day,
    Kind.INSTANT: instant,
}


def written(value: Any) -> Any:
    """Write one value that is there; dates as YYYY-MM-DD, which Xero accepts everywhere (facts (c), dates)."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return value


def since_header(at: datetime) -> str:
    """Write If-Modified-Since in the documented form: UTC, to the second, no zone (facts (c))."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
