"""Values that two parties keep rewriting: noticed, and frozen after three alternations (law 1). Pure.

An alternation is a write of ours that puts back a value after somebody rewrote what we had left there: at the end that
is written (its value is not its base's), or at the end it comes from (our last write went there). What is counted
stands in the base of that field, so it is in the audit log with it; an uncontested write, an agreement of both sides,
a person's decision and another rule start the count anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tieout.model import Value
from tieout.sync.sight import Sight
from tieout.sync.words import Base, Child, Hold, Turns, Write
from tieout.values import digest, dumps

MOST = 3
"""Alternations after which a field of a record freezes."""
FROZEN = "frozen"
"""The code of the hold."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One write of a field, as far as it matters here."""

    end: int
    before: Value
    source: Value
    decided: bool = False

    @classmethod
    def by(cls, write: Write) -> Touch:
        """Take what matters of a write."""
        return cls(write.end, write.before, write.source, write.decided)


def contested(touch: Touch, base: Base) -> bool:
    """Say whether somebody rewrote what the field was left with."""
    turns = base.turns
    return touch.before != base.values[touch.end] or (turns is not None and turns.end != touch.end)


def _returns(touch: Touch, base: Base) -> bool:
    """Say whether the value was there before: at the last agreement, or at the one before that."""
    end = 1 - touch.end
    return touch.source == base.values[end] or (base.turns is not None and _print(touch.source) == base.turns.was[end])


def _print(value: Value) -> str:
    return digest(dumps(value))[:12]


def _under(base: Base, rule: str) -> Base:
    return base if base.turns is None or base.turns.rule == rule[:12] else replace(base, turns=None)


def turned(made: Base, old: Base | None, touch: Touch, *, rule: str, both: bool) -> Base:
    """Give the base that a settled write leaves, with what is counted; `rule`: its digest, `both`: it is a pair."""
    if old is None:
        return made
    old = _under(old, rule)
    count = 0 if old.turns is None else old.turns.count
    if touch.decided or not contested(touch, old):
        count = 0
    elif _returns(touch, old):
        count += 1
    if not both and not count:
        return made  # one way, a last write says nothing that the base does not say
    was = (_print(old.values[0]), _print(old.values[1]))
    return replace(made, turns=Turns(touch.end, was, count, rule[:12]))


def frozen(write: Write, base: Base | None, *, rule: str) -> bool:
    """Say whether a write would be one alternation too many."""
    if base is None or write.decided:
        return False
    base = _under(base, rule)
    return base.turns is not None and base.turns.count >= MOST and contested(Touch.by(write), base)


def frozen_hold(write: Write, base: Base | None, sight: Sight, name: str, print_: str) -> Hold:
    """Say which field is frozen, what both sides have, who is the likely cause, and the way out."""
    side, other = sight.mapping.sides[write.end], sight.mapping.sides[1 - write.end]
    given = f"the partner of {write.awaits.id}" if write.awaits is not None else dumps(write.sent)
    shown = ("(masked)", "(masked)") if write.pii else (dumps(write.before), given)
    ends = [write.end] if base is None or base.turns is None or base.turns.end == write.end else [0, 1]
    text = (
        f"{'.'.join(write.names)} is frozen: {side.name} has {shown[0]}, {other.name} gives {shown[1]}, and what was"
        f" written was rewritten {MOST} times. Likely cause: {' and '.join(_who(sight, end) for end in ends)}"
    )
    record = f"{sight.mapping.name}/{side.name}:{_id(sight, write.end)}"
    way = f"stop one of the two, or give the field to one side in the mapping; then: tieout retry {record}"
    return Hold(name, FROZEN, text, print_, (way,), at=write.at)


ROW = ""
"""In the base of a child: how often its row was restored."""


def restored(before: Mapping[str, Base], end: int, *, rule: str) -> Base:
    """Give what is remembered of a row that is restored once more."""
    known = before.get(ROW)
    turns = None if known is None else _under(known, rule).turns
    return Base((None, None), turns=Turns(end, ("", ""), 1 if turns is None else turns.count + 1, rule[:12]))


def restored_too_often(child: Child, *, rule: str) -> bool:
    """Say whether to restore a row would be one alternation too many."""
    known = child.base.get(ROW)
    turns = None if known is None else _under(known, rule).turns
    return turns is not None and turns.count >= MOST


def frozen_row(sight: Sight, end: int, name: str, print_: str, *, at: str) -> Hold:
    """Say which row is removed again and again, who is the likely cause, and the way out."""
    side = sight.mapping.sides[end].name
    text = (
        f"{name} is frozen: the row was restored in {side} {MOST} times, and removed again each time."
        f" Likely cause: {_who(sight, end)}"
    )
    way = f"stop that, or say `drift: keep`; then: tieout retry {sight.mapping.name}/{side}:{_id(sight, end)}"
    return Hold(name, FROZEN, text, print_, (way,), at=at)


def _who(sight: Sight, end: int) -> str:
    side, image = sight.mapping.sides[end].name, sight.images[end]
    author = None if image is None else image.by
    if author is None or author == sight.facts.users[end]:
        return f"an automation or a person in {side}"
    return f"{author} in {side}, the last to change the record there"


def _id(sight: Sight, end: int) -> str:
    image = sight.images[end]
    return "" if image is None else image.id


def forgotten(base: Mapping[str, Base]) -> dict[str, Base]:
    """Give bases without what was counted."""
    return {rule: replace(kept, turns=None) for rule, kept in base.items()}
