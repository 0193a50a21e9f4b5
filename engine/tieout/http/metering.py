"""A number of calls that one command may make: counted over all its connections, and never passed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tieout.errors import NotNow

if TYPE_CHECKING:
    from datetime import datetime

    from tieout.http.protocols import Windows


class CallsSpent(NotNow):
    """The command has made all the calls that it was given."""


class Metered:
    """Counts calls once `begin` was called, and refuses one more than the limit; implements `Windows` over another."""

    def __init__(self, inner: Windows) -> None:
        self._inner = inner
        self._limit: int | None = None
        self._window: dict[str, int] = {}
        self.used = 0
        """Calls since `begin`."""
        self.calls: Counter[str] = Counter()
        """Connection -> all its calls."""

    def begin(self, limit: int) -> None:
        """Count from nought, up to this many."""
        self._limit, self.used = limit, 0

    def take(self, connection: str, window_seconds: int, limit: int, now: datetime) -> float:
        """Count one call, in the first of a connection's windows; raises CallsSpent for one too many."""
        first = self._window.setdefault(connection, window_seconds) == window_seconds
        if first and self._limit is not None and self.used >= self._limit:
            raise CallsSpent(f"the {self._limit} calls of this command are used up", mend="give it more with --calls N")
        wait = self._inner.take(connection, window_seconds, limit, now)
        if first and wait <= 0:
            self.used += 1
            self.calls[connection] += 1
        return wait

    def seen(self, connection: str, window_seconds: int, left: int, now: datetime) -> None:
        """Pass on what the system said."""
        self._inner.seen(connection, window_seconds, left, now)
