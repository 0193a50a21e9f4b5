"""`tieout apply`: exactly the plan that was looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import common
from tieout.cli.group import no_such
from tieout.cli.working import Duration, tell, working
from tieout.errors import UsageError
from tieout.runner import person
from tieout.store import plans
from tieout.sync.passes import GUARDS, apply_plan

if TYPE_CHECKING:
    from datetime import timedelta


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
    digest = _digest(plan)
    with working("apply", logs=True, deadline=deadline) as work:
        with work.session.database.read() as tx:
            plans.find(tx, digest)  # before anything is asked of a system
        ready = work.session.ready()
        with work.running(ready) as run:
            report = apply_plan(run, digest, work.limits, allow=guards, who=person())
            outcome = work.outcome(run, ready, report)
        return tell(outcome)


def _digest(plan: str) -> str:
    path = Path(plan)
    if not path.is_file():
        if not plan or set(plan.lower()) - set("0123456789abcdef"):
            raise UsageError(f"{plan!r} is neither a plan's digest nor a file", mend="tieout plan")
        return plan.lower()
    try:
        found = json.loads(path.read_text("utf-8"))
        digest = found["plan"]
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        digest = None
    if not isinstance(digest, str):
        raise UsageError(f"{path} is no plan", mend="tieout plan --out FILE")
    return digest
