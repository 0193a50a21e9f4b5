"""`tieout audit`: the chain of everything that was done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, common
from tieout.cli.exits import DONE, FAULT
from tieout.cli.show import bad, dim, good, json_line, say
from tieout.errors import UsageError

if TYPE_CHECKING:
    from tieout.store.audit import Head, Verdict

_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


@click.group("audit", no_args_is_help=True)
def command() -> None:
    """Verify the chain of everything that was done."""


@command.command("verify")
@click.option(
    "--head", metavar="SEQ:HASH", help="The head that you kept elsewhere: finds a rewritten or cut chain, too."
)
@common
def verify(head: str | None) -> int:
    """Check every entry against its hash and its values, and print the head: keep it outside the database."""
    from tieout.session import Session, load  # noqa: PLC0415  # heavy
    from tieout.store import audit  # noqa: PLC0415  # as above

    kept = _head(head)
    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env, create=False) as session, session.database.read() as tx:
        verdict = audit.verify(tx, against=kept)
    if settings.json:
        json_line(_as_json(verdict))
    else:
        _show(verdict)
    return DONE if verdict.ok else FAULT


def _head(text: str | None) -> Head | None:
    from tieout.store.audit import Head  # noqa: PLC0415  # after the session's imports

    if text is None:
        return None
    match = _HEAD.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError(f"{text!r} is no head: it is NUMBER:HASH, 64 hexadecimal digits", mend="tieout audit verify")
    return Head(int(match[1]), match[2])


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "ok": verdict.ok,
        "entries": verdict.entries,
        "erased": verdict.erased,
        "head": f"{verdict.head.seq}:{verdict.head.hash}",
        "broken": verdict.broken,
        "reason": verdict.reason or None,
    }


def _show(verdict: Verdict) -> None:
    count = f"{verdict.entries} entr{'y' if verdict.entries == 1 else 'ies'}"
    erased = f", the values of {verdict.erased} erased" if verdict.erased else ""
    if verdict.ok:
        say(f"{good('the chain holds')}: {count}{erased}")
        say(f"head {verdict.head.seq}:{verdict.head.hash}")
        say(dim("keep the head outside the database; tieout audit verify --head finds a chain that was rewritten"))
    else:
        say(
            f"{bad('the chain is broken')} at entry {verdict.broken}: {verdict.reason} ({count} before it hold{erased})"
        )
