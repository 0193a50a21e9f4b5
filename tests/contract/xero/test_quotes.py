"""Quotes as the adapter reads and writes them: no count of pages, and updates that would clear."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contract.xero.world import World, batch, contact, everything, fetched, observed, write
from contract.xero.writing import NOBODY, applied, record, refusal
from tieout.adapter import Applied, Cause, Connection, Gone, InDoubt, NotApplied, Operation, Present, Unknown, Verb
from tieout_xero.locks import quote_lock

LINE: Any = {"Description": "Work", "Quantity": Decimal(2), "UnitAmount": Decimal("10.1234"), "AccountCode": "200"}


def _values(contact_id: str, **more: Any) -> Any:
    return {"Contact": {"ContactID": contact_id}, "Date": date(2026, 3, 4), "LineItems": [LINE], **more}


def _made(world: World, books: Connection, key: str = "q.1", **more: Any) -> str:
    values = _values(contact(world, f"Customer of {key}"), **more)
    (outcome,) = write(books, "Quote", Verb.CREATE, Operation(key, values=values), key=key)
    return applied(outcome).id


def _many(world: World, count: int) -> set[str]:
    customer = contact(world, "Acme")
    given = {"Contact": {"ContactID": customer}, "Date": "2026-03-04", "LineItems": [{"Description": "x"}]}
    return {str(world.control("edit", object="Quote", fields=given)["QuoteID"]) for _ in range(count)}


def test_sx35_a_quote_is_made_read_and_found_by_its_key(world: World, books: Connection) -> None:
    at = datetime.now(UTC)
    id = _made(world, books, Title="Offer", ExpiryDate=date(2026, 4, 3))
    (one,) = fetched(books, "Quote", id)
    assert isinstance(one, Present)
    lines: Any = one.record["LineItems"]
    assert (one.key, one.record["Total"], one.record["LineAmountTypes"]) == ("q.1", Decimal("24.30"), "EXCLUSIVE")
    assert lines[0]["UnitAmount"] == Decimal("10.1234")
    assert one.record["ExpiryDate"] == date(2026, 4, 3)
    lost = batch(books.describe("Quote"), Verb.CREATE, Operation("q.1"), Operation("q.2"), at=at)
    assert isinstance(books.find_created(lost)[1], InDoubt)
    world.advance(600)
    found, missing = books.find_created(lost)
    assert isinstance(found, Applied)
    assert found.id == id
    assert missing == NotApplied()


def test_an_update_keeps_what_it_does_not_name(world: World, books: Connection) -> None:
    id = _made(world, books, Title="Offer", Summary="S", LineAmountTypes="INCLUSIVE", ExpiryDate=date(2026, 4, 3))
    world.control("edit", object="Quote", id=id, fields={"Terms": "typed by a person"})
    before = world.raw(f"/Quotes/{id}")["Quotes"][0]
    (outcome,) = write(books, "Quote", Verb.UPDATE, Operation("u.1", id, {"Title": "Better offer"}), key="b2")
    assert record(outcome)["Title"] == "Better offer"
    after = world.raw(f"/Quotes/{id}")["Quotes"][0]
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {"Title", "UpdatedDateUTC"}
    (cleared,) = write(books, "Quote", Verb.UPDATE, Operation("u.2", id, {"Summary": None}), key="b3")
    assert record(cleared).get("Summary") is None
    assert world.raw(f"/Quotes/{id}")["Quotes"][0]["Terms"] == "typed by a person"


def test_lines_keep_their_ids(world: World, books: Connection) -> None:
    id = _made(world, books)
    (one,) = fetched(books, "Quote", id)
    assert isinstance(one, Present)
    lines: Any = one.record["LineItems"]
    change: Any = {"LineItems": [{**lines[0], "DiscountRate": Decimal(10)}, {**LINE, "Description": "more"}]}
    (outcome,) = write(books, "Quote", Verb.UPDATE, Operation("u.1", id, change), key="b2")
    now: Any = record(outcome)["LineItems"]
    assert [now[0]["LineItemID"], now[0]["LineAmount"], len(now)] == [lines[0]["LineItemID"], Decimal("18.22"), 2]


def test_a_quote_that_went_out_only_moves_its_status(world: World, books: Connection) -> None:
    id = _made(world, books, Title="Offer")
    (sent,) = write(books, "Quote", Verb.UPDATE, Operation("u.1", id, {"Status": "SENT"}), key="b2")
    now = applied(sent).now
    assert isinstance(now, Present)
    assert now.lock is not None
    assert now.lock.editable == {"Status"}
    (kept,) = write(books, "Quote", Verb.UPDATE, Operation("u.2", id, {"Title": "x"}), key="b3")
    assert (refusal(kept).cause, refusal(kept).code) == (Cause.LOCKED, "document-status")
    (accepted,) = write(books, "Quote", Verb.UPDATE, Operation("u.3", id, {"Status": "ACCEPTED"}), key="b4")
    assert record(accepted)["Title"] == "Offer"
    (wrong,) = write(books, "Quote", Verb.UPDATE, Operation("u.4", id, {"Status": "DECLINED"}), key="b5")
    assert (refusal(wrong).cause, refusal(wrong).code) == (Cause.LOCKED, "document-status")


def test_a_quote_is_deleted_and_absent_from_then_on(world: World, books: Connection) -> None:
    id = _made(world, books, Title="Offer")
    (deleted,) = write(books, "Quote", Verb.DELETE, Operation("d.1", id), key="b2")
    assert isinstance(applied(deleted).now, Gone)
    last = everything(books, "Quote")[-1]
    assert (last.complete, last.observations) == (True, [])
    assert isinstance(fetched(books, "Quote", id)[0], Gone)
    world.control("switches", deleted_quotes="listed")
    assert isinstance(observed(everything(books, "Quote"))[id], Gone)
    for verb, operation in (
        (Verb.UPDATE, Operation("u.1", NOBODY, {"Title": "x"})),
        (Verb.DELETE, Operation("d", NOBODY)),
    ):
        (gone,) = write(books, "Quote", verb, operation, key=f"b-{verb}")
        assert (refusal(gone).cause, refusal(gone).code) == (Cause.MOVED, "not-found")
    assert isinstance(fetched(books, "Quote", NOBODY)[0], Unknown)


def test_one_page_is_whole_and_costs_one_call(world: World, books: Connection) -> None:
    books.organisation()
    ids = _many(world, 3)
    world.control("counters/reset")
    (page,) = everything(books, "Quote")
    assert (page.complete, {one.id for one in page.observations}) == (True, ids)
    assert page.cursor is not None
    assert everything(books, "Quote", page.cursor)[-1].cursor is not None
    assert world.counters()["calls"] == {"GET /Quotes": 2}


@pytest.mark.parametrize("past", ["empty", "missing"])
def test_several_pages_are_proved_by_a_second_pass(world: World, books: Connection, past: str) -> None:
    world.control("switches", page_past_end=past)
    world.control("limits", off=True)
    ids = _many(world, 100)
    pages = everything(books, "Quote")
    assert [len(page.observations) for page in pages] == [100, 0, 100, 0]
    assert [page.complete for page in pages] == [False, False, False, True]
    assert [page.cursor is None for page in pages] == [True, True, True, False]
    assert set(observed(pages)) == ids


def test_a_listing_that_shifts_is_read_until_two_passes_agree(world: World, books: Connection) -> None:
    world.control("limits", off=True)
    ids = _many(world, 101)
    customer = contact(world, "Newcomer")
    fields = {"Contact": {"ContactID": customer}, "Date": "2026-03-04", "LineItems": [{"Description": "x"}]}
    world.control("shift", object="Quote", fields=fields, after=1)
    pages = everything(books, "Quote")
    assert pages[-1].complete
    assert len(observed(pages)) == len(ids) + 1
    assert sum(page.complete for page in pages) == 1
    for after in range(1, 30):
        world.control("shift", object="Quote", fields=fields, after=after)
    restless = everything(books, "Quote")
    assert not any(page.complete for page in restless)
    assert all(page.cursor is None for page in restless)


def test_the_lock_of_a_quote_by_status() -> None:
    assert quote_lock({"Status": "DRAFT"}) is None
    for status in ("SENT", "ACCEPTED", "DECLINED", "INVOICED"):
        out = quote_lock({"Status": status})
        assert out is not None
        assert (out.editable, status.lower() in out.reason) == (frozenset({"Status"}), True)
    ended = quote_lock({"Status": "DELETED"})
    assert ended is not None
    assert ended.editable == frozenset()
