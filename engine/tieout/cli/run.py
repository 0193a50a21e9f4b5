"""`tieout run`: what a scheduler calls."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tieout.cli import alerting
from tieout.cli.asked import asked, common
from tieout.cli.files import Target
from tieout.cli.working import Duration, tell, working
from tieout.concluding import cut_short
from tieout.errors import Busy, StoreError, TieoutError
from tieout.http.metering import Metered
from tieout.notifying import must_be_installed
from tieout.report.metrics import Figures, metrics_text, write_whole
from tieout.report.run_view import Outcome
from tieout.store import overview, runs
from tieout.store.tokens import calls_left
from tieout.sync.passes import Report, run_passes

if TYPE_CHECKING:
    from datetime import timedelta

    from tieout.cli.working import Work


@click.command("run")
@click.option("--full", is_flag=True, help="Read everything again, beside what changed.")
@click.option("--fail-on", type=click.Choice(["any", "new", "never"]), default="new", show_default=True,
              help="Which failures, holds and questions end in exit code 3.")  # fmt: skip
@click.option("--deadline", type=Duration(), metavar="TIME", help="Stop after 90s, 10m or 2h; the next run goes on.")
@click.option("--metrics", type=Target(), metavar="FILE",
              help="Write figures for Prometheus, replaced as a whole.")  # fmt: skip
@common
def command(fail_on: str, deadline: timedelta | None, metrics: Path | None, *, full: bool) -> int:
    """Bring both sides into agreement: passes of plan and apply until one has nothing to write.

    The report, or --json, goes to standard output, logs to standard error. A guard stops a plan that does more than
    the project allows; the report names the command that lets this plan through. Exit codes: tieout help exit-codes.
    """
    with ExitStack() as stack:
        try:
            work = stack.enter_context(working("run", logs=True, deadline=deadline))
        except TieoutError as error:
            if metrics is not None:  # the figures of an earlier run must not stand for one that could not begin
                write_whole(
                    metrics, metrics_text(_unread(error.exit_code), Figures(version("tieout"), time.time(), ()))
                )
            raise
        return _worked(work, fail_on, metrics, full=full)


def _worked(work: Work, fail_on: str, metrics: Path | None, *, full: bool) -> int:
    must_be_installed(work.session.project.notify.receivers)
    meter = Metered(work.session.windows)
    work.session.windows = meter
    try:
        outcome = _run(work, fail_on, full=full)
    except Exception as error:
        alerting.after_error(work.session, error)
        if metrics is not None and isinstance(error, TieoutError):
            _write(metrics, _empty(work, error.exit_code), _figures(work, meter))
        raise
    alerting.after_run(work.session, outcome)
    try:
        return tell(outcome)
    finally:  # figures that can't be written cost nobody the report, nor the other way round
        if metrics is not None:
            _write(metrics, outcome, _figures(work, meter))


def _run(work: Work, fail_on: str, *, full: bool) -> Outcome:
    ready = work.session.ready()
    with work.running(ready) as run:
        reading = work.reading(full=full)
        report = Report()
        with cut_short(report):
            if run.joined:
                run_passes(run, work.limits, reading, depth=ready.depth, report=report)
        return work.outcome(run, ready, report, fail_on=fail_on)


def _write(path: Path, outcome: Outcome, figures: Figures) -> None:
    write_whole(path, metrics_text(outcome, figures))


def _figures(work: Work, meter: Metered) -> Figures:
    """Collect what is known beside the outcome; of a database that fails nothing is."""
    database = work.session.database
    known = Figures(version("tieout"), work.began, tuple(work.session.project.connections), meter.calls)
    with suppress(StoreError, Busy), database.read() as tx:
        return replace(
            known,
            left=calls_left(tx, database.now()),
            pairs=overview.pairs(tx),
            unsettled=overview.unsettled(tx),
            succeeded=runs.last_success(tx, "run"),
        )
    return known


def _empty(work: Work, exit_code: int) -> Outcome:
    project = work.session.project
    return _nothing(project.name, project.environment or "none", exit_code)


def _unread(exit_code: int) -> Outcome:
    """Give the outcome of a run whose project cannot be read: it is called as its folder is."""
    settings = asked()
    return _nothing(settings.folder.absolute().name, settings.environment or "none", exit_code)


def _nothing(project: str, environment: str, exit_code: int) -> Outcome:
    return Outcome(
        run="",
        command="run",
        environment=environment,
        project=project,
        started="",
        seconds=0.0,
        report=Report(converged=False),
        faults={},
        refused={},
        dormant=(),
        holds=(),
        reviews=(),
        failures=(),
        exit_code=exit_code,
    )
