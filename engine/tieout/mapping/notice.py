"""A notice as the engine runs it: an event for people on certain days (LANGUAGE §2). Plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tieout.mapping.compiled import Coin, Expression
from tieout.problems import Position


@dataclass(frozen=True, slots=True)
class Tell:
    """One value that people are told with a notice."""

    name: str
    """As people read it."""
    value: Expression
    coins: Sequence[Coin] = ()
    """The currencies that it may be in, if it is an amount."""
    personal: bool = False
    """Another mapping calls it personal (`tieout.mapping.private`); what this one does is told by its rules."""


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
    tell: tuple[Tell, ...] = ()

    @property
    def reads(self) -> Iterator[Expression]:
        """Give all that is computed for it."""
        yield self.date
        yield from () if self.when is None else (self.when,)
        yield from (one.value for one in self.tell)
