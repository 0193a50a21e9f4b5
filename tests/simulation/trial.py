"""One seed from start to end: chaos, calm, quiet runs; what is left for the laws to judge."""

from __future__ import annotations

from dataclasses import dataclass, field

from tieout.sync.passes import Report

from .runs import Scheduler
from .world import PERSON, Profile, World

QUIET_RUNS = 3


@dataclass
class Trial:
    """A world after everything is over."""

    world: World
    quiet: list[Report | None] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)
    """Writes of each quiet run."""


def play(seed: int, profile: Profile) -> Trial:
    """Play one seed."""
    world = World(seed, profile)
    scheduler, trial = Scheduler(world), Trial(world)
    for _ in range(world.random.randrange(2, 7)):
        for _ in range(world.random.randrange(3)):
            world.person()
        scheduler.once()
        world.pass_time(world.random.choice((1, 10, 100, 400, 4000)))
    world.calm()
    for number in range(QUIET_RUNS):
        before = world.tally.writes
        trial.quiet.append(scheduler.once(full=number == 0))
        trial.writes.append(world.tally.writes - before)
        world.pass_time(60)
    return trial


__all__ = ["PERSON", "QUIET_RUNS", "Trial", "play"]
