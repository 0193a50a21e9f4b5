"""Rows of which nothing says which is which: after a write of unknown fate, or where all ids of a side are new. Pure.

To take such rows for new ones would add twins, and to take them for changed ones would mix two: a person is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from tieout.model import Value
from tieout.sync.both_settled import ADDED
from tieout.sync.words import Base, Child

SUSPICIOUS = 2
"""Rows; if so many, and all of a side, are gone while others appeared, they may only have got new ids."""
PAIR, FOLLOW, KEEP = "pair", "follow", "keep"
Names = tuple[str, str]
Ids = tuple[Collection[str], Collection[str]]
"""By end: the ids of the rows that are there, in their order."""


@dataclass(frozen=True, slots=True)
class Tangle:
    """Rows of one end that may be rows of the other one."""

    end: int
    fresh: Sequence[str]
    """Ids of rows of this end that have no partner."""
    others: Sequence[str]
    """Ids of the rows of the other end whose partners they may be."""
    lost: Mapping[str, Child]
    """Id of a row of the other end -> the pair that it was in."""
    doubt: bool
    """A write went before, of which nothing says what became of it."""

    def pairs(self) -> list[Child]:
        """Give the rows as pairs, each with that at the same place."""
        made = zip(self.others, self.fresh, strict=True)
        return [Child((own, other) if self.end == 0 else (other, own)) for other, own in made]

    def text(self, rule: str, names: Names) -> str:
        """Say what cannot be told, and what can be done by hand."""
        here, there = names[self.end], names[1 - self.end]
        if not self.doubt:
            why = f"all rows of {here} have new ids, and {len(self.lost)} of them cannot be told by what they hold"
        else:
            why = f"what became of the last write of {rule} to {here} cannot be told for all of its rows"
        return (
            f"{why}: {len(self.fresh)} rows of {here} may be among {len(self.others)} of {there} that have no partner;"
            " rows that are made alike by hand are known again"
        )

    def choices(self, names: Names, shown: Callable[[int, str], str]) -> dict[str, str]:
        """Give the answers; to pair the rows is offered only where their number is the same on both sides."""
        choices = {
            FOLLOW: "none is the other's: the new rows are added, those that are gone are removed",
            KEEP: "leave both lists as they are",
        }
        if len(self.fresh) != len(self.others):
            return choices
        both = [" is ".join(shown(end, child.ids[end]) for end in (0, 1)) for child in self.pairs()]
        return {PAIR: f"they are the same rows, {names[0]} {', '.join(both)}"} | choices


def doubt_of(base: Mapping[str, Base], rule: str, end: int) -> Value:
    """Give what is in doubt about a list at one end, if anything is."""
    known = base.get(rule)
    return None if known is None else known.values[end]


def find_tangle(
    end: int, ids: Ids, old: Sequence[Child], now: Sequence[Child], left: Sequence[Sequence[str]], *, doubt: Value
) -> Tangle | None:
    """Give the rows of one end that cannot be told. `now`: the known pairs, `old`: as they were before this read."""
    lost = {child.ids[1 - end]: child for child in now if child.ids[end] not in ids[end]}
    lost = {id_: child for id_, child in lost.items() if id_ in ids[1 - end] and doubt != ADDED}
    if doubt is None and (len(lost) < SUSPICIOUS or any(child.ids[end] in ids[end] for child in old)):
        return None
    waiting = set(left[1 - end]) if doubt is not None else set()
    others = [id_ for id_ in ids[1 - end] if id_ in waiting or id_ in lost]
    return Tangle(end, left[end], others, lost, doubt is not None) if left[end] and others else None
