"""The machine's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Real time; implements `tieout.http.protocols.Clock`."""

    def now(self) -> datetime:
        """Give the current instant in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait; a signal handler that raises ends it early."""
        time.sleep(max(seconds, 0.0))
