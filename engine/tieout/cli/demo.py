"""`tieout demo`: the whole story on the simulators, nothing to configure."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import common
from tieout.cli.files import Folder
from tieout.cli.show import complain, say, strong

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("demo")
@click.option(
    "--folder",
    type=Folder(),
    default=Path("tieout-demo"),
    show_default=True,
    help="Where the demo makes its project.",
)
@common
def command(folder: Path) -> None:
    """See two systems brought into agreement: a CRM and a ledger, simulated on this machine.

    It shows the first plan and what it does to the books, edits on both sides, a conflict and its rule, a won deal
    that becomes an invoice, payments that come back, an edit that is held with the legal ways out, and an empty plan.
    The project folder stays, to be explored; the systems end with the demo.
    """
    from tieout import demo  # noqa: PLC0415  # the simulators' client is loaded only when it is told

    demo.demo(folder.absolute(), _run, _say)


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
