"""One adapter on one bench: connections through the real client, whose network, clock and log are the suite's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tieout.adapter import Adapter
from tieout.http.memory import MemoryTokens, MemoryWindows
from tieout.http.patience import Policy
from tieout.http.ports import Ports
from tieout.http.redact import Redaction
from tieout.testing.line import Notes, Skewed
from tieout.testing.session import CONNECTION, Session

if TYPE_CHECKING:
    from tieout.testing.bench import Bench

QUICK = Policy(base=0.05)
"""The client's own patience, with shorter waits."""
SHORTEST = 8
"""Characters; a shorter secret of a bench would be found everywhere."""


class Trial:
    """An adapter, a bench, and what all connections share: tokens, windows, the log."""

    def __init__(self, adapter: Adapter, bench: Bench) -> None:
        self.adapter, self.bench = adapter, bench
        self.tokens, self.windows, self.notes = MemoryTokens(), MemoryWindows(), Notes()
        self.redaction = Redaction()
        self._sessions: list[Session] = []
        bench.start()
        granted = bench.granted()
        if granted is not None:
            self.tokens.replace(CONNECTION, 0, granted)

    def open(self, skew: timedelta = timedelta(), *, tokens: MemoryTokens | None = None) -> Session:
        """Open one more connection; `skew`: how wrong our clock is; `tokens`: other ones than those shared."""
        service = self.adapter.service(self.bench.options(), self.bench.organisation())
        clock = Skewed(self.bench, skew)
        around = Ports(tokens or self.tokens, self.windows, clock, self.notes, self.redaction, policy=QUICK)
        session = Session(self.adapter, self.bench, service, around)
        self._sessions.append(session)
        return session

    def close(self) -> None:
        """Close everything."""
        for session in self._sessions:
            session.client.close()
            session.line.close()
        self.bench.stop()

    def secrets(self) -> set[str]:
        """Give every text that nobody must ever see again."""
        tokens = {token for session in self._sessions for token in session.line.tokens}
        return {secret for secret in {*self.bench.credentials().values(), *tokens} if len(secret) >= SHORTEST}
