from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contract.xero.world import World, batch, write
from contract.xero.writing import applied, document, made
from tieout.adapter import (
    Applied,
    Connection,
    InDoubt,
    NotApplied,
    Operation,
    Present,
    Verb,
)

# --- Settling ------------------------------------------------------------------------------------------------------


def test_what_an_unanswered_create_made_is_found_by_its_key(world: World, books: Connection) -> None:
    contact = made(books)
    bank = next(one for one in world.raw("/Accounts")["Accounts"] if one["Type"] == "BANK")
    at = datetime.now(UTC)
    (invoice,) = write(books, "Invoice", Verb.CREATE, Operation("i.1", values=document(contact)), key="b2")
    world.control("approve", invoice=applied(invoice).id)
    payment_values: Any = {
        "Invoice": {"InvoiceID": applied(invoice).id},
        "Account": {"AccountID": bank["AccountID"]},
        "Date": date(2026, 3, 10),
        "Amount": Decimal(1),
    }
    cases: list[tuple[str, Operation, Operation]] = [
        ("Contact", Operation("c.9", values={"Name": "Nine"}), Operation("c.10", values={"Name": "Ten"})),
        ("Invoice", Operation("i.9", values=document(contact)), Operation("i.10", values=document(contact))),
        ("Payment", Operation("p.9", values=payment_values), Operation("p.10", values=payment_values)),
        ("Item", Operation("t.9", values={"Code": "N9"}), Operation("t.10", values={"Code": "N10"})),
    ]
    for name, sent, never in cases:
        (outcome,) = write(books, name, Verb.CREATE, sent, key=f"b-{name}")
        lost = batch(books.describe(name), Verb.CREATE, sent, never, at=at)
        found, missing = books.find_created(lost)
        assert isinstance(found, Applied)
        assert found.id == applied(outcome).id
        assert isinstance(found.now, Present)
        assert isinstance(missing, InDoubt)
    world.advance(600)
    for name, sent, never in cases:
        lost = batch(books.describe(name), Verb.CREATE, sent, never, at=at)
        found, missing = books.find_created(lost)
        assert isinstance(found, Applied)
        assert missing == NotApplied()


def test_an_older_stamp_does_not_hide_it(world: World, books: Connection) -> None:
    at = datetime.now(UTC)
    stamp = (at - timedelta(seconds=30)).isoformat()
    fields = {"Name": "Late", "ContactNumber": "c.1"}
    id = world.control("late", object="Contact", fields=fields, stamp=stamp)["ContactID"]
    world.advance(600)
    (found,) = books.find_created(batch(books.describe("Contact"), Verb.CREATE, Operation("c.1"), at=at))
    assert isinstance(found, Applied)
    assert found.id == id


@pytest.mark.parametrize("wrong", [timedelta(hours=-5), timedelta(hours=5)])
def test_a_clock_of_ours_that_is_wrong_makes_no_twin(world: World, books: Connection, wrong: timedelta) -> None:
    world.ahead = wrong
    at = world.now()
    write(books, "Contact", Verb.CREATE, Operation("c.1", values={"Name": "Acme"}))
    world.advance(600)
    lost = batch(books.describe("Contact"), Verb.CREATE, Operation("c.1"), Operation("c.2"), at=at)
    found, missing = books.find_created(lost)
    assert isinstance(found, Applied)
    assert isinstance(missing, InDoubt if wrong > timedelta() else NotApplied)


def test_two_records_under_one_key_are_a_persons_question(world: World, books: Connection) -> None:
    contact = made(books)
    for n in range(2):
        values = document(contact, InvoiceNumber=f"X-{n}")
        write(books, "Invoice", Verb.CREATE, Operation("i.1", values=values), key=f"b{n}")
    (found,) = books.find_created(batch(books.describe("Invoice"), Verb.CREATE, Operation("i.1")))
    assert isinstance(found, InDoubt)
    assert "several" in found.why


def test_what_carries_no_key_stays_in_doubt(books: Connection) -> None:
    (found,) = books.find_created(batch(books.describe("Account"), Verb.CREATE, Operation("a.1")))
    assert isinstance(found, InDoubt)
