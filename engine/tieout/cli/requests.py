"""What becomes of a request once its plan was shown: approved, refused, or left for later."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tieout.cli.apply import carry_out
from tieout.cli.asked import asked, to_repeat
from tieout.cli.show import dim, say
from tieout.cli.working import working
from tieout.runner import person
from tieout.sync.approving import forget

if TYPE_CHECKING:
    from collections.abc import Sequence


def decided(digest: str, guards: Sequence[str], *, yes: bool, request: bool = True) -> int:
    """Ask on a terminal, go by the options otherwise; give the exit code. `guards`: what would stop the plan.

    `request`: the plan shows a request, which stays one until it is approved or forgotten.
    """
    if yes:
        return carry_out(digest, ())
    if asked().json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        if request and not asked().json:
            withdraw = f"tieout review forget --plan {digest[:12]}{to_repeat()}"
            say(dim(f"this stays a request until then; forget it:  {withdraw}"))
        return 0
    let = f", letting it pass {', '.join(guards)}" if guards else ""
    if click.confirm(f"Apply it now{let}?", err=True):
        return carry_out(digest, guards)
    if not request:
        return 0
    with working("plan") as work, work.session.database.write() as tx:
        many = forget(tx, digest, who=person(), now=work.session.database.now())
    say(f"forgotten: {many} request{'' if many == 1 else 's'}")
    return 0
