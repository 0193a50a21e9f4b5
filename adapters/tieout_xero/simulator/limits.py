"""Call limits in fixed windows, and their headers (facts (c) Limits, Status table 429)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

MINUTE, DAY = 60, 86_400


@dataclass(slots=True)
class Window:
    """A fixed window of `seconds` that begins at a tenant's own offset, with the calls made in it."""

    seconds: int
    limit: int
    offset: int
    number: int = -1
    used: int = 0

    def enter(self, now: datetime) -> None:
        """Begin anew when the window has passed."""
        number = (int(now.timestamp()) + self.offset) // self.seconds
        if number != self.number:
            self.number, self.used = number, 0

    def left(self) -> int:
        """Calls that remain."""
        return max(self.limit - self.used, 0)

    def resets_in(self, now: datetime) -> int:
        """Seconds until the window ends, at least 1."""
        return self.seconds - (int(now.timestamp()) + self.offset) % self.seconds


@dataclass(slots=True)
class Limits:
    """What one app may call of one tenant: 60 a minute, 5,000 a day, 5 at once; 10,000 a minute for the app."""

    tenant_offset: int = 0
    enforced: str = "on"  # "off": nothing is refused or counted
    concurrent: int = 5
    running: int = 0
    windows: dict[str, Window] = field(init=False)

    def __post_init__(self) -> None:
        self.windows = {
            "minute": Window(MINUTE, 60, self.tenant_offset % MINUTE),
            "day": Window(DAY, 5000, self.tenant_offset % DAY),
            "appminute": Window(MINUTE, 10_000, 0),
        }

    def admit(self, now: datetime) -> Mapping[str, str] | None:
        """Count a call, or give the headers of its refusal; a refused call does not count ([U])."""
        for window in self.windows.values():
            window.enter(now)
        if self.enforced == "on":
            if self.running >= self.concurrent:
                return {"X-Rate-Limit-Problem": "concurrent"}  # without Retry-After (facts (c) Limits)
            for name in ("day", "minute", "appminute"):
                window = self.windows[name]
                if not window.left():
                    return {"Retry-After": str(window.resets_in(now)), "X-Rate-Limit-Problem": name}
            for window in self.windows.values():
                window.used += 1
        return None

    def headers(self) -> Mapping[str, str]:
        """What every answer says of the calls that are left."""
        return {
            "X-DayLimit-Remaining": str(self.windows["day"].left()),
            "X-MinLimit-Remaining": str(self.windows["minute"].left()),
            **self.app_headers(),
        }

    def app_headers(self) -> Mapping[str, str]:
        """What answers without a tenant say (facts (a): /connections)."""
        return {"X-AppMinLimit-Remaining": str(self.windows["appminute"].left())}
