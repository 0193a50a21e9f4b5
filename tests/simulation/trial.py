"""One seed from start to end: chaos, calm, quiet runs; what is left for the laws to judge."""

from __future__ import annotations

from dataclasses import dataclass, field

from tieout.sync.passes import Report

from . import people, picks
from .erasing import erase
from .runs import Scheduler
from .world import Profile, World

QUIET_RUNS = 3
MOST_QUIET_RUNS = 4 * QUIET_RUNS
"""An automation that wakes up when all is quiet is a change from outside (law 1): quiet begins anew, in time."""


@dataclass
class Trial:
    """A world after everything is over."""

    world: World
    scheduler: Scheduler
    quiet: list[Report | None] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)
    """Writes of each run since all is quiet."""


def play(seed: int, profile: Profile) -> Trial:
    """Play one seed."""
    world = World(seed, profile)
    scheduler = Scheduler(world)
    trial = Trial(world, scheduler)
    for _ in range(world.random.randrange(2, 7)):
        _between(world, scheduler)
        scheduler.once()
        world.pass_time(world.random.choice((1, 10, 100, 400, 4000)))
    world.calm()
    for number in range(MOST_QUIET_RUNS):
        writes, arrived = world.tally.writes, world.tally.arrived
        trial.quiet.append(scheduler.once(full=number == 0))
        trial.writes.append(world.tally.writes - writes)
        world.pass_time(60)
        if world.tally.arrived > arrived:
            trial.quiet.clear()
            trial.writes.clear()
        elif len(trial.quiet) == QUIET_RUNS:
            break
    return trial


def _between(world: World, scheduler: Scheduler) -> None:
    """What happens between two runs."""
    random = world.random
    for _ in range(random.randrange(3)):
        people.act(world)
    for _ in range(random.randrange(3)):
        people.desk(world)
    if "undo" in world.features and random.random() < 0.4:
        scheduler.undo()
        world.pass_time(random.choice((1, 60, 600)))
    if "erasure" in world.features and random.random() < 0.5:
        erase(world)
    picks.happen(scheduler)
    if "changing" not in world.features:
        return
    if random.random() < 0.3:
        scheduler.plan()
        world.pass_time(random.choice((1, 60, 600)))
    if random.random() < 0.5:
        world.revise()
    if random.random() < 0.7:
        scheduler.apply()
