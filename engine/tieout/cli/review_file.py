"""`tieout review export` and `import`: many questions answered in a spreadsheet."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, common, to_repeat
from tieout.cli.files import Target
from tieout.cli.show import bad, clean, dim, good, json_line, say
from tieout.exits import DONE, NEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from tieout.report.review_csv import Row, Verdict
    from tieout.report.standing import Words
    from tieout.session import Session


@click.command("export")
@click.argument("mappings", nargs=-1, metavar="[MAPPING]…")
@click.option("-o", "--out", type=Target(), metavar="FILE", required=True,
              help="The file to write.")  # fmt: skip
@common
def export(mappings: Sequence[str], out: Path) -> int:
    """Write the open questions as a CSV file, to be answered in a spreadsheet.

    Fill in the columns answer and why, leave the others, and give the file to tieout review import. Personal values
    are masked.
    """
    from tieout.session import Session, load  # noqa: PLC0415  # heavy

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env, create=False) as session:
        _refuse_unknown(session, mappings)
        many = save(session, out, mappings)
    if settings.json:
        json_line({"file": str(out), "questions": many})
    else:
        for line in saved_lines(out, many):
            say(line)
    return DONE


def _refuse_unknown(session: Session, mappings: Sequence[str]) -> None:
    from tieout.choosing import no_such  # noqa: PLC0415  # only here
    from tieout.errors import UsageError  # noqa: PLC0415  # as above
    from tieout.language.copies import called, names_to_call  # noqa: PLC0415  # as above
    from tieout.store import overview  # noqa: PLC0415  # heavy

    with session.database.read() as tx:  # a mapping that is gone may have left questions
        known = [*(one.name for one in session.project.mappings), *(row.label for row in overview.pairs(tx))]
    for name in mappings:
        if not called(name, known):
            raise UsageError(no_such("mapping", name, names_to_call(known)), mend="tieout status")


def save(session: Session, out: Path, mappings: Sequence[str], kind: str = "") -> int:
    """Write the open questions of mappings (none: of all), or those of one kind, and give how many there are."""
    from tieout.report.metrics import write_whole  # noqa: PLC0415  # heavy
    from tieout.report.review_csv import written  # noqa: PLC0415  # as above
    from tieout.report.standing import Words, side_names  # noqa: PLC0415  # as above
    from tieout.store import overview, standing  # noqa: PLC0415  # as above

    with session.database.read() as tx:
        words = Words(tx, side_names(session.project, overview.pairs(tx)))
        found = [(kept, words.review(kept)) for kept in standing.reviews(tx) if kind in {"", kept.kind}]
    chosen = [(kept, one) for kept, one in found if not mappings or _is_among(mappings, one.record)]
    write_whole(out, written(chosen))
    return len(chosen)


def saved_lines(out: Path, many: int) -> Iterator[str]:
    """Say what was written, and how it comes back."""
    if not many:
        yield f"no question is open: there is none in {out} to fill in"
        return
    yield f"{good('written')}: {many} question{'' if many == 1 else 's'} to {out}"
    yield dim(f"fill in the columns answer and why, then: tieout review import {shlex.quote(str(out))}{to_repeat()}")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be noted, and note nothing.")
@click.option("--why", default="", metavar="REASON", help="The reason, for rows that give none.")
@common
def import_(file: Path, *, dry_run: bool, why: str) -> int:
    """Take the answers out of a FILE that tieout review export wrote; the next plan follows them.

    Rows without an answer are passed over. A row whose question has changed since is refused by name, and so is an
    answer that there is not, or that can't be true beside another one; the others are noted all the same. Exit code 3:
    a row was refused.
    """
    from tieout.report.review_csv import read  # noqa: PLC0415  # heavy
    from tieout.report.standing import Words, side_names  # noqa: PLC0415  # as above
    from tieout.runner import person  # noqa: PLC0415  # as above
    from tieout.session import Session, load  # noqa: PLC0415  # as above
    from tieout.store import answering, overview, standing  # noqa: PLC0415  # as above
    from tieout.store.database import stamp  # noqa: PLC0415  # as above

    settings = asked()
    rows = read(file.name, file.read_bytes())
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env, create=False) as session:
        who, now = person(), stamp(session.database.now())
        with session.database.write() as tx:
            verdicts = _judged(rows, tx, Words(tx, side_names(loaded.project, overview.pairs(tx))))
            for one in [] if dry_run else _wanted(verdicts):
                kept = standing.find_review(tx, one.id or 0)
                if kept is not None:
                    answering.note(tx, kept, one.row.answer, who=who, why=one.row.why or why, now=now)
    _tell(verdicts, dry_run=dry_run)
    return NEW if any(one.refused for one in verdicts) else DONE


def _is_among(mappings: Sequence[str], record: str) -> bool:
    from tieout.language.copies import called  # noqa: PLC0415  # only here

    return any(called(name, [record.partition("/")[0]]) for name in mappings)


def _judged(rows: Sequence[Row], tx: Connection, words: Words) -> list[Verdict]:
    from tieout.report.review_csv import answered_twice, judged, number_of  # noqa: PLC0415  # heavy
    from tieout.store import answering, standing  # noqa: PLC0415  # as above

    twice, now, verdicts = answered_twice(rows), words.reviews(), []
    given = answering.Given.of(tx)
    for row in rows:
        number = number_of(row)
        kept = None if number is None else standing.find_review(tx, number)
        one = None if kept is None else words.review(kept)
        verdicts.append(judged(row, kept, one, now, given, twice=row.key in twice))
        if kept is not None and not verdicts[-1].refused:
            given.add(replace(kept, answer=row.answer, who=f"row {row.number}"), row.answer)  # for the rows below it
    return verdicts


def _wanted(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Give the rows to be noted, each question once."""
    return list({one.id: one for one in verdicts if not one.refused}.values())


def _tell(verdicts: Sequence[Verdict], *, dry_run: bool) -> None:
    noted, refused = _wanted(verdicts), [one for one in verdicts if one.refused]
    if asked().json:
        json_line(
            {
                "dry_run": dry_run,
                "noted": [{"row": one.row.number, "id": one.id, "record": one.record, "answer": one.row.answer}
                          for one in noted],
                "refused": [{"row": one.row.number, "id": one.id, "record": one.record, "why": one.refused}
                            for one in refused],
            }
        )  # fmt: skip
        return
    word = "would note" if dry_run else "noted"
    for one in noted:
        say(clean(f"{good(word)}  {one.id}  {one.record}  {one.row.answer}: {one.meaning}"))
    for one in refused:
        named = f"{one.id}  {one.record}  " if one.record else ""
        say(clean(f"{bad('refused')}  row {one.row.number}  {named}{one.refused}"))
    if not verdicts:
        say("no row of it has an answer")
    elif noted and not dry_run:
        say(
            f"{len(noted)} answer{'' if len(noted) == 1 else 's'}: the next plan follows them: tieout plan{to_repeat()}"
        )
