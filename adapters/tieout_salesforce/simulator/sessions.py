"""Access tokens and the allowance of API calls (fact sheet, sections 1 and 2.2)."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.problems import FORBIDDEN, UNAUTHORISED, refuse

_IDLE = timedelta(hours=2)
"""A session ends after this long without use (section 1.3)."""
_WINDOW = timedelta(hours=24)


@dataclass(slots=True)
class Session:
    """One access token. A standing one, made for tests and people at the sandbox, ends only when it is revoked."""

    token: str
    user: str
    used: datetime
    standing: bool = False


class Sessions:
    """All live tokens."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self._live: dict[str, Session] = {}

    def open(self, user: str, *, token: str | None = None) -> Session:
        """Begin a session; `token`: a standing one with this very token.

        A token is the org's 15-character id, `!` and something opaque (section 4).
        """
        text = token or f"{self.org.id[:15]}!{secrets.token_urlsafe(60)}"
        session = Session(text, user, self.org.now(), standing=token is not None)
        self._live[text] = session
        return session

    def use(self, header: str) -> Session:
        """Find the session of an Authorization header; raises RequestRefused (INVALID_SESSION_ID, 401)."""
        scheme, _, token = header.partition(" ")
        session = self._live.get(token.strip()) if scheme.lower() in {"bearer", "oauth"} else None
        now = self.org.now()
        if session is None or (not session.standing and now - session.used > _IDLE):
            raise refuse(UNAUTHORISED, "INVALID_SESSION_ID", "Session expired or invalid")
        session.used = now
        return session

    def revoke(self, token: str) -> None:
        """End a session; an unknown one is ended already."""
        self._live.pop(token, None)

    def revoke_all(self) -> None:
        """End every session, standing ones too."""
        self._live.clear()


class Allowance:
    """API calls of the whole org in the last 24 hours of its own clock (section 2.3)."""

    def __init__(self, org: Org, daily: int) -> None:
        self.org = org
        self.daily = daily
        self.off = False
        self.disabled = False
        """True: this edition has no API access (section 1.4)."""
        self._calls: deque[tuple[datetime, int]] = deque()
        self._used = 0

    @property
    def used(self) -> int:
        """Count the calls of the last 24 hours."""
        start = self.org.now() - _WINDOW
        while self._calls and self._calls[0][0] <= start:
            self._used -= self._calls.popleft()[1]
        return self._used

    def set_used(self, calls: int) -> None:
        """Say that so many calls were made just now, by whatever else uses this org."""
        self._calls.clear()
        self._used = calls
        self._calls.append((self.org.now(), calls))

    def spend(self) -> None:
        """Count one call; raises RequestRefused (REQUEST_LIMIT_EXCEEDED, 403) if none is left."""
        if self.disabled:
            raise refuse(FORBIDDEN, "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")
        if self.used >= self.daily and not self.off:
            raise refuse(FORBIDDEN, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        minute = self.org.now().replace(second=0, microsecond=0)
        if self._calls and self._calls[-1][0] >= minute:
            at, calls = self._calls.pop()
            self._calls.append((at, calls + 1))
        else:
            self._calls.append((self.org.now(), 1))
        self._used += 1

    @property
    def header(self) -> str:
        """Give the value of `Sforce-Limit-Info` (section 2.2)."""
        return f"api-usage={self.used}/{self.daily}"
