"""JSON with exact numbers, and Xero's dates (facts: (c) Dates).

Numbers are read as `Decimal` and printed as plain JSON numbers, so that no figure ever passes through a float.
Dates go out as `/Date(ms+0000)/`; accepted are `YYYY-MM-DD`, ISO date-times with a `T`, and `/Date(ms)/`.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from tieout_xero.simulator.problems import Malformed

Row = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = f"number-{secrets.token_hex(8)}:"  # unguessable, so that no text of a user can pass for a number
_NUMBER = re.compile(rf'"{_MARK}([^"]*)"')
_MS_DATE = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, negative before; exact."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def ms_date(at: datetime | date) -> str:
    """Render a moment or a calendar date (00:00 UTC) as `/Date(ms+0000)/`."""
    moment = at if isinstance(at, datetime) else datetime.combine(at, time(), UTC)
    return f"/Date({milliseconds(moment)}+0000)/"


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{value:f}"
    if isinstance(value, date):
        return ms_date(value)
    raise TypeError(f"{type(value).__name__} has no form on the wire")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain)


def encode(value: object) -> bytes:
    """Write JSON as UTF-8; decimals as plain numbers, dates in Xero's form."""
    return _NUMBER.sub(r"\1", _ENCODER.encode(value)).encode()


def _no_constant(name: str) -> Any:
    raise Malformed(f"{name} is no JSON number")


def decode(body: bytes) -> Any:
    """Read JSON with exact numbers; raise `Malformed` for anything else."""
    try:
        return json.loads(body, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"JSON for object is invalid: {error}") from error


def read_date(text: object, name: str) -> date:
    """Read a calendar date as sent by clients; `2017-12-14 00:00:00` is refused as Xero does (facts (g) 8)."""
    return read_moment(text, name).date()


def read_moment(text: object, name: str) -> datetime:
    """Read a date or a moment in one of the accepted forms; a form without a zone is UTC."""
    if isinstance(text, str):
        if found := _MS_DATE.match(text):
            return _moment(lambda: EPOCH + timedelta(milliseconds=int(found[1])), text)
        if _ISO_DATE.match(text) or "T" in text:
            return _moment(lambda: datetime.fromisoformat(text), text)
    raise Malformed(f"String '{text}' was not recognized as a valid DateTime for {name}.")


def read_modified_since(text: str) -> datetime:
    """Read If-Modified-Since in every form that real clients send, to the second (facts (c) If-Modified-Since)."""
    read = parsedate_to_datetime if "," in text else datetime.fromisoformat
    return _moment(lambda: read(text), text).replace(microsecond=0)


def _moment(read: Callable[[], datetime], text: str) -> datetime:
    """Read a moment as UTC; one beyond the calendar is as unreadable as no date at all."""
    try:
        moment = read()
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed(f"String '{text}' was not recognized as a valid DateTime.") from error


def http_date(at: datetime) -> str:
    """Render a moment for HTTP headers."""
    return format_datetime(at.astimezone(UTC), usegmt=True)
