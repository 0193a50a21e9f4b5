"""Reading: lists newest first, whole lists whose completeness is proved, and records by id.

SpotlerCRM has no filter by time and tells of no deletion (facts 1.1). So changes are read newest first, until a whole
page lies behind the last read by the overlap (A4): then everything older was read before. That the list is in this
order is checked on every page, and that its first record is none older than the newest that was known; else everything
is read, and the engine drops what has not changed.

A list is proved whole if all its pages name one number of records, and so many different ones came. One that shifts
while it is read is read again; if it never rests, its records stand, but neither completeness nor a cursor is claimed.
Records that move to the front while a list is read are newer than the cursor, and are met by the next read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tieout.adapter import Gone, Page, Present, Unknown
from tieout.errors import BadAnswer, CursorExpired, Forbidden
from tieout.toolkit import batched, instant
from tieout_spotlercrm.api import NEWEST_FIRST, Api, NoRecord
from tieout_spotlercrm.describe import IDS
from tieout_spotlercrm.objects import ACCOUNT, ACCOUNTS, LINES, OWNER, PEOPLE
from tieout_spotlercrm.records import Unreadable
from tieout_spotlercrm.shape import BITS, id_of, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from tieout.adapter import Cursor, Log, Observation
    from tieout_spotlercrm.records import Reader
    from tieout_spotlercrm.shape import Listed, Row

ATTEMPTS = 3
"""How often a list is read that shifts while it is read."""
NEWEST = "newest"
"""The cursor's one member: the newest stamp that was seen, by SpotlerCRM's clock; empty if there was none."""
WITH_LINES = {"lines": "true"}
NOBODY = ("", "0")
"""Ids of no account: such a record belongs to none."""


@dataclass(slots=True)
class Scan:
    """One pass over a list, newest first. `known`: the newest stamp of the last read, None: none is known."""

    reader: Reader
    known: datetime | None
    overlap: timedelta
    latest: datetime
    """A stamp beyond this is a mistake of the account's, and no mark to read from."""
    ids: set[str] = field(default_factory=set)
    totals: set[int] = field(default_factory=set)
    newest: datetime | None = None
    last: datetime | None = None
    in_order: bool = True
    stuck: bool = False

    def take(self, page: Listed) -> None:
        """Count one page, and check the order of its records."""
        found = {id_of(row) or "" for row in page.rows}
        self.stuck = page.more and not found - self.ids
        first_page = not self.totals
        self.ids |= found
        self.totals.add(page.total)
        for place, row in enumerate(page.rows):
            self._follow(self._stamp(row), first=first_page and place == 0)

    def _follow(self, stamp: datetime | None, *, first: bool) -> None:
        behind = first and self.known is not None and (stamp is None or stamp < self.known)
        if stamp is None or behind or (self.last is not None and stamp > self.last):
            self.in_order = False
        if stamp is None:
            return
        self.last = stamp
        if stamp <= self.latest and (self.newest is None or stamp > self.newest):
            self.newest = stamp

    def _stamp(self, row: Row) -> datetime | None:
        try:
            return self.reader.stamp(row)
        except Unreadable:
            return None

    def enough(self, page: Listed) -> bool:
        """Say whether everything older than this page was read before."""
        if self.known is None or not self.in_order or not page.rows:
            return False
        floor = self.known - self.overlap
        stamps = [self._stamp(row) for row in page.rows]
        return all(stamp is not None and stamp < floor for stamp in stamps)

    def steady(self) -> bool:
        """Say whether the list kept its length while it was read."""
        return len(self.totals) == 1 and not self.stuck

    def whole(self) -> bool:
        """Say whether every record of the list was seen."""
        return self.steady() and self.totals == {len(self.ids)}


@dataclass(frozen=True, slots=True)
class Reads:
    """Reads of one connection. `now` is our clock, trusted to a day."""

    api: Api
    overlap: timedelta
    now: Callable[[], datetime]
    log: Log

    def changes(self, reader: Reader, since: Cursor | None) -> Iterator[Page]:
        """Yield what changed since the cursor, or everything; raises what the client raises, and never just ends."""
        incremental = reader.of.type.incremental
        known = _known(since) if incremental else None
        params = {**({"order": NEWEST_FIRST} if incremental else {}), **_inline(reader)}
        for _ in range(ATTEMPTS):
            scan = Scan(reader, known, self.overlap, self.now() + self.overlap)
            rested = False
            for page in self.api.pages(reader.of.type.name, params):
                scan.take(page)
                enough = scan.enough(page)
                end = enough or scan.stuck or not page.more or not page.rows
                rested = end and (scan.steady() if enough else scan.whole())
                complete = rested and not enough and since is None
                seen = [reader(row) for row in self._completed(reader, page.rows)]
                yield Page(seen, _cursor(scan) if rested else None, complete)
                if end:
                    break
            if known is not None and not scan.in_order:
                self.log.warning("not newest first, read whole", object=reader.of.type.name)
            if rested:
                return

    def fetch(self, reader: Reader, ids: Sequence[str]) -> Iterator[Observation]:
        """Read records by id, one observation for each id, in the order asked.

        What a list of these ids lacks is asked for one by one: only a 404 for a record, while its record type answers,
        says that it is gone (A6).
        """
        for some in batched(ids, IDS):
            real = [id for id in some if _is_id(id)]
            found = {id_of(row): row for row in self._matching(reader, _any_of(real))} if real else {}
            for id in some:
                if id in found:
                    yield reader(found[id])
                else:
                    yield self._alone(reader, id) if _is_id(id) else Unknown(id, "SpotlerCRM has no such ids")

    def _alone(self, reader: Reader, id: str) -> Observation:
        try:
            row = self.api.one(reader.of.type.name, id)
        except NoRecord:
            return Gone(id)
        except Forbidden as refused:
            return Unknown(id, str(refused))
        if id_of(row) != id:
            return Unknown(id, "SpotlerCRM answers with another record")
        if reader.list == LINES:
            return Unknown(id, "SpotlerCRM shows it alone, and not in its lists, which hold the lines")
        return reader(*self._completed(reader, [row]))

    def carrying(self, reader: Reader, q: Mapping[str, object]) -> Sequence[Present]:
        """Give the readable records that `q` chooses."""
        seen = [reader(row) for row in self._matching(reader, q)]
        return [one for one in seen if isinstance(one, Present)]

    def _matching(self, reader: Reader, q: Mapping[str, object]) -> Sequence[Row]:
        return self._completed(reader, self.api.matching(reader.of.type.name, q, _inline(reader)))

    def _completed(self, reader: Reader, rows: Sequence[Row]) -> Sequence[Row]:
        """Put with the records what is asked for beside them: contacts of accounts, and the account of others."""
        if reader.list == PEOPLE:
            return self._with_people(rows)
        return self._with_account(rows) if reader.of_account else rows

    def _with_account(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Put the account of each record with it: null if it has none, or a deleted one; none if it is not shown."""
        found: dict[str, Row | None] = dict.fromkeys(NOBODY)
        for some in batched([id for id in dict.fromkeys(map(_owner, rows)) if whole(id)], IDS):
            found |= {id: row for row in self.api.matching(ACCOUNTS, _any_of(some)) if (id := id_of(row))}
            found |= {id: None for id in some if id not in found and self._is_gone(ACCOUNTS, id)}
        return [{**row, ACCOUNT: found[_owner(row)]} if _owner(row) in found else row for row in rows]

    def _is_gone(self, name: str, id: str) -> bool:
        try:
            self.api.one(name, id)
        except NoRecord:
            return True
        except Forbidden:
            pass
        return False

    def _with_people(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Put the contacts of accounts with them, in the order of their ids (A19)."""
        of: dict[str | None, list[Row]] = {id_of(row): [] for row in rows}
        for some in batched(list(of), IDS):
            found = self.api.matching(PEOPLE, {OWNER: {"$in": [int(id) for id in some if id]}})
            for person in found:
                if (owner := whole(person.get(OWNER))) not in of:
                    raise BadAnswer(
                        "SpotlerCRM was asked for the contacts of some accounts, and gives those of others",
                        mend="that it filters by accountid is an assumption (A19 in docs/spotlercrm.md): report it",
                    )
                of[owner].append(person)
        return [{**row, PEOPLE: sorted(of[id_of(row)], key=lambda one: int(id_of(one) or 0))} for row in rows]


def _owner(row: Row) -> str:
    raw = row.get(OWNER)
    return whole(raw) or str(raw or "")


def _any_of(ids: Sequence[str]) -> Mapping[str, object]:
    return {"id": {"$in": [int(id) for id in ids]}}


def _inline(reader: Reader) -> Mapping[str, str]:
    return WITH_LINES if reader.list == LINES else {}


def _is_id(id: str) -> bool:
    return id.isascii() and id.isdigit() and len(id) < BITS and whole(id) == id


def _known(since: Cursor | None) -> datetime | None:
    if since is None:
        return None
    try:
        return instant(since[NEWEST]) if since[NEWEST] else None
    except (KeyError, ValueError) as problem:
        raise CursorExpired("this cursor is none of this adapter's; everything is read") from problem


def _cursor(scan: Scan) -> Mapping[str, str]:
    return {NEWEST: scan.newest.isoformat() if scan.newest else ""}
