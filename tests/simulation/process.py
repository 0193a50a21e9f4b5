"""One process that runs Tieout over a world: it can die at every boundary, and then nothing of it runs on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import people
from .world import Crash, World


@dataclass
class Process:
    """What a boundary needs to know."""

    world: World
    name: str
    dead: bool = False
    boundaries: int = field(default=0)
    permit: Callable[[], None] = lambda: None
    """Makes sure of the lease, directly before anything is sent."""

    def say(self, text: str) -> None:
        """Note what this process does."""
        self.world.trace(f"{self.name} {text}")

    def boundary(self, *, within_commit: bool = False) -> None:
        """Let the world go on; raise Crash if this process dies here, or is dead already."""
        if self.dead:
            raise Crash
        world, random = self.world, self.world.random
        self.boundaries += 1
        if not world.chaos:
            world.pass_time(random.randrange(2))
            return
        world.pass_time(random.randrange(4))
        people.happen(world)
        if world.faults and random.random() < 0.004:
            self.die()
        if within_commit:
            return
        if random.random() < 0.02:
            people.desk(world)
        if world.second is not None and random.random() < world.profile.overtaken:
            self._overtaken()

    def _overtaken(self) -> None:
        """This process is stopped for a while, and another one runs."""
        world = self.world
        if world.depth > 1 or world.second is None:
            return
        world.pass_time(world.random.choice((0, 60, 600, 7200)))
        self.say("sleeps")
        world.second()
        self.say("wakes up")

    def die(self) -> None:
        """Die here."""
        self.dead = True
        self.world.tally.crashes += 1
        self.say("dies")
        raise Crash
