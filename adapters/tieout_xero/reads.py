"""Reading: listings whose completeness is proved, and records by id.

Paged objects are read in the order of their ids, for in the order of `UpdatedDateUTC` a record edited meanwhile moves
to the end and pushes another one out of sight (facts (c) Paging). A listing is proved if its count stayed the same on
all pages, as many rows came, and no id came twice. One that is not proved is read again; if it never is, its rows
stand, but neither completeness nor a cursor is claimed. Quotes tell no count: one page of them is one answer and so
whole; several are proved by a second pass that shows the same ids, none of them twice.

A listing that is too long for one request is read window by window (`tieout_xero.windows`): a document whose date moves
meanwhile may be met twice or not at all, so no id may come twice in all windows, and the cursor rests before the first
of them, which the next read then meets what moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tieout.adapter import Gone, Observation, Page, Unknown
from tieout.errors import BadAnswer
from tieout.toolkit import batched, instant
from tieout_xero.api import Api, Envelope, ListRefused, NoRecord, Row
from tieout_xero.errors import NOT_FOUND
from tieout_xero.objects import IDS, UNCOUNTED_PAGE, Endpoint
from tieout_xero.windows import EVERYTHING
from tieout_xero.wire import since_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tieout.adapter import Cursor
    from tieout_xero.observing import Observer
    from tieout_xero.windows import Window

ATTEMPTS = 3
"""How often a listing is read that shifts while it is read."""
SINCE = "since"
"""The cursor's one member: an instant of Xero's clock, ISO, from which on nothing may be missed."""


@dataclass(frozen=True, slots=True)
class Paging:
    """`size`: rows a page; `overlap`: how late a change may turn up in a listing, by Xero's clock."""

    size: int
    overlap: timedelta


@dataclass(slots=True)
class Listing:
    """One pass over a listing, and the proof that it was whole."""

    ids: set[str] = field(default_factory=set)
    rows: int = 0
    pages: int = 0
    totals: set[int | None] = field(default_factory=set)
    began: datetime | None = None

    def take(self, endpoint: Endpoint, envelope: Envelope) -> None:
        """Count one page."""
        self.began = self.began or envelope.at
        self.totals.add(envelope.total)
        self.rows += len(envelope.rows)
        self.pages += 1
        self.ids.update(str(row.get(endpoint.id)) for row in envelope.rows)

    def proved(self, before: Listing | None = None) -> bool:
        """Tell whether every record was seen exactly once; `before`: the pass before this one."""
        if self.totals != {None}:
            return self.totals == {self.rows} and len(self.ids) == self.rows
        again = before is not None and before.ids == self.ids
        return len(self.ids) == self.rows and (self.pages == 1 or again)


def changes(api: Api, observer: Observer, paging: Paging, since: Cursor | None) -> Iterator[Page]:
    """Yield what changed since the cursor, or everything; raises what the client raises, and never just ends."""
    endpoint = observer.endpoint
    if not endpoint.paged:
        envelope = api.read(endpoint, endpoint.reads)
        yield Page(
            [observer(_identified(endpoint, row)) for row in envelope.rows],
            cursor={SINCE: envelope.at.isoformat()},
            complete=True,
        )
        return
    start = instant(since[SINCE]) if since else None
    before: Listing | None = None
    for _ in range(ATTEMPTS):
        listings: list[Listing] = []
        for envelope, listing, last in windows(api, endpoint, paging, start):
            if not listings or listings[-1] is not listing:
                listings.append(listing)
            whole = last and proved(listings, before)
            yield Page(
                [observer(_identified(endpoint, row)) for row in envelope.rows],
                cursor=_cursor(listings[0], paging) if whole else None,
                complete=whole and start is None,
            )
        if whole:
            return
        before = listings[0]


def proved(listings: Sequence[Listing], before: Listing | None = None) -> bool:
    """Tell whether windows read one after the other showed every record exactly once; a listing without counts has one.

    `before`: the pass before this one.
    """
    ids = {id for listing in listings for id in listing.ids}
    return all(listing.proved(before) for listing in listings) and len(ids) == sum(listing.rows for listing in listings)


def windows(
    api: Api, endpoint: Endpoint, paging: Paging, since: datetime | None
) -> Iterator[tuple[Envelope, Listing, bool]]:
    """Read everything at once, or in ever smaller windows where Xero refuses; each page with whether it is the last.

    Raises ListRefused where no smaller window is to be had.
    """
    waiting = [EVERYTHING]
    while waiting:
        window, listing = waiting.pop(), Listing()
        try:
            for envelope, last in pages(api, endpoint, paging, since, window):
                listing.take(endpoint, envelope)
                yield envelope, listing, last and not waiting
        except ListRefused:
            parts = window.parts() if endpoint.dated else ()
            if not parts:
                raise
            waiting += reversed(parts)


def pages(
    api: Api, endpoint: Endpoint, paging: Paging, since: datetime | None, window: Window = EVERYTHING
) -> Iterator[tuple[Envelope, bool]]:
    """Read page by page, each with whether it is the last."""
    if not endpoint.counted:
        yield from uncounted(api, endpoint, since)
        return
    headers = {"If-Modified-Since": since_header(since)} if since else {}
    params = {**endpoint.reads, **window.where(), "pageSize": str(paging.size), "order": f"{endpoint.id} ASC"}
    page = 1
    while True:
        envelope = api.read(endpoint, {**params, "page": str(page)}, headers)
        if envelope.total is None:
            raise BadAnswer(f"Xero's list of {endpoint.plural} does not say how many there are")
        last = page >= envelope.pages
        yield envelope, last
        if last:
            return
        page += 1


def uncounted(api: Api, endpoint: Endpoint, since: datetime | None) -> Iterator[tuple[Envelope, bool]]:
    """Read pages that tell no count: a short one is the last, and one past the end may be empty or not there at all."""
    headers = {"If-Modified-Since": since_header(since)} if since else {}
    params, page = {**endpoint.reads, "order": f"{endpoint.id} ASC"}, 1
    ended: Envelope | None = None
    while True:
        try:
            envelope = api.read(endpoint, {**params, "page": str(page)}, headers)
        except ListRefused as refused:
            if ended is None or refused.refusal != NOT_FOUND:
                raise
            envelope = replace(ended, rows=())
        last = len(envelope.rows) < UNCOUNTED_PAGE
        yield envelope, last
        if last:
            return
        ended, page = envelope, page + 1


def fetch(api: Api, observer: Observer, ids: Sequence[str]) -> Iterator[Observation]:
    """Read records by id, one observation for each id, in the order asked."""
    endpoint = observer.endpoint
    if endpoint.by_ids:
        for some in batched(ids, IDS):
            params = {**endpoint.reads, "IDs": ",".join(some), "page": "1", "pageSize": str(IDS)}
            yield from _picked(observer, some, api.read(endpoint, params).rows)
    elif endpoint.paged:
        for id in ids:
            yield _one(api, observer, id)
    else:
        yield from _from_table(api, observer, ids)


def _from_table(api: Api, observer: Observer, ids: Sequence[str]) -> Iterator[Observation]:
    """Pick from the whole table; what is not in it is asked for by id before it is called gone.

    Items and accounts know no rights of single records: a table that was answered is the whole table.
    """
    endpoint = observer.endpoint
    rows = {str(row.get(endpoint.id)): row for row in api.read(endpoint, endpoint.reads).rows}
    for id in ids:
        if id in rows:
            yield observer(rows[id])
        elif endpoint.by_id:
            found = _one(api, observer, id)
            yield Gone(id) if isinstance(found, Unknown) and found.why == NOT_THERE else found
        else:
            yield Unknown(id, NOT_THERE)


NOT_THERE = "Xero cannot find it"


def _picked(observer: Observer, ids: Sequence[str], rows: Sequence[Row]) -> Iterator[Observation]:
    found = {str(row.get(observer.endpoint.id)): row for row in rows}
    for id in ids:
        yield observer(found[id]) if id in found else Unknown(id, NOT_THERE)


def _one(api: Api, observer: Observer, id: str) -> Observation:
    endpoint = observer.endpoint
    params = {name: value for name, value in endpoint.reads.items() if name == "unitdp"}
    try:
        rows = api.read(endpoint, params, id=id).rows
    except NoRecord:
        return Unknown(id, NOT_THERE)
    return next(_picked(observer, [id], rows))


def _identified(endpoint: Endpoint, row: Row) -> Row:
    if not row.get(endpoint.id):
        raise BadAnswer(f"Xero lists one of {endpoint.plural} without {endpoint.id}")
    return row


def _cursor(listing: Listing, paging: Paging) -> Mapping[str, str] | None:
    """Rest at the server's clock when the reading began, less the overlap."""
    return {SINCE: (listing.began - paging.overlap).isoformat()} if listing.began else None
