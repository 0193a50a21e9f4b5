"""Control totals: counts, sums and digests of what two sides hold, and the search for where they differ. Pure.

Digests add up, whatever the order: the digest of a range of links is the sum of theirs. Two sides whose digests are
equal hold the same, link by link; where they are not, the range is halved until the links that differ are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256

from tieout.sync.agreement import Look
from tieout.sync.words import Quality
from tieout.values import dumps

MODULUS = 1 << 128


@dataclass(slots=True)
class Total:
    """One field or list over many links."""

    compared: int = 0
    equal: int = 0
    normalised: int = 0
    differs: int = 0
    digests: tuple[int, int] = (0, 0)
    """By end; what the two spell in their own ways has one digest."""
    sums: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """Currency -> amounts by end."""

    def add(self, link: int, seen: Look) -> None:
        """Count one link."""
        self.compared += 1
        self.equal += seen.quality is Quality.EQUAL
        self.normalised += seen.quality is Quality.NORMALISED
        self.differs += seen.quality is None
        self.digests = _sum(self.digests, digests(link, seen))
        for currency, amounts in seen.sums.items():
            first, second = self.sums.get(currency, (Decimal(0), Decimal(0)))
            self.sums[currency] = (first + amounts[0], second + amounts[1])


def digests(link: int, seen: Look) -> tuple[int, int]:
    """Give the digests of one field of one link, by end."""
    first = _digest(link, seen.rule, "", dumps(seen.values[0]))
    if seen.quality is not None:
        return first, first
    # Values that are spelt alike and do not agree (two codes of two lists) must not look the same.
    return first, _digest(link, seen.rule, "other", dumps(seen.values[1]))


def _digest(link: int, *texts: str) -> int:
    return int.from_bytes(sha256("\n".join([str(link), *texts]).encode()).digest()[:16], "big")


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return (one[0] + other[0]) % MODULUS, (one[1] + other[1]) % MODULUS


@dataclass(frozen=True, slots=True)
class Looked:
    """One link with all its fields and lists as they were compared."""

    link: int
    looks: Sequence[Look]

    @property
    def digests(self) -> tuple[int, int]:
        """Add up its fields."""
        total = (0, 0)
        for seen in self.looks:
            total = _sum(total, digests(self.link, seen))
        return total


def differing(links: Sequence[Looked]) -> list[Looked]:
    """Give the links in which the two sides differ: ranges whose totals agree are not gone into."""
    sums = [one.digests for one in links]
    running = [(0, 0)]
    for one in sums:
        running.append(_sum(running[-1], one))
    return [links[place] for place in _places(running, 0, len(links))]


def _places(running: Sequence[tuple[int, int]], start: int, end: int) -> list[int]:
    low, high = running[start], running[end]
    if start == end or (high[0] - low[0]) % MODULUS == (high[1] - low[1]) % MODULUS:
        return []
    if end - start == 1:
        return [start]
    middle = (start + end) // 2
    return [*_places(running, start, middle), *_places(running, middle, end)]
