"""What was asked of the simulator and what came of it, for tests that must prove that nothing was written twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

KEY = "Tieout_Key__c"
"""The external id by which effects are counted as well: one key created twice is a twin."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One change to one record that lasted."""

    verb: str
    """`created`, `updated`, `deleted`, `undeleted`, `merged` or `erased`."""
    object: str
    id: str
    key: str | None
    user: str


@dataclass(slots=True)
class Counters:
    """Counts since the start or the last reset; the names are those of `/__sim__/counters`."""

    calls: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    """Requests and rows refused, by error code."""
    effects: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_key: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_user: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def note(self, effect: Effect) -> None:
        """Count a change."""
        self.effects[effect.object][effect.verb] += 1
        self.by_user[effect.user][effect.verb] += 1
        if effect.key is not None:
            self.by_key[effect.key][effect.verb] += 1

    def as_json(self) -> dict[str, Any]:
        """Give everything as JSON."""
        return {
            "calls": dict(self.calls),
            "rejected": dict(self.rejected),
            "effects": {name: dict(counts) for name, counts in self.effects.items()},
            "by_key": {key: dict(counts) for key, counts in self.by_key.items()},
            "by_user": {user: dict(counts) for user, counts in self.by_user.items()},
        }
