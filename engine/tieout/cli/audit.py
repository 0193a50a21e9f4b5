"""`tieout audit`: the chain of everything that was done: read it, check it, give it out, erase one person from it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tieout.cli import audit_access, audit_log, audit_person
from tieout.cli.asked import asked, common
from tieout.cli.group import Subcommands
from tieout.cli.show import bad, clean, dim, good, json_line, say
from tieout.errors import UsageError
from tieout.exits import DONE, FAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieout.store.audit import Head, Verdict
    from tieout.store.export import Checked
    from tieout.store.replay import Difference, State

_HEAD = re.compile(r"\b(\d{1,18}):([0-9a-f]{64})\b")
_HEADS = click.option(
    "--head",
    "--against",
    "heads",
    multiple=True,
    metavar="SEQ:HASH|FILE",
    help="A head that you kept elsewhere, or a file with many (reports, logs): finds a rewritten or cut chain, too.",
)


@click.group("audit", cls=Subcommands, no_args_is_help=True)
def command() -> None:
    """Read and check the chain of everything that was done; give out or erase one person's data."""


@command.command("verify")
@_HEADS
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Check what tieout audit export wrote, instead of the database.",
)
@common
def verify(heads: Sequence[str], path: Path | None) -> int:
    """Check every entry against its hash and its values, and print the head: keep it outside the database.

    Every report of a run ends with the head. Give back all that you kept in one file:

    \b
      tieout audit verify --head /var/log/tieout/run.log
    """  # noqa: D301  # click reads the character \b, a raw string has none
    kept = [head for text in heads for head in _heads(text)]
    if path is not None:
        return _verify_file(path, kept)
    from tieout.cli.audit_scope import opened  # noqa: PLC0415  # heavy
    from tieout.store import audit  # noqa: PLC0415  # as above

    with opened() as at:
        verdict = audit.verify(at.tx, against=kept)
    if asked().json:
        json_line(_as_json(verdict, kept))
    else:
        _show(verdict, kept)
    return DONE if verdict.ok else FAULT


def _heads(text: str) -> list[Head]:
    from tieout.store.audit import Head  # noqa: PLC0415  # heavy

    found = _HEAD.fullmatch(text.strip().lower())
    if found is not None:
        return [Head(int(found[1]), found[2])]
    path = Path(text)
    if not path.is_file():
        raise UsageError(
            f"{text!r} is no head, which is NUMBER:HASH with 64 hexadecimal digits, and no file",
            mend="tieout audit verify",
        )
    inside = _HEAD.findall(path.read_text("utf-8", "replace").lower())
    if not inside:
        raise UsageError(f"there is no head in {path}", mend="tieout audit verify >> FILE")
    return [Head(int(seq), hashed) for seq, hashed in dict.fromkeys(inside)]


def _as_json(verdict: Verdict, kept: Sequence[Head]) -> dict[str, object]:
    return {
        "ok": verdict.ok,
        "entries": verdict.entries,
        "erased": verdict.erased,
        "head": f"{verdict.head.seq}:{verdict.head.hash}",
        "heads_checked": len(kept),
        "broken": verdict.broken,
        "reason": verdict.reason or None,
    }


def _show(verdict: Verdict, kept: Sequence[Head]) -> None:
    one = verdict.entries == 1
    count = f"{verdict.entries} entr{'y' if one else 'ies'}"
    erased = f", the values of {verdict.erased} erased" if verdict.erased else ""
    outside = (
        f", {len(kept)} head{' kept elsewhere fits' if len(kept) == 1 else 's kept elsewhere fit'}" if kept else ""
    )
    if verdict.ok:
        say(f"{good('the chain holds')}: {count}{erased}{outside}")
        say(f"head {verdict.head.seq}:{verdict.head.hash}")
        say(dim("keep the head outside the database; tieout audit verify --head finds a chain that was rewritten"))
    else:
        before = f"{count} before it {'holds' if one else 'hold'}{erased}"
        say(f"{bad('the chain is broken')} at entry {verdict.broken}: {verdict.reason} ({before})")


def _verify_file(path: Path, kept: Sequence[Head]) -> int:
    from tieout.store import export  # noqa: PLC0415  # heavy

    with path.open(encoding="utf-8", errors="replace") as rows:
        found = export.check(rows, kept)
    if asked().json:
        json_line(_file_json(found))
    elif found.broken is None:
        places = "1 place" if found.gaps == 1 else f"{found.gaps} places"
        gaps = f", others are left out in {places}" if found.gaps else ", none is left out"
        say(f"{good('the file holds')}: {found.entries} entr{'y' if found.entries == 1 else 'ies'}{gaps}")
        if found.last is not None:
            say(f"last {found.last.seq}:{found.last.hash}")
    else:
        where = f" at entry {found.broken}" if found.broken else ""
        say(f"{bad('the file is broken')}{where}: {found.reason}")
    return DONE if found.broken is None else FAULT


def _file_json(found: Checked) -> dict[str, object]:
    return {
        "ok": found.broken is None,
        "entries": found.entries,
        "gaps": found.gaps,
        "last": None if found.last is None else f"{found.last.seq}:{found.last.hash}",
        "broken": found.broken,
        "reason": found.reason or None,
    }


@command.command("replay")
@click.option("--compare", is_flag=True, help="Compare with what is stored; exit with 1 if anything differs.")
@common
def replay(*, compare: bool) -> int:
    """Work out from the log alone what is linked, agreed, held, asked and answered.

    The log reproduces the state; where the two differ, something changed the state and told nobody.
    """
    from tieout.cli.audit_scope import opened  # noqa: PLC0415  # heavy
    from tieout.store import replay as replaying  # noqa: PLC0415  # as above

    with opened() as at:
        told = replaying.replay(at.tx)
        found = list(replaying.differences(told, replaying.stored(at.tx))) if compare else None
    if asked().json:
        json_line(_replayed_json(told, found))
    else:
        _show_replayed(told, found)
    return FAULT if found else DONE


def _replayed_json(told: State, found: Sequence[Difference] | None) -> dict[str, object]:
    made: dict[str, object] = {
        "links": [
            {"link": number, "pair": one.pair, "part": one.part, "first": one.ids[0], "second": one.ids[1],
             "state": one.state, "reason": one.reason, "generation": one.generation, "base": sorted(one.base),
             "lines": {name: len(lines) for name, lines in one.lines.items()}, "sent": sorted(one.sent)}
            for number, one in sorted(told.links.items())
        ],
        "holds": [[*subject, one.code] for subject, one in sorted(told.holds.items())],
        "decisions": [[*subject, one.kind, one.code] for subject, one in sorted(told.suppressed.items())],
        "questions": [
            {"id": id_, "kind": one.kind, "state": one.state, "answer": one.answer, "who": one.who}
            for id_, one in sorted(told.reviews.items())
        ],
    }  # fmt: skip
    if found is not None:
        made["differences"] = [{"subject": one.subject, "what": one.what} for one in found]
    return made


def _show_replayed(told: State, found: Sequence[Difference] | None) -> None:
    active = sum(one.state == "active" for one in told.links.values())
    fields = sum(len(one.base) for one in told.links.values())
    say(
        f"the log tells of {active} links, {len(told.links) - active} ended ones, {fields} agreed fields,"
        f" {len(told.holds)} holds, {len(told.suppressed)} decisions, {len(told.reviews)} questions"
    )
    if found is None:
        return
    for one in found:
        say(clean(f"{bad('differs')}  {one.subject}: {one.what}"))
    if not found:
        say(f"{good('the store holds exactly that')}")


for _one in (audit_access.access, audit_log.log, audit_log.show, audit_person.export, audit_person.erase):
    command.add_command(_one)
