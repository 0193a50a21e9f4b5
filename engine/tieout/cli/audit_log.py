"""`tieout audit log` and `tieout audit show`: what was done to whom, by scope."""

from __future__ import annotations

import re
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from tieout.choosing import no_such
from tieout.cli.asked import asked, common
from tieout.cli.numbers import whole
from tieout.cli.show import clean, dim, json_line, say
from tieout.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from tieout.report.audit_text import Names
    from tieout.store.trail import Line

LAST = 50
"""Entries shown where nobody says how many."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType[datetime]):
    """2026-11-22, 2026-11-22T10:00 (UTC), or 12h: so long ago."""

    name = "moment"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it."""
        if isinstance(value, datetime):
            return value
        ago = re.fullmatch(r"(\d{1,5})([mhd])", value)
        if ago is not None:
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        try:
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):  # no such moment, or none in UTC: before year 1, after 9999
            self.fail(f"{value!r} is no moment; write it as 2026-11-22, 2026-11-22T10:00 or 12h (ago)", param, ctx)


@click.command("log")
@click.argument("record", required=False, metavar="[[MAPPING/]SIDE:ID[#PART]]")
@click.option("--link", "link", type=whole(1), metavar="N", help="Of one link, by its number.")
@click.option("--run", "run", metavar="RUN", help="Of one run.")
@click.option("--who", metavar="PERSON", help="By one person, or in runs that they ran.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Of one kind: link, settled, held, answer, …")
@click.option("--since", type=Moment(), metavar="TIME", help="From 2026-11-22, 2026-11-22T10:00 (UTC) or 12h ago on.")
@click.option("--until", type=Moment(), metavar="TIME", help="Before this time.")
@click.option("--last", type=whole(0), default=LAST, show_default=True, metavar="N", help="At most; 0: all.")
@common
def log(  # one option for each scope
    record: str | None, link: int | None, run: str | None, who: str | None, kinds: Sequence[str],
    since: datetime | None, until: datetime | None, last: int,
) -> int:  # fmt: skip
    """List entries of the log, the newest last: of a record or a part of it, a link, run, person, time. Without values.

    \b
      tieout audit log customers/crm:001Sm0000000001AAA
      tieout audit log --run 20261122-020000-1a2b --kind settled
    """  # noqa: D301  # click reads the character \b, a raw string has none
    from tieout.cli.audit_scope import chosen, opened  # noqa: PLC0415  # heavy
    from tieout.report.audit_text import as_json, entry_line  # noqa: PLC0415  # as above
    from tieout.store import trail  # noqa: PLC0415  # as above
    from tieout.store.history import find_run  # noqa: PLC0415  # as above

    with opened() as at:
        person = None if record is None else chosen(at.tx, at.sides, record, partners=False)
        named = None if run is None else find_run(at.tx, run)
        wanted = trail.Asked(person, frozenset([link] if link is not None else []), named, who, frozenset(kinds),
                             since, until)  # fmt: skip
        _known(at.tx, kinds)
        found = deque(trail.lines(at.tx, wanted), maxlen=last or None)
        if asked().json:
            json_line([as_json(line, at.names) for line in found])
            return 0
        for line in found:
            say(clean(entry_line(line, at.names, dim)))
    say(dim("tieout audit show SEQ" if found else "nothing of that stands in the log"))
    return 0


def _known(tx: Connection, kinds: Sequence[str]) -> None:
    from tieout.store.trail import kinds_of  # noqa: PLC0415  # loaded already

    there = kinds_of(tx) if kinds else []
    for kind in kinds:
        if kind not in there:
            raise UsageError(no_such("kind of entry in the log", kind, there), mend="tieout audit log")


@click.command("show")
@click.argument("seq", type=whole(), metavar="SEQ")
@click.option("--personal", is_flag=True, help="Show personal values, too.")
@common
def show(seq: int, *, personal: bool) -> int:
    """Show one entry with its values: what stood there, what was sent, what it came from. Personal ones are masked."""
    from tieout.cli.audit_scope import opened  # noqa: PLC0415  # heavy
    from tieout.report.audit_text import as_json  # noqa: PLC0415  # as above
    from tieout.store import trail  # noqa: PLC0415  # as above

    with opened() as at:
        line = next(trail.lines(at.tx, trail.Asked(seq=seq)), None)
        if line is None:
            raise UsageError(f"there is no entry {seq} in the log", mend="tieout audit log")
        values = line.values if personal else at.personal().masked(line.values)
        if asked().json:
            json_line(as_json(line, at.names, values=values))
        else:
            _show(line, at.names, values)
    return 0


def _show(line: Line, names: Names, values: Mapping[str, Any]) -> None:
    from tieout.report.audit_text import entry_line, evidence_lines, value_lines  # noqa: PLC0415  # heavy

    say(clean(entry_line(line, names, dim)))
    for name, told in sorted(line.told.items()):
        for text in evidence_lines(name, told):
            say(clean(text))
    for text in value_lines(values):
        say(clean(text))
    if line.erased:
        say(dim(f"    its values were erased; their commitment is {line.commitment}"))
    say(dim(f"    hash {line.hash}"))
