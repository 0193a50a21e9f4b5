"""Law 5, the other half: what differs is named by `tieout verify`, with its cause; nothing else is left to explain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tieout.sync.causes import Cause
from tieout.sync.verifying import Verification

from .breach import Breach
from .drafts import Draft
from .remains import LinkRow, Remains, token
from .runs import Scheduler
from .systems import FIELDS, PAIRS
from .world import World

RESTLESS = {Cause.PENDING, Cause.MISSED, Cause.IN_FLIGHT, Cause.UNREAD, Cause.MAPPING, Cause.UNEXPLAINED}
"""Causes that nothing has when all is quiet."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A value that nobody was told of."""

    id: str
    rule: str


def verified(scheduler: Scheduler, remains: Remains) -> Iterator[Breach]:
    """Verify, judge what is found, plant a difference and have it found; the world is another one afterwards."""
    if not remains.world.profile.verified:
        return
    made = scheduler.verify()
    if made is None or made.faults or made.unproved:
        yield Breach("5 verify did not finish", str(made and made.unproved))
        return
    yield from explained(made)
    yield from named(remains, made)
    planted = plant(remains)
    if planted is not None:
        yield from found(planted, scheduler.verify())


def explained(made: Verification) -> Iterator[Breach]:
    """Judge the causes."""
    for one in (mismatch for comparison in made.comparisons for mismatch in comparison.mismatches):
        if one.named.cause in RESTLESS:
            yield Breach("5 verify finds what nothing explains", f"{one.record} {one.field}: {one.named}")


def named(remains: Remains, made: Verification) -> Iterator[Breach]:
    """Judge that every field that differs is among them."""
    told = {
        (one.record.rpartition(":")[2], one.field) for comparison in made.comparisons for one in comparison.mismatches
    }
    for link, draft in _compared(remains):
        for path in FIELDS:
            rule = draft.rule_key(path)
            values = [remains.rows[place][id_].record.get(path) for place, id_ in zip(link.ends, link.ids, strict=True)]
            if rule is not None and token(values[0]) != token(values[1]) and (link.ids[0], rule) not in told:
                yield Breach("5 verify overlooks a difference", f"{link.ids}.{path}: {values}")


def found(planted: Planted, made: Verification | None) -> Iterator[Breach]:
    """Judge that what was planted is found."""
    mismatches = [one for comparison in made.comparisons for one in comparison.mismatches] if made is not None else []
    about = [one for one in mismatches if one.field == planted.rule]
    if not any(planted.id in {one.record.rpartition(":")[2], one.partner.rpartition(":")[2]} for one in about):
        yield Breach("5 verify does not find what was planted", f"{planted.id} {planted.rule}")


def plant(remains: Remains) -> Planted | None:
    """Have a value change that no reading of changes shows, and no stamp; None: there is no place for it."""
    world = remains.world
    random = Random(f"{world.seed} planted")  # noqa: S311  # chance that can be repeated, and not that of the world
    places = [
        (link, end, path, rule)
        for link, draft in _compared(remains)
        for path in PAIRS
        for end in (0, 1)
        if (rule := draft.rule_key(path)) is not None and not remains.whole(link)
    ]
    if not places:
        return None
    link, end, path, rule = random.choice(places)
    _change(world, link.ends[end], link.ids[end], path)
    return Planted(link.ids[end], rule)


def _change(world: World, place: int, id_: str, path: str) -> None:
    system = world.systems[place]
    row = system.rows[id_]
    row.record[path] = f"V{world.fresh()}"
    row.sightings.append((world.now, system.observed(row)))


def _compared(remains: Remains) -> Iterator[tuple[LinkRow, Draft]]:
    """Give the links whose records are both there and in scope."""
    for link in remains.active:
        draft = remains.draft(link.ends)
        live = all(remains.live(place, id_) for place, id_ in zip(link.ends, link.ids, strict=True))
        if live and all(remains.inside(draft, end, link.ids[end]) for end in (0, 1)):
            yield link, draft
