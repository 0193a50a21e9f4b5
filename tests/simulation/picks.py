"""What people do with plans: they plan what they pick, or all of it, and apply that at once, later, twice or never.

And they try other mappings out: these are planned and never applied, and taken back before the next run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tieout.sync.figures import Selection

from . import drafts, people
from .drafts import Draft
from .runs import Left, Scheduler
from .world import World

WAITS = (0, 1, 60, 600)
"""Seconds between two commands."""


def happen(scheduler: Scheduler) -> None:
    """Let people pick, or try something out, in worlds where they do."""
    world = scheduler.world
    if "picked" in world.features:
        pick(scheduler)
    if "tried" in world.features and world.random.random() < 0.7:
        try_out(scheduler)


def pick(scheduler: Scheduler) -> None:
    """Make plans of what is picked, and apply some of them, or some from before."""
    world = scheduler.world
    for _ in range(world.random.randrange(4)):
        if scheduler.kept and world.random.random() < 0.4:
            _apply(scheduler, scheduler.kept.pop(world.random.randrange(len(scheduler.kept))))
        else:
            _plan(scheduler, at_once=world.random.random() < 0.4)
        _meanwhile(world)


def try_out(scheduler: Scheduler) -> None:
    """Try other mappings out and take them back; a plan from before, or of them, may be applied afterwards."""
    world = scheduler.world
    before = world.drafts
    if world.random.random() < 0.8:
        _plan(scheduler)
        _meanwhile(world)
    place = world.random.randrange(len(before))
    tried = drafts.try_out(world.random, before[place], world.features)
    world.trace(f"a consultant tries out\n{tried.text()}")
    world.lay_open([*before[:place], tried, *before[place + 1 :]])
    for _ in range(world.random.randrange(3)):
        _plan(scheduler)
        _meanwhile(world)
    world.trace("a consultant takes it back")
    world.lay_open(before)
    _meanwhile(world)
    while scheduler.kept and world.random.random() < 0.7:
        _apply(scheduler, scheduler.kept.pop(world.random.randrange(len(scheduler.kept))))


def _plan(scheduler: Scheduler, *, at_once: bool = False) -> None:
    selection = _selection(scheduler.world)
    scheduler.world.trace(f"person plans {'all' if selection is None else _told(selection)}")
    made = scheduler.make(selection)
    if made is None:
        return
    if at_once:
        _apply(scheduler, made)
    else:
        scheduler.kept.append(made)


def _apply(scheduler: Scheduler, left: Left) -> None:
    """Apply a plan; what died amid it may be applied again."""
    if not scheduler.carry_out(left) and scheduler.world.random.random() < 0.5:
        scheduler.kept.append(left)


def _meanwhile(world: World) -> None:
    world.pass_time(world.random.choice(WAITS))
    for _ in range(world.random.randrange(3)):
        people.act(world)


# --- what is picked -----------------------------------------------------------------------------------------------


def _selection(world: World) -> Selection | None:
    """Pick records, a mapping, at most so many of each, or (None) everything."""
    random = world.random
    x = random.random()
    if x < 0.15:
        return None
    if x < 0.25:
        return Selection({draft.name: [] for draft in world.drafts}, random.randrange(1, 3))
    draft = random.choice(world.drafts)
    if x < 0.35:
        return Selection({draft.name: []})
    records = _records(world, draft)
    asks = any(draft.requested) and random.random() < 0.7
    return Selection({draft.name: records}, requesting="create" if asks else "")


def _records(world: World, draft: Draft) -> Sequence[tuple[int, str]]:
    """Pick one to three records of a mapping, whatever became of them; mostly some that came last."""
    last = world.random.choice((0, 2, 2))
    there = [(end, id_) for end in (0, 1) for id_ in [*world.systems[draft.ends[end]].rows][-last:]]
    return [world.random.choice(there) for _ in range(world.random.randrange(1, 4))] if there else [(0, "none")]


def _told(selection: Selection) -> Mapping[str, object]:
    return {"records": dict(selection.records), "sample": selection.sample, "asks": selection.requesting}
