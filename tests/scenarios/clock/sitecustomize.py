"""A host whose clock is wrong: Python reads this before a command begins, where the folder stands in PYTHONPATH.

It shifts what the host tells of the time by HOST_CLOCK_AHEAD seconds, which may be negative; nothing of Tieout is
changed.
What measures spans, as `time.monotonic` does, goes on as it is: so does a real host whose clock is set.
"""

from __future__ import annotations

import datetime as dt
import os
import time

AHEAD = dt.timedelta(seconds=float(os.environ["HOST_CLOCK_AHEAD"]))
RIGHT = dt.datetime
_seconds = time.time


class _AnyInstant(type):
    """An instant that was made elsewhere, in C, is one all the same."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, RIGHT)


class Wrong(RIGHT, metaclass=_AnyInstant):
    """The class of instants, with a host that tells another time."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> RIGHT:  # type: ignore[override]  # as the host's own: a plain one
        return RIGHT.now(tz) + AHEAD


def seconds() -> float:
    """Give seconds since 1970 by the wrong clock."""
    return _seconds() + AHEAD.total_seconds()


dt.datetime = Wrong  # type: ignore[misc]  # this process is the host
time.time = seconds
