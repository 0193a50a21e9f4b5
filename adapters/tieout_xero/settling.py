"""What became of creates whose answer was lost: looked up by our own marker, or by an item's code."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tieout.adapter import Applied, Archived, Batch, Found, Gone, InDoubt, NotApplied, Operation, Present
from tieout_xero.crediting import key_in
from tieout_xero.markers import carries, key_of
from tieout_xero.objects import CREDIT_NOTE, Endpoint
from tieout_xero.reads import ATTEMPTS, Listing, Paging, pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tieout_xero.api import Api
    from tieout_xero.observing import Observer

NOT_LISTED = "it is not in Xero's list, which may not show it yet"
CLOCK_ERROR = timedelta(days=1)
"""The time of sending is ours, stamps are Xero's: our clock may be wrong by so much, and no record be overlooked."""


def find_created(api: Api, observer: Observer, paging: Paging, batch: Batch, now: datetime) -> Sequence[Found]:
    """Look among all records changed since the batch was sent.

    NotApplied only from a listing that was proved whole, when both clocks, Xero's and ours (`now`), had passed the time
    of sending by the overlap, for a listing may show a write late. Everything else that is not found stays in doubt.
    """
    endpoint = observer.endpoint
    if endpoint.marker is None and endpoint.name != "Item":
        return [InDoubt(f"nothing in a {endpoint.name} tells who made it") for _ in batch.operations]
    wanted = {_wanted(endpoint, operation) for operation in batch.operations}
    found: defaultdict[str | None, list[Mapping[str, Any]]] = defaultdict(list)
    rows, began, whole = _rows(api, endpoint, paging, batch.sent_at)
    for row in rows:
        if (key := _held(endpoint, row)) in wanted:
            found[key].append(row)
    sure = whole and began is not None and min(began, now) >= batch.sent_at + paging.overlap
    return [_verdict(observer, found.get(_wanted(endpoint, one), []), one, sure=sure) for one in batch.operations]


def find_credits(api: Api, paging: Paging, batch: Batch, now: datetime) -> Sequence[Found]:
    """Look for credit notes by the key that ends their reference; what may be concluded is as in `find_created`."""
    rows, began, whole = _rows(api, CREDIT_NOTE, paging, batch.sent_at)
    sure = whole and began is not None and min(began, now) >= batch.sent_at + paging.overlap
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[key_in(row)].add(str(row.get(CREDIT_NOTE.id)))
    return [_credit_verdict(sorted(found.get(one.key, ())), sure=sure) for one in batch.operations]


def _credit_verdict(ids: Sequence[str], *, sure: bool) -> Found:
    if len(ids) > 1:
        return InDoubt(f"several credit notes carry this key: {', '.join(ids)}")
    if ids:
        return Applied(ids[0])
    return NotApplied() if sure else InDoubt(NOT_LISTED)


def _rows(
    api: Api, endpoint: Endpoint, paging: Paging, sent_at: datetime
) -> tuple[Sequence[Mapping[str, Any]], datetime | None, bool]:
    """Read what changed since the batch was sent; with when that began, and whether the listing was proved whole."""
    if not endpoint.paged:
        envelope = api.read(endpoint, endpoint.reads)
        return envelope.rows, envelope.at, True
    rows: list[Mapping[str, Any]] = []
    first, before, listing = None, None, Listing()
    for _ in range(1 if endpoint.counted else ATTEMPTS):
        listing = Listing()
        for envelope, _last in pages(api, endpoint, paging, sent_at - CLOCK_ERROR):
            listing.take(endpoint, envelope)
            rows += envelope.rows
        first = first or listing.began
        if listing.proved(before):
            return rows, first, True
        before = listing
    return rows, first, False


def _wanted(endpoint: Endpoint, operation: Operation) -> str | None:
    if endpoint.marker is not None:
        return operation.key
    code = operation.values.get("Code")
    return str(code).casefold() if code else None


def _held(endpoint: Endpoint, row: Mapping[str, Any]) -> str | None:
    if endpoint.marker is not None:
        return key_of(endpoint, row)
    code = row.get("Code")
    return str(code).casefold() if code else None


def _verdict(observer: Observer, rows: Sequence[Mapping[str, Any]], operation: Operation, *, sure: bool) -> Found:
    ids = sorted({str(row.get(observer.endpoint.id)) for row in rows})
    if len(ids) > 1:
        return InDoubt(f"several records carry this key: {', '.join(ids)}")
    if ids:
        now = observer(rows[-1])
        return Applied(ids[0], now if isinstance(now, Present | Archived | Gone) else None)
    if not carries(operation.values):
        return InDoubt("nothing in a credit note of a bill tells who made it")
    if sure:
        return NotApplied()
    return InDoubt(NOT_LISTED)
