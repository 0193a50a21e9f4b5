"""What a run comes to: its report with the exit code that follows, noted in the store; and how a project wants runs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tieout.errors import Fenced, TieoutError
from tieout.exits import GUARD, INTERRUPTED, NEW, PERSON, TERMINATED, worst
from tieout.report.run_view import EndedBy, Outcome, Standing, run_name, summary
from tieout.report.standing import Words, side_names
from tieout.stopping import DeadlineReached, Terminated
from tieout.store import audit, overview, plans, runs
from tieout.sync.failing import FailureClass, of_code
from tieout.sync.faults import Place, stopping, told
from tieout.sync.guard import Limits
from tieout.sync.noticed import noticed
from tieout.sync.passes import Reading
from tieout.sync.planview import View, operation_view
from tieout.sync.words import Ending, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection as Tx

    from tieout.project import Project
    from tieout.ready import Ready
    from tieout.session import Session
    from tieout.sync.faults import Faults
    from tieout.sync.passes import Report
    from tieout.sync.run import Run
    from tieout.sync.words import Planned

LISTED = 200
"""Operations of a stopped plan that its report lists; `tieout plan --show` lists all."""


@dataclass(frozen=True, slots=True)
class Command:
    """Who asked for a run, and how its report is written."""

    name: str
    locale: str
    options: str = ""
    """With which another command meets the same project, ready for a shell."""
    fail_on: str = "new"
    """Which holds and questions make exit code 3: any, new, never."""
    began: float = field(default_factory=time.time)


def limits(project: Project) -> Limits:
    """Give the project's guards."""
    guards = project.guards
    return Limits(guards.creates, guards.updates, guards.deletes, guards.voids, share=guards.share, money=guards.money)


def reading(project: Project, *, full: bool = False) -> Reading:
    """Say how to read: what changed, everything if `full`, or where its last complete listing is too old."""
    every = {name: one.full_read for name, one in project.connections.items() if one.full_read}
    return Reading(full=full, every=every)


def conclude(session: Session, run: Run, ready: Ready, report: Report, command: Command) -> Outcome:
    """Collect everything that the report says, and the exit code that follows; note both in the store."""
    project = session.project
    with session.database.read() as tx:
        words = Words(tx, side_names(project, overview.pairs(tx)), run.id)
        holds, reviews, head = words.holds(), words.reviews(), audit.head(tx)
        failures = (*words.failures(), *_failures(run, report))
        listed, count = _listed(tx, run, report)
    rights = {Place(name): found.fault(name) for name, found in report.lacking.items()}
    faults = {**rights, **ready.faults, **report.faults}
    written = {source.name for source in project.mappings}
    made = Outcome(
        run=run.id,
        command=command.name,
        environment=run.environment,
        project=project.name,
        started=f"{run.started:%Y-%m-%dT%H:%M:%SZ}",
        seconds=time.time() - command.began,
        report=report,
        faults=faults,
        refused=refused(run, ready, report.faults),
        dormant=tuple(one for one in report.dormant if one[0] not in written),
        holds=holds,
        reviews=reviews,
        notices=tuple(noticed(run)) if command.name == "run" else (),
        failures=failures,
        left=tuple(_ended(run, *one) for each in report.passes for one in each.applying.left),
        warned=_warned(run, report),
        listed=listed,
        listed_of=count,
        locale=command.locale,
        options=command.options,
        notes=ready.notes,
        head=f"{head.seq}:{head.hash}",
        ended_by=None if report.cut_short is None else _ended_by(report.cut_short),
        exit_code=worst(
            [
                *(fault.exit_code for fault in faults.values()),
                *([ending_code(report.cut_short)] if report.cut_short is not None else []),
                *([GUARD] if report.stopped is not None else []),
                *([NEW] if _told(command.fail_on, report, holds, reviews) else []),
            ]
        ),
    )
    asked = {place.connection for place, fault in {**rights, **report.faults}.items() if fault.exit_code == PERSON}
    if any(one.new and one.whose == FailureClass.PERMISSION for one in (*holds, *failures)):
        asked |= ready.peers.keys()
    for name in sorted(asked):  # as when a field or a right was taken away: the next run looks at the system again
        session.forget_described(name)
    with session.database.write() as tx:
        runs.end(tx, run.id, exit_code=made.exit_code, summary=summary(made))
    return made


def refused(run: Run, ready: Ready, faults: Faults) -> dict[str, str]:
    """Give mapping -> why it was left out, or stopped on its way since an object went out of its reach."""
    return left_out(run, ready, {place: fault for place, fault in faults.items() if place.object})


def left_out(run: Run, ready: Ready, faults: Faults) -> dict[str, str]:
    """Give mapping -> why it was left out, or what stopped it on its way, be it an object or its connection."""
    found = {joined.mapping.name: stopping(faults, joined.needs) for joined in run.joined}
    stopped = {name: "; ".join(map(told, places)) for name, places in found.items() if places}
    return {name: str(fault) for name, fault in ready.refused.items()} | stopped


def _ended_by(end: BaseException) -> EndedBy:
    code = ending_code(end)
    if isinstance(end, TieoutError):
        return EndedBy(type(end).__name__, str(end), end.mend, code)
    word = "Terminated" if isinstance(end, Terminated) else "Interrupted"
    return EndedBy(word, f"{word.lower()}; what was done is kept", "the next run goes on from here", code)


def _failures(run: Run, report: Report) -> tuple[Standing, ...]:
    """Give what ended otherwise than refused or not stored: those are remembered, and tell more."""
    return tuple(
        replace(_ended(run, operation, ending, detail), whose=of_code(str(ending)))
        for one in report.passes
        for operation, ending, detail in one.applying.failures
        if ending not in {Ending.FAILED, Ending.NOT_STORED, Ending.HELD}
    )


def _warned(run: Run, report: Report) -> tuple[Standing, ...]:
    """Give what was carried out with a warning; notes that a history did not take stand together, with a count."""
    alone = [one for each in report.passes for one in each.applying.warned]
    together = [(one.operation, Ending.DONE, str(one)) for one in run.histories.values()]
    return tuple(_ended(run, *one) for one in (*alone, *together))


def _ended(run: Run, operation: Planned, ending: Ending, detail: str) -> Standing:
    """Give an operation that was not carried out, or not without a warning."""
    name, part = operation.mapping, operation.part
    source = run_name(run, 1 - operation.end, name, operation.source, part)
    record = run_name(run, operation.end, name, operation.record, part) if operation.record else source
    return Standing(record, "", str(ending), detail, new=True, partner=source if operation.record else "")


def _listed(tx: Tx, run: Run, report: Report) -> tuple[tuple[View, ...], int]:
    """Give the first operations of the plan that guards stopped, and how many there are; agreements tell nothing."""
    found: list[View] = []
    count = 0
    for stored in plans.stream(tx, report.stopped[0]) if report.stopped is not None else ():
        if stored.verb not in {Kind.AGREE, Kind.LINK, Kind.REPOINT}:
            count += 1
            joined = run.mapping(stored.mapping)
            if len(found) < LISTED:
                found.append(operation_view(stored, None if joined is None else joined.mapping))
    return tuple(found), count


def _told(fail_on: str, report: Report, holds: tuple[Standing, ...], reviews: tuple[Standing, ...]) -> bool:
    if fail_on == "never":
        return False
    standing = fail_on == "any" and (bool(reviews) or any(not one.quiet for one in holds))
    return standing or report.new > 0


@contextmanager
def cut_short(report: Report) -> Iterator[None]:
    """Keep what a signal, the deadline or another run breaks off, so that what was done is reported."""
    try:
        yield
    except (KeyboardInterrupt, Terminated, DeadlineReached, Fenced) as end:
        report.cut_short = end
        report.converged = False


def ending_code(end: BaseException) -> int:
    """Give the exit code of what cut a run short."""
    if isinstance(end, TieoutError):
        return end.exit_code
    return TERMINATED if isinstance(end, Terminated) else INTERRUPTED
