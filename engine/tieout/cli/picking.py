"""What is picked on the command line: named by `--pick`, or asked for on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked
from tieout.cli.show import clean, dim, strong
from tieout.cli.working import working
from tieout.errors import UsageError
from tieout.selecting import selection_of
from tieout.store import runs
from tieout.sync.offering import offers
from tieout.sync.passes import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tieout.sync.offering import Offer


def named(words: Iterable[str]) -> dict[str, str]:
    """Read NAME=KEY. Raises UsageError."""
    picks: dict[str, str] = {}
    for word in words:
        name, equals, key = word.partition("=")
        if not name or not equals or not key:
            raise UsageError(f"{word!r} picks nothing", mend="write it as --pick NAME=KEY")
        if picks.setdefault(name, key) != key:
            raise UsageError(f"{name} is picked twice: {picks[name]} and {key}", mend="give it once")
    return picks


def may_ask(records: Sequence[str]) -> bool:
    """Say whether a person is there who can be asked about the one record that was named."""
    single = len(records) == 1 and "/" in records[0]
    return single and not asked().json and sys.stdin.isatty() and sys.stdout.isatty()


def chosen(records: Sequence[str], act: str, picks: Mapping[str, str]) -> dict[str, str]:
    """Ask for the picks of one record that are not named; nobody else has to wait while a person thinks."""
    with working("plan") as work, work.running(work.session.ready()) as run:
        selection = selection_of(records, None, run, act, picks)
        found = [] if selection is None else offers(run, Reading(), selection)
        with work.session.database.write() as tx:
            runs.end(tx, run.id, exit_code=0, summary={})
    answers = {offer.name: _asked(offer) for offer in found}
    return {**picks, **{name: key for name, key in answers.items() if key}}


def _asked(offer: Offer) -> str:
    click.echo(strong(clean(offer.ask)), err=True)
    keys = [option.key for option in offer.options]
    for number, option in enumerate(offer.options, 1):
        mark = dim("  (taken if you just press Enter)") if option.key == offer.taken else ""
        click.echo(f"  {number:>3}  {clean(str(option))}{mark}", err=True)
    default = str(keys.index(offer.taken) + 1) if offer.taken in keys else None if offer.required else ""

    def read(given: str) -> str:
        text = given.strip()
        if text.isdecimal() and 1 <= int(text) <= len(keys):
            return keys[int(text) - 1]
        if text in keys or (not text and not offer.required):
            return text
        raise click.BadParameter(f"a number from 1 to {len(keys)}, please")

    picked: str = click.prompt(offer.name, default=default, value_proc=read, err=True, show_default=bool(default))
    return picked
