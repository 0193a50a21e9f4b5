"""What was called and what it did: the oracle of tests about doubled or needless writes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tieout_xero.simulator.resource import Resource, Saved


@dataclass(slots=True)
class Counters:
    """Calls by method and kind of path; rows created, updated and deleted by the API, per object and per marker."""

    calls: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    effects: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    markers: defaultdict[str, defaultdict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )

    def effect(self, resource: Resource, saved: Saved) -> None:
        """Count one row that a request changed for good."""
        self.effects[resource.name][saved.effect] += 1
        for name in resource.markers:
            if mark := saved.row.get(name):
                self.markers[resource.name][mark][saved.effect] += 1

    def removed(self, resource: Resource, row: dict[str, Any]) -> None:
        """Count one row deleted for good."""
        self.effect(resource, Saved(row, "deleted"))

    def shown(self) -> dict[str, Any]:
        """Give all counters as JSON."""
        writes = sum(count for call, count in self.calls.items() if not call.startswith("GET "))
        return {
            "calls": dict(self.calls),
            "reads": sum(self.calls.values()) - writes,
            "writes": writes,
            "statuses": dict(self.statuses),
            "effects": {name: dict(counts) for name, counts in self.effects.items()},
            "markers": {
                name: {mark: dict(counts) for mark, counts in marks.items()} for name, marks in self.markers.items()
            },
        }

    def reset(self) -> None:
        """Begin at nought."""
        for counter in (self.calls, self.statuses, self.effects, self.markers):
            counter.clear()
