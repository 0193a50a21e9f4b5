"""How many calls may still be made: one pure rule that every implementation of `Windows` applies to its own rows.

A window opens with its first call and lasts its full length. Two counts hold at once: our own against the limit, and
what the system itself said is left. The system's word is believed for at most an hour: when its day ends is not known
(Xero: fixed windows "resetting at different times per tenant", facts on limits), so one call then asks anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

BELIEVED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Window:
    """One row: calls counted since `opened`, and what the system last said is left to us, and when."""

    opened: datetime
    used: int = 0
    left: int | None = None
    said: datetime | None = None


def taken(window: Window | None, seconds: int, limit: int, now: datetime) -> tuple[Window, float]:
    """Count one call if there is one: the new row and 0, or the row as it is and the seconds to wait."""
    current = _current(window, seconds, now)
    if current.used >= limit:
        return current, _until(current.opened + timedelta(seconds=seconds), now)
    if current.left is not None and current.said is not None and current.left <= 0:
        return current, _until(current.said + _trust(seconds), now)
    left = None if current.left is None else current.left - 1
    return replace(current, used=current.used + 1, left=left), 0.0


def learnt(window: Window | None, seconds: int, left: int, now: datetime) -> Window:
    """Give the row after the system said that `left` calls remain."""
    return replace(_current(window, seconds, now), left=left, said=now)


def still_left(window: Window | None, seconds: int, now: datetime) -> int | None:
    """Give how many calls the system said are left, less those made since; None: it did not say, or too long ago."""
    return _current(window, seconds, now).left


def _current(window: Window | None, seconds: int, now: datetime) -> Window:
    # A clock that was set back must not leave a window that never ends.
    if window is None or not timedelta(0) <= now - window.opened < timedelta(seconds=seconds):
        return Window(now)
    if window.said is not None and not timedelta(0) <= now - window.said < _trust(seconds):
        return replace(window, left=None, said=None)
    return window


def _trust(seconds: int) -> timedelta:
    return min(BELIEVED, timedelta(seconds=seconds))


def _until(then: datetime, now: datetime) -> float:
    return max((then - now).total_seconds(), 0.001)
