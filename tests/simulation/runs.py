"""What a scheduler does: start a process that makes one run over the world, and see how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import TracebackType

from sqlalchemy import Connection as Tx
from sqlalchemy import Engine, event

from tieout.errors import Busy, ConnectionFault, Fenced, UsageError
from tieout.model import Value
from tieout.store import lease, plans
from tieout.store.database import RUN
from tieout.sync.figures import Selection
from tieout.sync.guard import Limits
from tieout.sync.passes import Reading, Report, apply_plan, make_plan, recovered_by_reading, run_passes
from tieout.sync.run import Peer, Run, join
from tieout.sync.undoing import undo
from tieout.sync.verifying import Verification, scope, verify

from .exposed import ExposedConnection
from .process import Process
from .world import PERSON, Crash, Undone, World

TTL = timedelta(minutes=5)
CALLS = 10**6
"""As many as verifying may take."""
OPEN = Limits(creates=10**6, updates=10**6, deletes=10**6, voids=10**6, share=Decimal(10**6))
"""Guards stop a first plan, and nothing else."""
GUARDS = ("first-run", "mapping-change")
UNREAD = "can't be read now"
UNSETTLED = "the fate of a write to it is not known yet"


@dataclass(frozen=True, slots=True)
class Left:
    """A plan that waits to be applied, and the digests of the mappings that it was made under: none if it is empty."""

    digest: str
    made_for: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Quiet:
    """A log that tells the transcript."""

    process: Process

    def info(self, event: str, **facts: object) -> None:
        """Say nothing: the calls themselves are in the transcript."""

    debug = info

    def warning(self, event: str, **facts: object) -> None:
        self.process.say(f"warns: {event} {facts}")


def _rules(rows: Value) -> list[str]:
    return [str(row["rule"]) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


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
        self.left: Left | None = None
        self.kept: list[Left] = []
        """Plans of what people picked, or made before they tried a mapping out."""
        if world.profile.runners > 1:
            world.second = self.once

    def once(self, *, full: bool | None = None) -> Report | None:
        """Make one run; None: it was refused, died, or was overtaken."""
        whole = (self.world.random.random() < 0.3 if full is None else full) and self.world.profile.full
        return self._process(lambda process: self._run(process, Reading(full=whole)))

    def verify(self) -> Verification | None:
        """Have both sides read again and compared."""
        made: list[Verification] = []

        def work(process: Process) -> None:
            run = self._open(process)
            names = [mapping.name for mapping in self.world.mappings]
            made.append(verify(run, scope(run, names, CALLS)))
            self._release(run)

        self._process(work)
        return made[0] if made else None

    def _process(self, work: Callable[[Process], Report | None]) -> Report | None:
        world = self.world
        self.started += 1
        world.tally.runs += 1
        process = Process(world, f"r{self.started}")
        process.say("starts")
        world.depth += 1
        try:
            with self.commits.of(process):
                return work(process)
        except Crash:
            return None
        except Busy:
            process.say("finds another run")
            return None
        except Fenced:
            world.tally.fenced += 1
            process.say("was overtaken")
            return None
        except ConnectionFault as fault:
            process.say(f"gives up: {fault}")
            return None
        finally:
            world.depth -= 1

    def plan(self) -> None:
        """Make a plan and leave it for a person to apply."""
        self.left = self.make() or self.left

    def make(self, selection: Selection | None = None) -> Left | None:
        """Make a plan, of all or of what is picked; None: it was refused, or its process died or was overtaken."""
        made: list[Left] = []
        self._process(lambda process: made.extend(self._plan(process, selection)))
        return made[0] if made else None

    def apply(self) -> None:
        """Have a person apply the plan that was left, whatever the mappings are now."""
        if self.left is not None:
            left, self.left = self.left, None
            self.carry_out(left)

    def carry_out(self, left: Left) -> bool:
        """Have a person apply a plan; give whether that came to its end."""
        ended: list[str] = []

        def work(process: Process) -> None:
            self._apply(process, left)
            ended.append(process.name)

        self._process(work)
        return bool(ended)

    def undo(self) -> None:
        """Have a person take an earlier run back."""
        if self.started:
            undone = f"r{self.world.random.randrange(self.started) + 1}"
            self._process(lambda process: self._undo(process, undone))

    def _undo(self, process: Process, undone: str) -> None:
        process.say(f"takes {undone} back")
        self.world.undoings.add(process.name)
        run = self._open(process)
        undoing = undo(run, undone, recovered_by_reading(run))
        began = [len(system.history) for system in self.world.systems]
        if undoing.planning.wire or undoing.planning.internal:
            self.world.tally.undone += 1
            apply_plan(run, undoing.planning.digest, OPEN, allow=GUARDS, who=PERSON)
        ended = [len(system.history) for system in self.world.systems]
        left = frozenset((record.rpartition(":")[2], one.field) for record, one in undoing.left)
        failed = frozenset(self._failed(run, undoing.planning.digest))
        waits = frozenset(record.rpartition(":")[2] for record, one in undoing.left if one.why == UNSETTLED)
        unread = frozenset(record.rpartition(":")[2] for record, one in undoing.left if UNREAD in one.why)
        self.world.tally.partly += bool(unread) and bool(undoing.planning.wire)
        self.world.undone.append(Undone(process.name, undone, began, ended, left, failed, waits, unread))
        self._release(run)

    def _failed(self, run: Run, digest: str) -> Iterator[tuple[str, str]]:
        """Give (record, rule) of each write of a plan that was not done."""
        with run.database.read() as tx:
            for row in plans.stream(tx, digest):
                written = [*_rules(row.body["writes"]), *_rules(row.body["lists"]), ""]
                yield from ((row.record or "", rule) for rule in written if row.ended != "done")

    def _run(self, process: Process, reading: Reading) -> Report:
        run = self._open(process)
        report = run_passes(run, OPEN, reading, depth=self.world.chain)
        if report.stopped is not None:
            process.say(f"was stopped by {[stop.guard for stop in report.stopped[1]]}, and is let through")
            apply_plan(run, report.stopped[0], OPEN, allow={stop.guard for stop in report.stopped[1]}, who=PERSON)
        self._release(run)
        for one in report.passes:
            ends = {f"{verb} {end}": count for (verb, end), count in one.applying.endings.items()}
            counts = {name: dict(counted) for name, counted in one.planning.counts.items()}
            process.say(f"pass {counts} -> {ends}")
        return report

    def _plan(self, process: Process, selection: Selection | None) -> Iterator[Left]:
        """Give the plan, if what was picked is there."""
        run = self._open(process)
        try:
            planning, _ = make_plan(run, Reading(), selection=selection)
        except UsageError as refused:
            self._refused(process, run, refused)
            return
        self._release(run)
        process.say("leaves its plan")
        with run.database.read() as tx:
            made_for = {name: str(made) for name, made in plans.find(tx, planning.digest).mappings.items()}
        yield Left(planning.digest, made_for if planning.wire or planning.internal else {})

    def _apply(self, process: Process, left: Left) -> None:
        process.say("applies the plan that was left")
        run = self._open(process)
        try:
            apply_plan(run, left.digest, OPEN, allow=GUARDS, who=PERSON)
        except UsageError as refused:
            self._refused(process, run, refused)
            return
        now = {mapping.name: mapping.digest for mapping in self.world.mappings}
        if any(now.get(name) != made for name, made in left.made_for.items()):
            self.world.misapplied.append(left.digest)
        self._release(run)

    def _refused(self, process: Process, run: Run, why: UsageError) -> None:
        self.world.tally.refused += 1
        process.say(f"is refused: {why}")
        self._release(run)

    def _release(self, run: Run) -> None:
        with run.database.write() as tx:
            lease.release(tx, RUN, run.epoch)

    def _open(self, process: Process) -> Run:
        world, database = self.world, self.world.database
        epoch = lease.acquire(database, RUN, process.name, TTL)
        peers = {}
        for draft in world.drafts:
            for name, place in zip(draft.connections, draft.ends, strict=True):
                connection = ExposedConnection(world, process, place)
                peers[name] = Peer(name, "memory", connection, connection.organisation())
        joined, endpoints = join(database, epoch, peers, tuple(world.mappings))

        renewed = [world.now]

        def renew() -> None:
            if world.now - renewed[0] > TTL / 5:
                with database.write() as tx:
                    lease.renew(tx, RUN, epoch, TTL)
                renewed[0] = world.now

        process.permit = renew
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
