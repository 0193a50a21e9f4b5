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
from tieout.report.shown_plan import shown_plan
from tieout.runner import person
from tieout.store import plans
from tieout.sync.passes import GUARDS, Report, apply_plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from tieout.cli.working import Work
    from tieout.sync.run import Run


LATER = frozenset({"plan", "made", "state", "guards", "operations"})
"""Of a plan file: what is compared by itself, or may be another one by then: a run may have come to the same plan."""


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


def _same(work: Work, run: Run, digest: str, written: dict[str, object]) -> None:
    """A file that people edited says something else than what would be applied: that is refused (law 7)."""
    mappings = {joined.mapping.name: joined.mapping for joined in run.joined}
    with work.session.database.read() as tx:
        plan = shown_plan(tx, digest, mappings, ())
    stored = json.loads(json.dumps(plan.document()))
    edited = _edited(stored, written)
    if edited:
        raise UsageError(
            f"the file is not the plan that was made: {edited}",
            mend="tieout plan --out FILE; what a plan does is changed in the mapping or in the records",
        )


def _edited(stored: dict[str, object], written: dict[str, object]) -> str:
    """Say where a file differs from the plan; "": nowhere. Which guards stop it, and how it ended, may change since."""
    made, asked_for = ([_undated(view) for view in _views(one)] for one in (stored, written))
    if made != asked_for:
        pairs = zip(made, asked_for, strict=False)
        place = next((n for n, (one, other) in enumerate(pairs, 1) if one != other), min(len(made), len(asked_for)) + 1)
        return f"operation {place} of {len(made)} differs"
    names = [name for name in sorted({*stored, *written} - LATER) if stored.get(name) != written.get(name)]
    return f"its {', '.join(names)} {'differs' if len(names) == 1 else 'differ'}" if names else ""


def _views(document: dict[str, object]) -> list[object]:
    operations = document["operations"]
    return operations if isinstance(operations, list) else []


def _undated(view: object) -> object:
    """Leave out how an operation ended, and what the login lacked then: the plan is the same one."""
    return {k: v for k, v in view.items() if k not in {"ended", "detail", "lacks"}} if isinstance(view, dict) else view
