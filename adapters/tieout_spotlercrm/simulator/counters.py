"""What was asked of the simulator, and what came of it: for tests that count without the adapter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """What was counted.

    `calls`: "GET /accounts"; `effects`: object -> created, updated, deleted; `keys`: object -> key of a record -> times
    times created; `refused`: by status.
    """

    calls: Counter[str] = field(default_factory=Counter)
    effects: dict[str, Counter[str]] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)
    keys: dict[str, Counter[str]] = field(default_factory=dict)

    def effect(self, name: str, verb: str) -> None:
        """Count what was changed for good."""
        self.effects.setdefault(name, Counter())[verb] += 1

    def as_json(self) -> dict[str, object]:
        """Give all of it."""
        return {
            "calls": dict(self.calls),
            "effects": {name: dict(counted) for name, counted in self.effects.items()},
            "refused": {str(status): count for status, count in self.refused.items()},
            "keys": {name: dict(counted) for name, counted in self.keys.items()},
        }
