"""`tieout demo`: the whole story on the simulators, nothing to configure."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tieout.choosing import no_such
from tieout.cli.asked import common
from tieout.cli.files import Folder
from tieout.cli.show import complain, say, strong
from tieout.demo import STORIES, demo

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Pack(click.Choice[str]):
    """A pack with a story; another one is answered with the nearest."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        if value not in STORIES:
            self.fail(no_such("demo of the pack", value, STORIES), param, ctx)
        return value


@click.command("demo")
@click.option(
    "--pack",
    type=_Pack(list(STORIES)),
    default="salesforce-xero",
    show_default=True,
    help="Whose story is told.",
)
@click.option(
    "--folder",
    "into",
    type=Folder(),
    default=Path("tieout-demo"),
    show_default=True,
    help="Where the demo makes its project.",
)
@common
def command(into: Path, pack: str) -> None:
    """See two systems brought into agreement: a CRM and a ledger, simulated on this machine.

    With Salesforce and Xero it shows the first plan and what it does to the books, edits on both sides, a conflict and
    its rule, a won deal that becomes an invoice, payments that come back, an edit that is held with the legal ways out,
    and an empty plan. With SpotlerCRM and Xero (--pack spotlercrm-xero): an account and an invoice on request, with the
    main contact and the revenue account that are chosen, the draft that follows, an edit too late, and the payment.
    The project folder stays, to be explored; the systems end with the demo.
    """
    demo(into.absolute(), _run, _say, pack)


def _run(arguments: Sequence[str]) -> int:
    """Run one command in this process, as its own command line would; its log would only hide the story."""
    from tieout.cli.group import root  # noqa: PLC0415  # the group imports its commands by name, this one too
    from tieout.cli.outcome import run  # noqa: PLC0415  # as above

    told = io.StringIO()
    with redirect_stderr(told):
        code = run(root, list(arguments))
    sys.stdout.flush()
    complaints = [line for line in told.getvalue().splitlines() if not line.startswith("{")]
    for line in complaints:
        complain(line)
    return code


def _say(text: str) -> None:
    headline = text.lstrip("\n")[:1].isdigit() or text.lstrip("\n").startswith("$")
    say(strong(text) if headline else text)
