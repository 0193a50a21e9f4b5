"""A notice as the engine runs it: an event for people on certain days (LANGUAGE §2). Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from tieout.mapping.compiled import Expression
from tieout.problems import Position


@dataclass(frozen=True, slots=True)
class Notice:
    """One event for each linked pair of records and step."""

    name: str
    when: Expression | None
    """No event while it does not hold."""
    date: Expression
    """Gives the day that the steps count from, as ISO text."""
    days: tuple[int, ...]
    """The steps: so many days after the date; negative: before."""
    say: str
    at: Position
