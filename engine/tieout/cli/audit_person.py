"""`tieout audit export` and `tieout audit erase`: what is kept about one person, given out or taken away."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, common, to_repeat
from tieout.cli.audit_log import Moment
from tieout.cli.files import Target
from tieout.cli.show import clean, dim, good, json_line, say
from tieout.errors import Busy, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tieout.cli.audit_scope import Opened
    from tieout.report.audit_text import Names
    from tieout.store.person import Person
    from tieout.store.trail import Asked


@click.command("export")
@click.argument("record", required=False, metavar="[[MAPPING/]SIDE:ID]")
@click.option("--run", "run", metavar="RUN", help="The entries of one run.")
@click.option("--since", type=Moment(), metavar="TIME", help="Entries from 2026-11-22 or 30d ago on.")
@click.option("--proof", is_flag=True,
              help="Add the hashes of all entries between and after, so that the chain reaches the head.")  # fmt: skip
@click.option("-o", "--out", "out", required=True, type=Target(), metavar="FILE",
              help="The file, readable by you alone; it is replaced as a whole.")  # fmt: skip
@common
def export(record: str | None, run: str | None, since: datetime | None, out: Path, *, proof: bool) -> int:
    """Write the log to a file of its own, JSON lines with values and proofs: all of it, or a part.

    With a record: everything that is kept about that person, the records that are linked with it included: the entries
    of the log and the rows of the state. Personal values are not masked. tieout audit verify --file FILE checks it.
    """
    from tieout.cli.audit_scope import chosen, opened  # noqa: PLC0415  # heavy
    from tieout.store.export import as_lines  # noqa: PLC0415  # as above
    from tieout.store.history import find_run  # noqa: PLC0415  # as above
    from tieout.store.trail import Asked  # noqa: PLC0415  # as above

    with opened() as at:
        person = None if record is None else chosen(at.tx, at.sides, record, partners=True)
        named = None if run is None else find_run(at.tx, run)
        rows = _Counted(_rows(at, Asked(person=person, run=named, since=since), proof=proof))
        _write(out, as_lines(rows))
    told = {"file": str(out), "entries": rows.counts.get("entry", 0), "rows": rows.counts.get("state", 0)}
    if asked().json:
        json_line(told)
    else:
        beside = f" and {told['rows']} rows of the state" if told["rows"] else ""
        say(f"{good('written')}: {told['entries']} entries{beside} to {out}")
        say(dim(f"tieout audit verify --file {out}"))
    return 0


class _Counted:
    """Counts rows by what they are, as they pass."""

    def __init__(self, rows: Iterable[dict[str, object]]) -> None:
        self._rows = rows
        self.counts: dict[str, int] = {}

    def __iter__(self) -> Iterator[dict[str, object]]:
        for row in self._rows:
            what = str(row["what"])
            self.counts[what] = self.counts.get(what, 0) + 1
            yield row


def _rows(at: Opened, wanted: Asked, *, proof: bool) -> Iterator[dict[str, object]]:
    from tieout.store import audit, person, trail  # noqa: PLC0415  # heavy
    from tieout.store.export import between, entry  # noqa: PLC0415  # as above

    project, head = at.session.project, audit.head(at.tx)
    yield {"what": "export", "project": project.name, "environment": project.environment or "none",
           "made": at.session.database.now().isoformat(), "head": f"{head.seq}:{head.hash}"}  # fmt: skip
    if wanted.person is not None:
        yield {"what": "person", "records": _named(at.names, wanted.person)}
        for table, row in person.holdings(at.tx, wanted.person):
            yield {"what": "state", "table": table, "row": row}
    chosen_ = trail.lines(at.tx, wanted)
    if not proof:
        yield from (entry(line) for line in chosen_)
        return
    line = next(chosen_, None)
    for one in trail.lines(at.tx, trail.Asked()):
        if line is not None and one.seq == line.seq:
            yield entry(line)
            line = next(chosen_, None)
        else:
            yield between(one)


def _named(names: Names, person: Person) -> list[str]:
    return sorted(names.one(*place) for place in person.places)


def _write(path: Path, lines: Iterable[str]) -> None:
    """Write a file that its owner alone can read, whole or not at all; a link to it stays. Raises OSError."""
    from tieout.report.metrics import naming  # noqa: PLC0415  # heavy

    with naming(path):
        _write_whole(path.resolve(), lines)


def _write_whole(path: Path, lines: Iterable[str]) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.writelines(lines)
        Path(draft).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink()
        raise


@click.command("erase")
@click.argument("record", metavar="[MAPPING/]SIDE:ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def erase(record: str, *, yes: bool) -> int:
    """Erase one person's values from the log and the state, the records that are linked with it included.

    The chain still verifies, and the erasure is an entry of it. Ids, states and digests of decisions stay. Erase the
    person in the systems first: what they still hold is read again by the next run, which reads everything and asks
    where the two sides differ. Not while a run is at work.
    """
    from tieout.cli.audit_scope import chosen, session, sides  # noqa: PLC0415  # heavy
    from tieout.report.audit_text import Names  # noqa: PLC0415  # as above
    from tieout.runner import alone, person  # noqa: PLC0415  # as above
    from tieout.store import audit  # noqa: PLC0415  # as above
    from tieout.store import person as persons  # noqa: PLC0415  # as above

    with session() as at:
        with at.database.read() as tx:
            names = sides(tx, at)
            called = _named(Names(tx, names), chosen(tx, names, record, partners=True))
        if not yes:
            _confirm(called, record)
        with alone(at.database) as epoch, at.database.write(epoch=epoch) as tx:
            about = chosen(tx, names, record, partners=True)
            called = _named(Names(tx, names), about)
            _may_be_erased(persons.unsettled(tx, about), record)
            persons.forget(tx, about)
            payload = {"records": called, **persons.told(tx, about)}
            erased = audit.erase(tx, persons.entries(tx, about), who=person(), about=payload)
    if asked().json:
        json_line({"records": called, "entries": erased, "links": len(about.links)})
        return 0
    for name in called:
        say(clean(name))
    say(f"{good('erased')}: the values of {erased} entries, and what was kept of {len(called)} records")
    say(dim("the next run reads everything of these objects again; copies and reports elsewhere are yours to erase"))
    return 0


def _may_be_erased(unsettled: int, record: str) -> None:
    if unsettled:
        raise Busy(
            f"the fate of {unsettled} write{'' if unsettled == 1 else 's'} to {record} is not known yet,"
            " and what was sent is needed to find out",
            mend="tieout run",
        )


def _confirm(called: list[str], record: str) -> None:
    if asked().json or not sys.stdin.isatty():
        command = f"tieout audit erase {quote(record)} --yes{to_repeat()}"
        raise UsageError("an erasure is confirmed on a terminal, or by --yes", mend=command)
    for name in called:
        say(clean(f"  {name}"))
    click.confirm("Erase everything that is kept about these records? It cannot be undone", abort=True, err=True)
