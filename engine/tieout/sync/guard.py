"""Guards: limits that stop a plan until a person lets *this* plan through. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from tieout.sync.figures import CONSENTED
from tieout.sync.money_guard import GUARDED, HEAD, excess

if TYPE_CHECKING:
    from tieout.sync.figures import Planning

SHARE_FROM = 10
"""Links from which a share means something."""
EMPTIED_FROM = 3
"""Links from which a side that has lost all its records counts as emptied, not as tidied up."""
FEW = 10
"""So many removals of a mapping pass `deletes` and `voids` uncounted where a person said yes to each. Of more nobody is
sure to have looked at each, as where a whole column of a file was filled with a yes: then all are counted."""
COUNTED = ("creates", "updates", "deletes", "voids")
NAMES = ("first-run", "mapping-change", "emptied", *COUNTED, "share", *(f"{HEAD}{what}" for what in GUARDED))
"""All guards, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The guards of a project, per mapping and pass."""

    creates: int = 50
    updates: int = 500
    deletes: int = 0
    voids: int = 0
    share: Decimal = Decimal("0.2")
    """Updates, deletes and voids, of the linked records."""
    money: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    """receivables, revenue, tax -> currency -> the most that may move, up and down added up."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One guard that stops a plan."""

    guard: str
    mapping: str
    message: str


def stops(planning: Planning, limits: Limits, allowed: Collection[str] = ()) -> list[Stop]:
    """Give every guard that stops this plan."""
    found = _emptied(planning)
    for name, counts in sorted(planning.guarded.items()):
        if not sum(counts.values()):
            continue
        if name in planning.first:
            found.append(Stop("first-run", name, _first(name, counts["creates"], planning.rebuilt[name])))
        if name in planning.changed:
            found.append(Stop("mapping-change", name, "the mapping or its settings changed since its last plan"))
        excused = sum(counts[after_yes] for after_yes in CONSENTED.values()) <= FEW
        every = {what: counts[what] + counts[CONSENTED.get(what, "")] for what in COUNTED}
        for what in COUNTED:
            limit, many = getattr(limits, what), counts[what] if excused else every[what]
            if many > limit:
                told = "" if many == counts[what] else f"; a yes to each excuses {FEW} at most"
                of_them = planning.credited.get(name, Counter[str]())
                credited = of_them[what] + (0 if excused else of_them[CONSENTED.get(what, "")])
                found.append(Stop(what, name, _too_many(what, many, credited, limit) + told))
        moved = every["updates"] + every["deletes"] + every["voids"]
        linked = planning.linked.get(name, 0)
        if linked >= SHARE_FROM and moved > limits.share * linked:
            share = f"{Decimal(moved) / linked:.0%} of {linked} linked records"
            found.append(
                Stop("share", name, f"{moved} changes are {share}, and at most {limits.share:.0%} are allowed")
            )
        found += [Stop(guard, name, why) for guard, why in excess(planning.moved.get(name, {}), limits.money)]
    return [stop for stop in found if stop.guard not in allowed]


def _emptied(planning: Planning) -> list[Stop]:
    found = []
    for name, sides in sorted(planning.emptied.items()):
        linked = planning.linked.get(name, 0)
        for side, gone in sorted(sides.items()):
            if gone >= max(linked, EMPTIED_FROM):
                told = f"all {gone} linked records of {side} are gone: is that the right account, with all its rights?"
                found.append(Stop("emptied", name, told))
    return found


def _first(name: str, creates: int, rebuilt: int) -> str:
    if not rebuilt:
        told = "the first plan of this mapping: look at it before it is applied"
        # What is made although its partner exists under another name is a twin, and nobody can take it back wholly.
        return f"{told}; tieout match {name} shows what is there on both sides" if creates else told
    links = f"{rebuilt} link{' was' if rebuilt == 1 else 's were'}"
    return f"the first plan over a new store, and {links} rebuilt from keys: look at what differs before it is applied"


def _too_many(what: str, many: int, credited: int, limit: int) -> str:
    """Say how many there are; `credited`: so many of the voids are credits in full."""
    allowed = f"at most {limit} {'is' if limit == 1 else 'are'}" if limit else "none is"
    plain = many - credited
    parts = [f"{plain} {what.removesuffix('s') if plain == 1 else what}"] if plain or not credited else []
    parts += [f"{credited} credit{'' if credited == 1 else 's'} in full"] if credited else []
    return f"{' and '.join(parts)}, and {allowed} allowed{': it counts as a void' if credited else ''}"
