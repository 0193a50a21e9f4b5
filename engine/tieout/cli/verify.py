"""`tieout verify`: both sides read again and compared, within a number of calls."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, common
from tieout.cli.show import clean, complain, dim, json_line, say
from tieout.cli.working import STYLES, working
from tieout.exits import NEW, worst
from tieout.http.metering import Metered
from tieout.report.verify_text import MOST, scope_line, verify_lines
from tieout.report.verify_view import Verified, as_json
from tieout.selecting import names_called
from tieout.store import runs
from tieout.sync.causes import ACCEPTED
from tieout.sync.comparing import by_cause
from tieout.sync.verifying import scope, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieout.cli.working import Work
    from tieout.ready import Ready
    from tieout.sync.run import Run
    from tieout.sync.verifying import Verification

CALLS = 500
"""Unless --calls says otherwise."""


@click.command("verify")
@click.argument("mappings", nargs=-1, metavar="[MAPPING]…")
@click.option("--calls", type=click.IntRange(1), default=CALLS, show_default=True, metavar="N",
              help="At most so many calls, over all systems; whose account it is and descriptions apart.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help=f"Show every mismatch, not {MOST}.")
@common
def command(mappings: Sequence[str], calls: int, *, everything: bool) -> int:
    """Read both sides again and compare them: totals of every mapped field, and a cause for whatever differs.

    Finds what runs cannot see by themselves: edits that the reading of changes never showed, twins, values that were
    once said to agree. What it will read and how many calls that takes is said before it begins; where the calls do
    not suffice for everything, it takes as many links as they suffice for, and the next time goes on behind them.

    What can't be read is named with what is to be done, and all else is compared; then it ends with 6 or 75, as a run
    does. Systems are only read. What was found is in the mirror, so the next run carries over what is pending. Ends
    with 3 if something differs that no rule and no person wants so.
    """
    with working("verify") as work:
        meter = Metered(work.session.windows)
        work.session.windows = meter
        ready = work.session.ready()
        with work.running(ready) as run:
            chosen = scope(run, names_called(mappings, run), calls)
            complain(dim(scope_line(chosen)))
            meter.begin(calls)
            verified = _verified(work, run, ready, verify(run, chosen), meter.used)
    if asked().json:
        json_line(as_json(verified))
    else:
        for line in verify_lines(verified, STYLES, everything=everything, locale=work.locale):
            say(clean(line))
    return verified.exit_code


def _verified(work: Work, run: Run, ready: Ready, made: Verification, used: int) -> Verified:
    """Give the finished verification, and note in the store how it ended and where it stopped."""
    faults = {**ready.faults, **made.faults}
    wrong = [cause for cause in by_cause(made.comparisons) if cause not in ACCEPTED]
    code = worst([*(fault.exit_code for fault in faults.values()), *([NEW] if wrong else [])])
    summary = {"stopped_at": {name: str(link) for name, link in made.stopped_at.items()}}
    with work.session.database.write() as tx:
        runs.end(tx, run.id, exit_code=code, summary=summary)
    return Verified(
        run=run.id,
        project=work.session.project.name,
        environment=run.environment,
        started=f"{run.started:%Y-%m-%dT%H:%M:%SZ}",
        seconds=time.time() - work.began,
        exit_code=code,
        used=used,
        verification=made,
        refused={name: str(fault) for name, fault in ready.refused.items()} | made.stopped,
        faults=faults,
    )
