"""`tieout undo`: the reverse of a run, as a plan."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tieout.cli.asked import asked, common
from tieout.cli.files import Target
from tieout.cli.plan import MOST, PlanView, show_plan
from tieout.cli.show import complain, dim, json_line, say, warn
from tieout.cli.working import working
from tieout.concluding import left_out
from tieout.exits import worst
from tieout.report.metrics import write_whole
from tieout.store import history, runs
from tieout.sync.guard import stops
from tieout.sync.passes import recovered_by_reading
from tieout.sync.undoing import undo


@click.command("undo")
@click.argument("run", metavar="RUN")
@click.option("--out", "-o", type=Target(), metavar="FILE",
              help="Write the plan for a pull request; tieout apply FILE applies it.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help=f"Show every operation, not {MOST} of each mapping.")
@common
def command(run: str, out: Path | None, *, everything: bool) -> int:
    """Plan to take back what RUN did: the name of a run, or its beginning, as tieout status shows it.

    Fields that still hold what the run stored get back what they held before; records that it made are archived or
    deleted, as their system allows, and their links end. What was edited since, is paid, or can't be brought back is
    named, with what is legal instead. Nothing is written: tieout apply carries the plan out, under its guards, and the
    next runs do not do again what was taken back.

    A mapping whose systems can't be read now is left as a whole, and named; the rest is planned. Then it ends with 6 or
    75, as a run does; once it can be read again, undo RUN once more plans what was left.
    """
    with working("undo") as work:
        with work.session.database.read() as tx:
            undone = history.find_run(tx, run)
        ready = work.session.ready()
        with work.running(ready) as current:
            undoing = undo(current, undone, recovered_by_reading(current))
            faults = {**ready.faults, **undoing.planning.faults}
            mappings = {joined.mapping.name: joined.mapping for joined in current.joined}
            code = worst([fault.exit_code for fault in faults.values()])
            with work.session.database.write() as tx:
                runs.end(tx, current.id, exit_code=code, summary={})
        found = stops(undoing.planning, work.limits)
        view = PlanView(work, undoing.planning.digest, mappings, found, everything=everything)
        if out is not None:
            write_whole(out, json.dumps(view.shown.document(), indent=2, ensure_ascii=False) + "\n")
        if asked().json:
            json_line(view.shown.document())
        else:
            say(dim(f"takes back {undone}"))
            show_plan(view, None, ())
            told = {str(place): str(fault) for place, fault in undoing.planning.faults.items()}
            for name, why in {**left_out(current, ready, undoing.planning.faults), **told}.items():
                complain(f"{warn('left out')}  {name}: {why}")
            for mend in dict.fromkeys(fault.mend for fault in faults.values() if fault.mend):
                complain(f"  next: {mend}")
        return code
