"""`tieout match`: which records that existed on both sides before belong together; nothing is planned or written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, common, to_repeat
from tieout.cli.files import Target
from tieout.cli.review_file import save, saved_lines
from tieout.cli.show import clean, complain, dim, say, unread, warn
from tieout.cli.working import STYLES, working
from tieout.errors import UsageError
from tieout.exits import worst
from tieout.report.match_view import MOST, MatchLines, found_json, group_json, tally_json, tally_line
from tieout.selecting import names_called
from tieout.store import runs
from tieout.sync.duplicates import duplicates
from tieout.sync.matching import Matching
from tieout.sync.passes import look_around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tieout.cli.working import Work
    from tieout.errors import ConnectionFault
    from tieout.sync.run import Joined, Run


@click.command("match")
@click.argument("mappings", nargs=-1, metavar="[MAPPING]…")
@click.option("--duplicates", "twice", is_flag=True,
              help="Show records of one side that seem to be the same, instead.")  # fmt: skip
@click.option("--csv", "out", type=Target(), metavar="FILE",
              help="Write the ambiguous ones for a spreadsheet; tieout review import takes the answers.")  # fmt: skip
@click.option("--full", is_flag=True, help="Read everything again, beside what changed.")
@click.option("--all", "everything", is_flag=True, help=f"Show every record, not {MOST} of each kind.")
@common
def command(mappings: Sequence[str], out: Path | None, *, twice: bool, full: bool, everything: bool) -> int:
    """Show which records of both sides belong together, before anything is made: certain, ambiguous, none.

    Both sides are read, nothing is written to them and nothing is planned. Where only a person can tell, a question
    stands afterwards: answer it with tieout review answer, or many of them in a spreadsheet:

    \b
      tieout match customers --csv open.csv
      tieout review import open.csv
      tieout match customers --duplicates

    Duplicates are merged by people, in their own system: Tieout follows, and links what is left.
    """  # noqa: D301  # click reads the character \b, a raw string has none
    if twice and out is not None:
        raise UsageError("a file of questions has no duplicates in it", mend="tieout match --csv FILE")
    with working("match") as work:
        ready = work.session.ready()
        with work.running(ready) as run:
            chosen = names_called(mappings, run)
            live, report = look_around(run, work.reading(full=full))
            looked = _Look(live, chosen, everything=everything)
            tell = looked.duplicates if twice else looked.matches
            with unread():
                tell()
            refused = {**live.refused, **{str(place): fault for place, fault in report.faults.items()}}
            faults = [*ready.faults.values(), *report.faults.values()]
            code = worst([fault.exit_code for fault in faults])
            with work.session.database.write() as tx:
                runs.end(tx, run.id, exit_code=code, summary={})
        _left_out(refused, faults)
        if out is not None:
            _saved(work, out, chosen)
    return code


def _left_out(refused: Mapping[str, ConnectionFault], faults: Sequence[ConnectionFault]) -> None:
    for name, why in refused.items():
        complain(f"{warn('left out')}  {name}: {why}")
    for mend in dict.fromkeys(fault.mend for fault in faults if fault.mend):
        complain(f"  next: {mend}")


def _saved(work: Work, out: Path, chosen: Sequence[str]) -> None:
    for line in saved_lines(out, save(work.session, out, chosen, "match")):
        complain(line) if asked().json else say(line)


class _Look:
    """Writes what is found as it is found: a large set is never in memory whole."""

    def __init__(self, run: Run, chosen: Sequence[str], *, everything: bool) -> None:
        self._run = run
        self._chosen = chosen
        self._lines = MatchLines(STYLES, everything=everything)

    def matches(self) -> None:
        """Tell of the records without a partner."""
        matching = Matching(self._run)
        try:
            self._document(lambda joined: self._matches(matching, joined))
        finally:
            matching.forget()

    def duplicates(self) -> None:
        """Tell of the records of one side that seem to be the same."""
        self._document(self._duplicates)

    def _document(self, told: Callable[[Joined], None]) -> None:
        if asked().json:
            head = {"run": self._run.id, "environment": self._run.environment}
            click.echo(f'{json.dumps(head, ensure_ascii=False)[:-1]}, "mappings": [')
        first = True
        for joined in self._run.joined:
            wanted = joined.mapping.name in self._chosen
            if wanted and not first and asked().json:
                click.echo(",")
            told(joined)
            first = first and not wanted
        if asked().json:
            click.echo("]}")

    def _matches(self, matching: Matching, joined: Joined) -> None:
        name, sides = joined.mapping.name, tuple(side.name for side in joined.mapping.sides)
        wanted = name in self._chosen
        found = matching.look(joined, asking=wanted)
        if not wanted:
            for _ in found:  # what later mappings compare through its links
                pass
        elif asked().json:
            _rows(name, "records", (found_json(name, one) for one in found))
            click.echo(f', "counts": {json.dumps(tally_json(matching.tallies[name], sides))}}}')
        else:
            _say(self._lines.begin(name))
            for one in found:
                _say(self._lines.found(one))
            _say(self._lines.more())
            tally = matching.tallies[name]
            say(tally_line(tally, sides))
            if tally.ambiguous.total():
                say(dim(f"  answer the questions:  tieout review list{to_repeat()}"))

    def _duplicates(self, joined: Joined) -> None:
        name = joined.mapping.name
        if name not in self._chosen:
            return
        found = duplicates(self._run, joined)
        if asked().json:
            _rows(name, "groups", (group_json(name, one) for one in found))
            click.echo("}")
            return
        _say(self._lines.begin(name))
        for one in found:
            _say(self._lines.group(one))
        _say(self._lines.more())
        many = self._lines.groups()
        say(f"  {many} group{'' if many == 1 else 's'}" + ("; merge them in their own system" if many else ""))


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        say(clean(line))


def _rows(name: str, word: str, rows: Iterator[object]) -> None:
    """Write the rows of a mapping one by one; its object stays open."""
    click.echo(f'{{"mapping": {json.dumps(name)}, "{word}": [', nl=False)
    first = True
    for row in rows:
        click.echo(("" if first else ",") + "\n" + json.dumps(row, ensure_ascii=False), nl=False)
        first = False
    click.echo("]", nl=False)
