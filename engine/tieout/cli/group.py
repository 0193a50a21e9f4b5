"""The group `tieout`: it knows its commands by name and imports one when it is called."""

from __future__ import annotations

from importlib import import_module

import click

from tieout.choosing import no_such
from tieout.cli.asked import common
from tieout.cli.table import COMMANDS, PANELS

_WHOLE = 1000
"""Longer than any summary."""
_EPILOG = "tieout help COMMAND, tieout help exit-codes, tieout help CODE explain more."


class Commands(click.Group):
    """Commands in panels; each module `tieout.cli.NAME` holds one as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Name all commands in the order of the panels."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as above
        """Import one command; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"tieout.cli.{cmd_name}").command
        found.short_help = COMMANDS[cmd_name]
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that does not exist is answered with the nearest name."""
        name = args[0]
        if not name.startswith("-") and name not in COMMANDS:
            raise click.UsageError(no_such("command", name, COMMANDS), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # as above
        """Write the panels."""
        for panel in PANELS:
            with formatter.section(panel.title):
                formatter.write_dl(list(panel.commands.items()), col_max=12)


class Subcommands(click.Group):
    """Commands below a command, each with its whole first sentence; a wrong name is answered with the nearest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that does not exist is answered with the nearest name."""
        if not args[0].startswith("-") and args[0] not in self.commands:
            raise click.UsageError(no_such(f"command of {ctx.command_path}", args[0], self.commands), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # as above
        """Write them."""
        told = {name: one.get_short_help_str(_WHOLE) for name, one in sorted(self.commands.items())}
        with formatter.section("Commands"):
            formatter.write_dl(list(told.items()))


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  # click's callback
    if not value or context.resilient_parsing:
        return
    from importlib.metadata import version  # noqa: PLC0415  # only here

    click.echo(f"tieout {version('tieout')}")
    context.exit()


@click.group(
    cls=Commands,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
@common
def root() -> None:
    """Keeps two business systems in agreement, from mappings that you can read aloud.

    It reads both sides, shows what it would do and why, does exactly that, and can say afterwards why any field has
    the value it has.
    """
