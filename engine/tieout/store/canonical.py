"""Text that is the same for the same meaning: instants that sort as text, JSON with one form only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def stamp(instant: datetime) -> str:
    """Write an aware instant as `2026-07-29T12:00:00.000000Z`: fixed width, so that text order is time order.

    Raises ValueError for a naive one.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone can't be stored")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def unstamp(text: str) -> datetime:
    """Read what `stamp` wrote. Raises ValueError."""
    return datetime.fromisoformat(text).astimezone(UTC)


def canonical(value: object) -> str:
    """Write JSON with sorted names, no blanks, UTF-8 as it is; Decimals become text with all digits, instants stamps.

    Raises TypeError for other types and ValueError for NaN. Amounts are Decimals throughout: the engine has no floats.
    """
    return _ENCODER.encode(value)


class _Encoder(json.JSONEncoder):
    def default(self, o: object) -> object:
        for kind, plain in _PLAIN:
            if isinstance(o, kind):
                return plain(o)
        return super().default(o)


_PLAIN: tuple[tuple[type[Any], Callable[[Any], object]], ...] = (
    (Decimal, lambda number: format(number, "f")),
    (datetime, stamp),  # before date: every datetime is a date
    (date, date.isoformat),
    (Mapping, dict),
    (AbstractSet, sorted),
)
_ENCODER = _Encoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
