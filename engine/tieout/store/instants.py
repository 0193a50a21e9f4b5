"""Instants as text that sorts in the order of time."""

from __future__ import annotations

from datetime import UTC, datetime


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
