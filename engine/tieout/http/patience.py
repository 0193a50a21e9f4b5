"""How long the client goes on trying, and how long it waits in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the client is. Times in seconds."""

    attempts: int = 5
    base: float = 0.5
    cap: float = 20.0
    total: float = 300.0
    """From the first attempt; no further one starts later."""
    patience: float = 90.0
    """The longest single wait; a longer one is NotNow. Above a minute, so that a minute's window is waited for."""
    resend: float = 120.0
    """A repeatable write is resent for so long only: Xero forgets its key after six minutes (facts/xero (c))."""

    def backoff(self, attempt: int, random: Callable[[], float]) -> float:
        """Give the wait after this attempt, the first being 1: exponential, with full jitter."""
        return random() * min(self.cap, self.base * 2.0 ** (attempt - 1))
