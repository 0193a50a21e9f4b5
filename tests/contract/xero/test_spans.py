"""Listings too long for one request: read by spans of dates where Xero allows it, refused where it does not."""

from __future__ import annotations

import pytest

from contract.xero.world import World, contact, everything, invoice, observed
from tieout.adapter import Connection, Query
from tieout.errors import BadAnswer


def test_more_invoices_than_one_request_may_match_are_read_by_their_dates(world: World, books: Connection) -> None:
    customer = contact(world, "Acme")
    days = ["1970-05-01", "2019-12-31", "2020-01-01", *(f"2026-0{n}-01" for n in range(3, 7)), "2031-01-01"]
    ids = {invoice(world, customer, Date=day, DueDate="2031-02-01") for day in days}
    world.control("limits", rows=3)
    pages = everything(world.open(page_size=2), "Invoice")
    assert set(observed(pages)) == ids
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
    assert [page.cursor is None for page in pages[:-1]] == [True] * (len(pages) - 1)
    assert sum(len(page.observations) for page in pages) == len(ids)
    assert pages[-1].cursor is not None
    later = invoice(world, customer, Date="1990-01-01", DueDate="1990-02-01")
    assert later in observed(everything(books, "Invoice", pages[-1].cursor))


def test_more_of_one_day_than_a_request_may_match_is_refused_in_xeros_words(world: World, books: Connection) -> None:
    customer = contact(world, "Acme")
    for _ in range(4):
        invoice(world, customer, Date="2026-03-01", DueDate="2026-04-01")
    world.control("limits", rows=3)
    with pytest.raises(BadAnswer, match=r"Invoices.*more than 3 records") as caught:
        everything(books, "Invoice")
    assert "Large organisations" in str(caught.value.mend)


def test_contacts_cannot_be_narrowed_and_are_refused_at_once(world: World, books: Connection) -> None:
    for n in range(4):
        contact(world, f"Customer {n}")
    everything(books, "Contact")
    world.control("limits", rows=3)
    before = world.counters()["calls"]
    with pytest.raises(BadAnswer, match="refuses to list Contacts"):
        everything(books, "Contact")
    spent = sum(world.counters()["calls"].values()) - sum(before.values())
    assert spent == 1


def test_an_invoice_that_changes_its_window_while_it_is_read_is_in_this_read_or_the_next(
    world: World, books: Connection
) -> None:
    customer = contact(world, "Acme")
    days = ["2010-01-01", "2015-01-01", "2020-01-01", "2025-01-01"]
    ids = [invoice(world, customer, Date=day, DueDate="2031-02-01") for day in days]
    world.control("limits", rows=3)
    type = books.describe("Invoice")
    reading = books.changes(Query(type, frozenset({"Date"})))
    pages = [next(reading)]
    world.control("edit", object="Invoice", id=ids[3], fields={"Date": "1975-01-01"})
    pages += reading
    assert pages[-1].cursor is not None
    assert pages[-1].complete
    again = everything(books, "Invoice", pages[-1].cursor)
    assert set(observed(pages)) | set(observed(again)) == set(ids)
