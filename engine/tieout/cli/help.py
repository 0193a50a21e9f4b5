"""`tieout help`: a problem code, a command or a topic, explained."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from tieout.choosing import no_such
from tieout.cli.asked import asked, common
from tieout.cli.show import dim, json_line, say, strong
from tieout.cli.table import COMMANDS
from tieout.errors import UsageError
from tieout.exits import MEANING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


WIDTH = 80
OWN_WORDS = (
    "The system's own words for a record that it refused, the line of the mapping and the next step stand in "
    "`tieout status`; those of a connection in `tieout check --online`."
)


def _exit_codes() -> str:
    lines = [f"  {code:>3}  {meaning}" for code, meaning in MEANING.items()]
    order = "Where several hold: 1, 2, 6, 5, 3, 75, 4, 0, the first one wins."
    return "\n".join([*lines, "", order])


def _records() -> str:
    return """\
A record on the command line, in reports and in files is MAPPING/SIDE:ID

  customers/crm:001Sm0000000001AAA           the record of the side crm in the mapping customers
  customers@xero_uk/crm:001Sm0000000001AAA   in one copy of a mapping that exists once per connection
  invoices/crm:006Sm0000000001AAA#2026-01-31 one part of it"""


def _environment() -> str:
    return """\
  TIEOUT_ENV        environment of tieout.yaml, where --env names none
  TIEOUT_KEY        key that encrypts tokens and secrets in the state database
  TIEOUT_KEY_FILE   file that holds it; without both: the keyring of the machine, else .tieout/key
  NO_COLOR          no colour, on terminals either
  COLUMNS           width of a terminal's tables

Secrets stand outside the project: ${env:NAME}, ${env:NAME:-default}, ${file:/path}, ${secret:NAME}; the last one is
what `tieout connect --secret NAME` stored."""


def _completion() -> str:
    return """\
Your shell completes commands and options after one of

  bash   eval "$(_TIEOUT_COMPLETE=bash_source tieout)"
  zsh    eval "$(_TIEOUT_COMPLETE=zsh_source tieout)"
  fish   _TIEOUT_COMPLETE=fish_source tieout | source"""


TOPICS: Mapping[str, Callable[[], str]] = {
    "exit-codes": _exit_codes,
    "records": _records,
    "environment": _environment,
    "completion": _completion,
}


@click.command("help")
@click.argument("name", required=False)
@common
def command(name: str | None) -> int:
    """Explain a problem code, a command or a topic.

    \b
      tieout help unknown-field
      tieout help check
      tieout help exit-codes
    """  # noqa: D301  # click reads the character \b, a raw string has none
    context = click.get_current_context()
    root = context.find_root()
    if name is None:
        if asked().json:
            json_line({"commands": dict(COMMANDS), "topics": list(TOPICS)})
            return 0
        say(root.get_help())
        say(f"\nTopics: {', '.join(TOPICS)}. Problem codes: as tieout check prints them in brackets.")
        return 0
    name = name.strip("[]").lower().replace(" ", "-")
    found = root.command.get_command(root, name) if isinstance(root.command, click.Group) else None
    if found is not None:
        with click.Context(found, info_name=name, parent=root) as inner:
            _tell({"command": name, "text": found.get_help(inner)})
        return 0
    if name in TOPICS:
        _tell({"topic": name, "text": TOPICS[name]()})
        return 0
    return _code(name)


def _tell(made: Mapping[str, str]) -> None:
    if asked().json:
        json_line(made)
    else:
        say(made["text"])


def _code(name: str) -> int:
    from tieout.language.codes import codes, explain  # noqa: PLC0415  # a page that only this needs

    found = explain(name)
    if found is None:
        return _adapters_code(name, [*codes(), *COMMANDS, *TOPICS])
    if asked().json:
        json_line({"code": found.code, "title": found.title, "text": found.text})
        return 0
    say(f"{strong(found.code)}: {found.title}\n")
    for paragraph in found.text.split("\n"):
        say(_filled(paragraph))
    say(dim("\nthe whole language: docs/language.md"))
    return 0


def _adapters_code(name: str, known: Sequence[str]) -> int:
    """Explain a code that an adapter gives; of a code that nobody declares the system's own words are kept."""
    from tieout.plugins import load  # noqa: PLC0415  # imports every adapter, which only this needs

    given = {one.name: one.codes() for one in load().adapters.values()}
    found = {adapter: text for adapter, codes in given.items() for code, text in codes.items() if code.lower() == name}
    if not found:
        others = {code.lower() for codes in given.values() for code in codes}
        raise UsageError(
            no_such("code, command or topic", name, sorted({*known, *others})),
            mend="tieout help; where a system gave the code, tieout status shows its own words",
        )
    if asked().json:
        json_line({"code": name, "adapters": found})
        return 0
    for adapter, text in found.items():
        say(f"{strong(name)}: a code of the adapter {adapter}\n")
        say(_filled(text))
        say()
    say(_filled(OWN_WORDS))
    return 0


def _filled(line: str) -> str:
    if line.startswith(("    ", "```", "|", "- ")):
        return line
    return textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False)
