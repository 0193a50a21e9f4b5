"""What commands that work on the systems share: signals, logs, progress, the record of the run, its report."""

from __future__ import annotations

import re
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, to_repeat
from tieout.cli.exits import GUARD, INTERRUPTED, NEW, PERSON, TERMINATED, worst
from tieout.cli.show import bad, clean, complain, dim, good, interject, json_line, say, strong, trace, warn
from tieout.errors import Fenced, TieoutError
from tieout.http.clock import SystemClock
from tieout.logs import EVERYTHING, NORMAL, QUIET
from tieout.report.amounts import DEFAULT, checked
from tieout.report.run_text import Styles, run_lines
from tieout.report.run_view import EndedBy, Outcome, Standing, as_json, run_name, summary
from tieout.report.standing import Words, side_names
from tieout.runner import Asking, running
from tieout.session import Session, load
from tieout.stopping import DeadlineReached, Stopping, Terminated
from tieout.store import audit, overview, plans, runs
from tieout.sync.failing import of_code
from tieout.sync.guard import Limits
from tieout.sync.passes import Reading, Report
from tieout.sync.planview import View, operation_view
from tieout.sync.words import Ending, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection as Tx

    from tieout.session import Ready
    from tieout.sync.run import Run
    from tieout.sync.words import Planned

STYLES = Styles(good, bad, warn, dim, strong)
LISTED = 200
"""Operations of a stopped plan that its report lists; `tieout plan --show` lists all."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


class Duration(click.ParamType[timedelta]):
    """90s, 10m or 2h."""

    name = "duration"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([smh])", value)
        if found is None:
            self.fail(f"{value!r} is no duration; write it as 90s, 10m or 2h", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


@dataclass(frozen=True, slots=True)
class _Clock(SystemClock):
    """Real time whose waits a signal ends."""

    stopping: Stopping

    def sleep(self, seconds: float) -> None:
        """Wait, unless it is time to stop."""
        self.stopping.sleep(seconds)


@dataclass(slots=True)
class Progress:
    """One line that is written over itself; on a terminal only, and not between log lines."""

    shown: bool
    _last: float = field(default=0.0)

    def __call__(self, text: str) -> None:
        """Show how far the work is."""
        now = time.monotonic()
        if self.shown and now - self._last > 0.1:  # noqa: PLR2004  # ten times a second is enough for an eye
            self._last = now
            click.echo(f"\r\x1b[2K{text}", nl=False, err=True)

    def clear(self) -> None:
        """Take the line away."""
        if self.shown and self._last:
            click.echo("\r\x1b[2K", nl=False, err=True)


@dataclass(frozen=True, slots=True)
class Work:
    """One command at work: the open project, and a run when it is asked for."""

    command: str
    session: Session
    stopping: Stopping
    progress: Progress
    began: float = field(default_factory=time.time)

    @contextmanager
    def running(self, ready: Ready) -> Iterator[Run]:
        """Hold the lease."""
        asking = Asking(self.command, self.progress)
        try:
            with running(self.session, ready, asking, self.stopping) as run:
                yield run
        finally:
            self.progress.clear()

    @property
    def limits(self) -> Limits:
        """The project's guards."""
        guards = self.session.project.guards
        return Limits(
            guards.creates, guards.updates, guards.deletes, guards.voids, share=guards.share, money=guards.money
        )

    @property
    def locale(self) -> str:
        """How people write numbers: as was asked, else as the project says. Raises UsageError for an unknown locale."""
        return checked(asked().locale or self.session.project.locale or DEFAULT)

    def reading(self, *, full: bool) -> Reading:
        """How to read."""
        every = {name: one.full_read for name, one in self.session.project.connections.items() if one.full_read}
        return Reading(full=full, every=every)

    def outcome(self, run: Run, ready: Ready, report: Report, *, fail_on: str = "new") -> Outcome:
        """Collect everything that the report says, and the exit code that follows; note both in the store."""
        project = self.session.project
        with self.session.database.read() as tx:
            words = Words(tx, side_names(project, overview.pairs(tx)), run.id)
            holds, reviews, head = words.holds(), words.reviews(), audit.head(tx)
            failures = (*words.failures(), *_failures(run, report))
            listed, count = _listed(tx, run, report)
        faults = {**ready.faults, **report.faults}
        written = {source.name for source in project.mappings}
        made = Outcome(
            run=run.id,
            command=self.command,
            environment=run.environment,
            project=project.name,
            started=f"{run.started:%Y-%m-%dT%H:%M:%SZ}",
            seconds=time.time() - self.began,
            report=report,
            faults=faults,
            refused=ready.refused,
            dormant=tuple(one for one in report.dormant if one[0] not in written),
            holds=holds,
            reviews=reviews,
            failures=failures,
            left=tuple(_ended(run, *one) for each in report.passes for one in each.applying.left),
            listed=listed,
            listed_of=count,
            locale=self.locale,
            options=to_repeat(),
            notes=ready.notes,
            head=f"{head.seq}:{head.hash}",
            ended_by=None if report.cut_short is None else _ended_by(report.cut_short),
            exit_code=worst(
                [
                    *(fault.exit_code for fault in faults.values()),
                    *([ending_code(report.cut_short)] if report.cut_short is not None else []),
                    *([GUARD] if report.stopped is not None else []),
                    *([NEW] if _told(fail_on, report, holds, reviews) else []),
                ]
            ),
        )
        for name, fault in report.faults.items():
            if fault.exit_code == PERSON:  # as when a field was taken away: the next run looks at the system again
                self.session.forget_described(name)
        with self.session.database.write() as tx:
            runs.end(tx, run.id, exit_code=made.exit_code, summary=summary(made))
        return made


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


def _ended(run: Run, operation: Planned, ending: Ending, detail: str) -> Standing:
    """Give an operation that was not carried out."""
    source = run_name(run, 1 - operation.end, operation.mapping, operation.source)
    record = run_name(run, operation.end, operation.mapping, operation.record) if operation.record else source
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


@contextmanager
def working(command: str, *, logs: bool = False, deadline: timedelta | None = None) -> Iterator[Work]:
    """Open the project for work; `logs`: a scheduler reads standard error, so say what happens."""
    settings = asked()
    terminal = sys.stderr.isatty()
    level = EVERYTHING if settings.verbose else NORMAL if logs and not terminal else QUIET
    clock = SystemClock()
    until = None if deadline is None else clock.now() + deadline

    def told() -> None:
        interject("stopping after the batch in hand; once more stops at once")

    loaded = load(settings.folder, settings.environment, settings.env)
    with (
        Stopping(clock.now, until=until, told=told) as stopping,
        Session(loaded, settings.env, level=level, clock=_Clock(stopping)) as session,
    ):
        yield Work(command, session, stopping, Progress(terminal and level == QUIET))


def tell(outcome: Outcome) -> int:
    """Write the report and give the exit code."""
    trace(outcome.faults.values(), debug=asked().debug)
    if asked().json:
        json_line(as_json(outcome))
    else:
        for line in run_lines(outcome, STYLES):
            say(clean(line))
    if outcome.ended_by is not None:
        complain(f"{warn('cut short:')} {outcome.ended_by.message}")
    return outcome.exit_code
