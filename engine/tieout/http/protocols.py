"""What the client needs from outside: a clock, a place for tokens, a count of calls that all processes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from tieout.secrets import Secret


class Clock(Protocol):
    """Time as the client sees it; simulated in tests."""

    def now(self) -> datetime:
        """Give the current instant, aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What an authorisation gave; `version` counts up with every replacement, the first is 1."""

    access: Secret
    refresh: Secret | None = None
    expires: datetime | None = None
    """From when on a new one should be asked for, a margin already taken off; None: use it until it is refused."""
    base: str | None = None
    """The URL that the answer named for all further calls, already checked; None: `Service.url`."""
    scope: str = ""
    version: int = 1
    renewed: datetime | None = None
    """When the refresh token was given; None: not known."""


class Tokens(Protocol):
    """Where tokens live, encrypted, shared by all processes; `connection` is the connection's name."""

    def load(self, connection: str) -> StoredToken | None:
        """Give what is stored now."""

    def replace(self, connection: str, expected_version: int, token: StoredToken) -> bool:
        """Store `token` durably if the stored version still is `expected_version` (0: nothing stored); else False."""

    def exclusive(self, connection: str) -> AbstractContextManager[None]:
        """Hold the one lock of this connection's tokens, across processes; not re-entrant."""


class Windows(Protocol):
    """Calls used per connection and window, shared by all processes. The rule itself is in `tieout.http.budget`."""

    def take(self, connection: str, window_seconds: int, limit: int, now: datetime) -> float:
        """Count one call and give 0, or count nothing and give the seconds until one may be free."""

    def seen(self, connection: str, window_seconds: int, left: int, now: datetime) -> None:
        """Learn from an answer that `left` calls remain to us in the window."""
