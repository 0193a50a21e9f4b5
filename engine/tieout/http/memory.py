"""Tokens and windows of one process: for tests, simulations and commands that keep nothing."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from tieout.http.budget import Window, learnt, taken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tieout.http.protocols import StoredToken


class MemoryTokens:
    """Implements `tieout.http.protocols.Tokens` for the threads of one process."""

    def __init__(self) -> None:
        self._tokens: dict[str, StoredToken] = {}
        self._guard = Lock()
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    def load(self, connection: str) -> StoredToken | None:
        """Give what is stored now."""
        with self._guard:
            return self._tokens.get(connection)

    def replace(self, connection: str, expected_version: int, token: StoredToken) -> bool:
        """Store it if nobody else did meanwhile."""
        with self._guard:
            stored = self._tokens.get(connection)
            if (stored.version if stored else 0) != expected_version:
                return False
            self._tokens[connection] = token
            return True

    @contextmanager
    def exclusive(self, connection: str) -> Iterator[None]:
        """Hold this connection's lock."""
        with self._guard:
            lock = self._locks[connection]
        with lock:
            yield


class MemoryWindows:
    """Implements `tieout.http.protocols.Windows` for the threads of one process."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, int], Window] = {}
        self._guard = Lock()

    def take(self, connection: str, window_seconds: int, limit: int, now: datetime) -> float:
        """Count one call and give 0, or the seconds to wait."""
        key = connection, window_seconds
        with self._guard:
            self._windows[key], wait = taken(self._windows.get(key), window_seconds, limit, now)
        return wait

    def seen(self, connection: str, window_seconds: int, left: int, now: datetime) -> None:
        """Learn how many calls are left to us."""
        key = connection, window_seconds
        with self._guard:
            self._windows[key] = learnt(self._windows.get(key), window_seconds, left, now)
