"""What an answer must have before anything is made of it: the envelopes of lists and of single records (facts 1.1).

An answer of another shape is a proxy's, a cut one's or a new version's: it is named, and nothing is guessed from it.
Names besides those that are known are passed over (A13).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tieout.errors import BadAnswer

Row = Mapping[str, Any]
BITS = 64
"""Of an id (facts 1.1, types)."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list. `total`: records in the whole list; `more`: pages follow."""

    rows: Sequence[Row]
    total: int
    more: bool


def listed(answer: object, what: str) -> Listed:
    """Read a page of records, each with an id. Raises BadAnswer."""
    body = _mapping(answer, what)
    about = _mapping(body.get("metadata"), what)
    more, total = about.get("has_more"), about.get("total_count")
    if not isinstance(more, bool) or not isinstance(total, Decimal) or not _is_count(total):
        raise _other(what, "does not say how many there are")
    rows = records(body, what)
    for row in rows:
        if id_of(row) is None:
            raise _other(what, "holds a record without an id")
    return Listed(rows, int(total), more)


def records(answer: object, what: str) -> Sequence[Row]:
    """Read the records of a list; one stands alone, or in an envelope of its own. Raises BadAnswer."""
    found = answer.get("list") if isinstance(answer, Mapping) else answer
    if not isinstance(found, list):
        raise _other(what, "holds no list")
    return [_record(one, what) for one in found]


def _record(found: object, what: str) -> Row:
    row = _mapping(found, what)
    return _mapping(row["record"], what) if "record" in row else row


def single(answer: object, what: str) -> Row:
    """Read one record in its envelope. Raises BadAnswer."""
    return _mapping(_mapping(answer, what).get("record"), what)


def id_of(row: Row) -> str | None:
    """Give the id of a record as text, to its last digit; None for what is no id."""
    return whole(row.get("id"))


def whole(raw: object) -> str | None:
    """Write a whole number of at most 64 bits as text; it may have come as a number or as a text."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= BITS:
        raw = Decimal(raw)
    if not isinstance(raw, Decimal) or not raw.is_finite() or not 0 < raw < Decimal(2**BITS) or raw % 1:
        return None
    return format(raw.to_integral_value(), "f")


def _is_count(found: Decimal) -> bool:
    return found.is_finite() and 0 <= found < Decimal(2**BITS) and not found % 1


def _mapping(found: object, what: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise _other(what, "is no JSON object of the form that is known")
    return found


def _other(what: str, how: str) -> BadAnswer:
    return BadAnswer(f"SpotlerCRM's answer for {what} {how}", mend="check options.url, then try again later")
