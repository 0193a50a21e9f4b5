"""Everything from outside that a client uses, handed in as one."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import SystemRandom
from typing import TYPE_CHECKING

from tieout.http.patience import Policy
from tieout.http.redact import Redaction

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tieout.adapter import Log
    from tieout.http.protocols import Clock, Tokens, Windows


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside of all clients of one process."""

    tokens: Tokens
    windows: Windows
    clock: Clock
    log: Log
    redaction: Redaction = field(default_factory=Redaction)
    """Shared with the log, so that a token is masked from the moment it arrives."""
    random: Callable[[], float] = SystemRandom().random
    """0 ≤ x < 1, for jitter."""
    policy: Policy = field(default_factory=Policy)
    transport: httpx.BaseTransport | None = None
    """Instead of the network: faults, tests."""
    permit: Callable[[], object] = lambda: None
    """Asked directly before a call that changes something leaves; raises if this process must not send any more."""
