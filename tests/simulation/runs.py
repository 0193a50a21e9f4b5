"""What a scheduler does: start a process that makes one run over the world, and see how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import TracebackType

from sqlalchemy import Connection as Tx
from sqlalchemy import Engine, event

from tieout.errors import Busy, Fenced
from tieout.store import lease
from tieout.store.database import RUN
from tieout.sync.guard import Limits
from tieout.sync.passes import Reading, Report, apply_plan, run_passes
from tieout.sync.run import Peer, Run, join

from .exposed import ExposedConnection
from .process import Process
from .things import SIDES
from .world import Crash, World

TTL = timedelta(minutes=5)
OPEN = Limits(creates=10**6, updates=10**6, deletes=10**6, share=Decimal(10**6))
"""Guards stop a first plan, and nothing else."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A log that tells the transcript."""

    process: Process

    def info(self, event: str, **facts: object) -> None:
        """Say nothing: the calls themselves are in the transcript."""

    debug = info

    def warning(self, event: str, **facts: object) -> None:
        self.process.say(f"warns: {event} {facts}")


class Commits:
    """Makes every commit of the database a boundary of the process that commits."""

    def __init__(self, world: World) -> None:
        self.running: list[Process] = []
        engine: Engine = world.database._engine  # the one door to the driver's events
        event.listen(engine, "commit", self._before)

    def _before(self, _connection: Tx) -> None:
        if self.running:
            self.running[-1].boundary(within_commit=True)

    def of(self, process: Process) -> _Running:
        """Say which process runs now."""
        return _Running(self, process)


@dataclass(frozen=True, slots=True)
class _Running:
    commits: Commits
    process: Process

    def __enter__(self) -> None:
        self.commits.running.append(self.process)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.commits.running.remove(self.process)


class Scheduler:
    """Starts runs, one process each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.commits = Commits(world)
        self.started = 0
        if world.profile.runners > 1:
            world.second = self.once

    def once(self, *, full: bool | None = None) -> Report | None:
        """Make one run; None: it was refused, died, or was overtaken."""
        world = self.world
        self.started += 1
        world.tally.runs += 1
        process = Process(world, f"r{self.started}")
        whole = world.random.random() < 0.3 if full is None else full
        process.say(f"starts{', reading everything' if whole else ''}")
        world.depth += 1
        try:
            with self.commits.of(process):
                return self._run(process, Reading(full=whole))
        except Crash:
            return None
        except Busy:
            process.say("finds another run")
            return None
        except Fenced:
            world.tally.fenced += 1
            process.say("was overtaken")
            return None
        finally:
            world.depth -= 1

    def _run(self, process: Process, reading: Reading) -> Report:
        database = self.world.database
        epoch = lease.acquire(database, RUN, process.name, TTL)
        run = self._open(process, epoch)
        report = run_passes(run, OPEN, reading)
        if report.stopped is not None:
            process.say(f"was stopped by {[stop.guard for stop in report.stopped[1]]}, and is let through")
            apply_plan(run, report.stopped[0], OPEN, allow={stop.guard for stop in report.stopped[1]}, who="person")
        with database.write() as tx:
            lease.release(tx, RUN, epoch)
        for one in report.passes:
            ends = {f"{verb} {end}": count for (verb, end), count in one.applying.endings.items()}
            process.say(f"pass {dict(one.planning.counts.get('things', {}))} -> {ends}")
        return report

    def _open(self, process: Process, epoch: int) -> Run:
        world, database = self.world, self.world.database
        peers = {}
        for end, side in enumerate(SIDES):
            connection = ExposedConnection(world, process, end)
            peers[side] = Peer(side, "memory", connection, connection.organisation())
        joined, endpoints = join(database, epoch, peers, (world.mapping,))

        renewed = [world.now]

        def renew() -> None:
            if world.now - renewed[0] > TTL / 5:
                with database.write() as tx:
                    lease.renew(tx, RUN, epoch, TTL)
                renewed[0] = world.now

        return Run(
            process.name,
            epoch,
            "simulation",
            "scheduler",
            database,
            joined,
            endpoints,
            Quiet(process),
            world.now.date().isoformat(),
            world.now,
            renew=renew,
        )
