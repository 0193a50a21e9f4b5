"""`tieout apply`: exactly the plan that was looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tieout.choosing import no_such
from tieout.cli.asked import common
from tieout.cli.working import Duration, tell, working
from tieout.concluding import cut_short
from tieout.errors import UsageError
from tieout.report.plan_file import named_plan
from tieout.report.plan_text import plain_json
from tieout.runner import person
from tieout.store import plans
from tieout.sync.passes import GUARDS, Report, apply_plan
from tieout.sync.planview import operation_views

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from tieout.cli.working import Work
    from tieout.sync.run import Run


@click.command("apply")
@click.argument("plan", metavar="PLAN")
@click.option("--allow", metavar="GUARD,…", default="", help=f"Let it through: {', '.join(sorted(GUARDS))}.")
@click.option("--deadline", type=Duration(), metavar="TIME", help="Stop after 90s, 10m or 2h; the rest stays open.")
@common
def command(plan: str, allow: str, deadline: timedelta | None) -> int:
    """Carry out a saved PLAN: the beginning of its digest, or the file that tieout plan --out wrote.

    Both partners of every write are read again just before; what moved since the plan is left out as stale, and the
    next plan has it. --allow lets this one plan pass its guards, and is audited with your login.
    """
    guards = [word.strip() for word in allow.split(",") if word.strip()]
    for guard in guards:
        if guard not in GUARDS:
            raise UsageError(no_such("guard", guard, sorted(GUARDS)), mend="tieout apply --help")
    return carry_out(plan, guards, deadline)


def carry_out(plan: str, guards: Sequence[str], deadline: timedelta | None = None) -> int:
    """Carry out a saved plan, letting it pass these guards; give the exit code."""
    digest, written = named_plan(plan)
    with working("apply", logs=True, deadline=deadline) as work:
        with work.session.database.read() as tx:
            plans.find(tx, digest)  # before anything is asked of a system
        ready = work.session.ready()
        with work.running(ready) as run:
            if written is not None:
                _same(work, run, digest, written)
            report = Report()
            with cut_short(report):
                apply_plan(run, digest, work.limits, allow=guards, who=person(), report=report)
            outcome = work.outcome(run, ready, report)
        return tell(outcome)


def _same(work: Work, run: Run, digest: str, written: list[object]) -> None:
    """A file that people edited says something else than what would be applied: that is refused (law 7)."""
    mappings = {joined.mapping.name: joined.mapping for joined in run.joined}
    with work.session.database.read() as tx:
        views = [plain_json(view) for view in operation_views(tx, plans.find(tx, digest).digest, mappings)]
    stored = [_undated(view) for view in json.loads(json.dumps(views))]
    asked_for = [_undated(view) for view in written]
    if stored != asked_for:
        pairs = zip(stored, asked_for, strict=False)
        place = next((n for n, (one, other) in enumerate(pairs, 1) if one != other), min(len(stored), len(written)) + 1)
        raise UsageError(
            f"the file is not the plan that was made: operation {place} of {len(stored)} differs",
            mend="tieout plan --out FILE; what a plan does is changed in the mapping or in the records",
        )


def _undated(view: object) -> object:
    """Leave out how an operation ended, and what the login lacked then: the plan is the same one."""
    return {k: v for k, v in view.items() if k not in {"ended", "detail", "lacks"}} if isinstance(view, dict) else view
