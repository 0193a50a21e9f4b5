"""`tieout sandbox`: local stand-ins of the systems."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from tieout.choosing import no_such
from tieout.cli.asked import common
from tieout.cli.show import complain, dim, strong
from tieout.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieout.adapter import Simulator
    from tieout.plugins import Plugins
    from tieout.sandbox import Access


@click.command("sandbox")
@click.option("--only", metavar="NAME,…", help="Only these systems.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, help="Port of the first; the others follow (0: any)."
)
@common
def command(only: str | None, port: int) -> None:
    """Start local stand-ins of the systems and print how to reach them.

    When all of them listen, one line of JSON appears on standard output: for each system its URL, the client id and
    secret, and an access token that works at once. Ctrl-C or SIGTERM stops them; their data is gone then.

    \b
      tieout sandbox > sandbox.json &
      tieout init acme --sandbox sandbox.json
    """  # noqa: D301  # click reads the character \b, a raw string has none
    from tieout import plugins, sandbox  # noqa: PLC0415  # the server is loaded only when it is run

    simulators = chosen(plugins.load(), only)

    def ready(access: Access) -> None:
        click.echo(json.dumps(access, ensure_ascii=False))
        sys.stdout.flush()
        if sys.stderr.isatty():
            for name, how in access.items():
                complain(f"{strong(name)} listens at {how['url']}")
            complain(dim("ctrl-C stops the sandbox; what is in it is gone then"))

    sandbox.serve(simulators, port, ready)


def chosen(installed: Plugins, only: str | None) -> Mapping[str, Simulator]:
    """Give the simulators of these adapters, or all. Raises UsageError for a name without one."""
    found = {name: adapter.simulator() for name, adapter in installed.adapters.items()}
    there = {name: simulator for name, simulator in sorted(found.items()) if simulator is not None}
    wanted = [name.strip() for name in only.split(",") if name.strip()] if only is not None else list(there)
    for name in wanted:
        if name not in there:
            raise UsageError(no_such("simulator", name, there), mend="tieout adapters")
    if not wanted:
        raise UsageError("no installed adapter has a simulator", mend="tieout adapters")
    return {name: there[name] for name in dict.fromkeys(wanted)}
