"""What commands that work on the systems share: signals, logs, progress, the record of the run, its report."""

from __future__ import annotations

import re
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, to_repeat
from tieout.cli.show import bad, clean, complain, dim, good, interject, json_line, say, strong, trace, warn
from tieout.concluding import Command, conclude, limits, reading
from tieout.http.clock import SystemClock
from tieout.logs import EVERYTHING, NORMAL, QUIET
from tieout.report.amounts import DEFAULT, checked
from tieout.report.run_text import Styles, run_lines
from tieout.report.run_view import Outcome, as_json
from tieout.runner import Asking, running
from tieout.session import Session, load
from tieout.stopping import Stopping
from tieout.sync.guard import Limits
from tieout.sync.passes import Reading, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieout.ready import Ready
    from tieout.sync.run import Run

STYLES = Styles(good, bad, warn, dim, strong)
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
        return limits(self.session.project)

    @property
    def locale(self) -> str:
        """How people write numbers: as was asked, else as the project says. Raises UsageError for an unknown locale."""
        return checked(asked().locale or self.session.project.locale or DEFAULT)

    def reading(self, *, full: bool) -> Reading:
        """How to read."""
        return reading(self.session.project, full=full)

    def outcome(self, run: Run, ready: Ready, report: Report, *, fail_on: str = "new") -> Outcome:
        """Collect everything that the report says, and the exit code that follows; note both in the store."""
        command = Command(self.command, self.locale, to_repeat(), fail_on, self.began)
        return conclude(self.session, run, ready, report, command)


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
