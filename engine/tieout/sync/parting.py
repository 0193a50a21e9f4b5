"""`parts`: which partners a record of the one side should have, and for which part each link stands. Pure.

A record's part is named as `ID#PART` wherever something stands about it before it has a partner (a *unit*); where a
mapping has no parts, a unit is the record's id. A link without a part, made before its mapping had any, stands for the
first part that no other link has: so nothing is made twice when a mapping gets parts, or loses them. It keeps that part
once a plan that says so was applied; else another part that comes before it would take its partner over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tieout.mapping.compiled import CompiledMapping, ExpressionFailed
from tieout.transform import Scope
from tieout.values import unit

WHOLE = ("",)
"""The parts of a record where its mapping has none."""
ADOPTED = "part"
"""The evidence under which an operation carries the part that its link keeps from now on."""


def one_end(mapping: CompiledMapping) -> int | None:
    """Give the end whose records have parts."""
    if mapping.parts is None:
        return None
    return 0 if mapping.sides[0].name == mapping.parts.side else 1


def split(mapping: CompiledMapping, end: int, text: str) -> tuple[str, str]:
    """Give record and part of a unit of this end."""
    if one_end(mapping) != end:
        return text, ""
    id_, _, part = text.partition("#")
    return id_, part


def both_units(mapping: CompiledMapping, ids: tuple[str, str], part: str) -> tuple[str, str]:
    """Name both records of a link; the one that has parts by the part that the link is for."""
    one = one_end(mapping)
    return unit(ids[0], part) if one == 0 else ids[0], unit(ids[1], part) if one == 1 else ids[1]


def names_of(mapping: CompiledMapping, scope: Scope) -> tuple[str, ...]:
    """Give the names of a record's parts, each once, in their order. Raises ExpressionFailed, Undecided."""
    if mapping.parts is None:
        return WHOLE
    found = mapping.parts.names(scope)
    given = () if found is None else found
    if not isinstance(given, list | tuple) or not all(isinstance(name, str) for name in given):
        raise ExpressionFailed(f"parts must give a list of texts; {mapping.parts.names.text} gives something else")
    return tuple(dict.fromkeys(str(name) for name in given if name))


@dataclass(frozen=True, slots=True)
class Parted:
    """The parts of one record and its links."""

    names: tuple[str, ...]
    stands: Mapping[int, str]
    """Link -> the part that it stands for, which may be one that the record has no more."""
    free: tuple[str, ...]
    """Parts that have no link."""
    leader: int | None
    """The link that decides what is written to the one record: that of its first part that has one."""

    def vanished(self, link: int) -> bool:
        """Say whether the record does not have the part of a link any more."""
        return self.stands[link] not in self.names


def parted(names: Sequence[str], links: Sequence[tuple[int, str]]) -> Parted:
    """Tell which link stands for which part; `links`: number and part, in the order in which they were made."""
    stands: dict[int, str] = {}
    open_ = list(names)
    for number, part in links:
        if part in open_:
            stands[number] = part
            open_.remove(part)
    for number, part in links:
        if number not in stands:
            adopts = bool(open_) and (part == "" or open_ == list(WHOLE))
            stands[number] = open_.pop(0) if adopts else part
    current = [number for name in names for number, part in stands.items() if part == name]
    leader = next(iter([*current, *(number for number, _ in links)]), None)
    return Parted(tuple(names), stands, tuple(open_), leader)
