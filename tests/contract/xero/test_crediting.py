"""An invoice is credited in full: what is sent to Xero, what it takes over of the invoice, how it is found again."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from contract.xero.world import World, batch, contact, fetched, write
from contract.xero.writing import applied, refusal
from tieout.adapter import Applied, Cause, Connection, InDoubt, NotApplied, Operation, Present, Verb
from tieout_xero.crediting import REFERENCE_LENGTH, key_in, reference
from tieout_xero.locks import LockDates, document_lock

KEY = "0a1b2c3d.006000000000001AAA.0.c"
LINES: Any = [
    {"Description": "Tea", "Quantity": "1.5", "UnitAmount": "10.2525", "AccountCode": "200", "TaxType": "OUTPUT2"},
    {"Description": "Milk", "Quantity": "3", "UnitAmount": "9.99", "AccountCode": "200", "DiscountRate": "7.5"},
    {"Description": "as agreed"},
]


def _approved(world: World, customer: str = "Acme", **more: Any) -> dict[str, Any]:
    """Have the bookkeeper approve an invoice with odd prices, a discount and a line of text alone."""
    given = {"Type": "ACCREC", "Contact": {"ContactID": contact(world, customer)}, "DueDate": "2030-01-01", **more}
    id = world.control("edit", object="Invoice", fields={"LineItems": LINES, **given})["InvoiceID"]
    return _read(world, "Invoices", str(id))


def _read(world: World, plural: str, id: str) -> dict[str, Any]:
    (row,) = world.raw(f"/{plural}/{id}?unitdp=4")[plural]
    return dict(row)


def _credit(books: Connection, id: str, key: str = KEY) -> Any:
    (outcome,) = write(books, "Invoice", Verb.CREDIT, Operation(key, id), key=f"batch {key}")
    return outcome


@pytest.mark.parametrize("currency", ["GBP", "EUR"])
@pytest.mark.parametrize("basis", ["Exclusive", "Inclusive", "NoTax"])
def test_px34_a_credit_note_comes_to_the_same_as_its_invoice_to_the_cent(
    world: World, books: Connection, basis: str, currency: str
) -> None:
    rate = {"CurrencyRate": "1.234567"} if currency == "EUR" else {}
    invoice = _approved(world, Status="AUTHORISED", LineAmountTypes=basis, CurrencyCode=currency, **rate)
    outcome = applied(_credit(books, invoice["InvoiceID"]))
    note = _read(world, "CreditNotes", outcome.id)
    same = ("SubTotal", "TotalTax", "Total", "LineAmountTypes", "CurrencyCode", "CurrencyRate")
    assert {name: note.get(name) for name in same} == {name: invoice.get(name) for name in same}
    assert (note["Type"], note["Status"], outcome.warnings) == ("ACCRECCREDIT", "DRAFT", ())
    assert (note["Reference"], key_in(note)) == (f"{invoice['InvoiceNumber']} {KEY}", KEY)
    assert note["Contact"]["ContactID"] == invoice["Contact"]["ContactID"]
    for line, old in zip(note["LineItems"], invoice["LineItems"], strict=True):
        kept = ("Description", "AccountCode", "TaxType", "TaxAmount", "LineAmount")
        assert {name: line.get(name) for name in kept} == {name: old.get(name) for name in kept}
        assert "DiscountRate" not in line
    assert [line.get("Quantity") for line in note["LineItems"][:2]] == [Decimal("1.5"), Decimal(1)]
    (now,) = fetched(books, "Invoice", invoice["InvoiceID"])
    assert isinstance(now, Present)
    assert now.record["Status"] == "AUTHORISED"


def test_px34_a_tax_that_was_put_right_by_hand_is_credited_as_it_was(world: World, books: Connection) -> None:
    lines = [{**LINES[0], "TaxAmount": "3.00"}]
    invoice = _approved(world, Status="AUTHORISED", LineItems=lines)
    note = _read(world, "CreditNotes", applied(_credit(books, invoice["InvoiceID"])).id)
    assert (note["TotalTax"], note["Total"]) == (invoice["TotalTax"], invoice["Total"])


def test_px34_an_unanswered_credit_is_found_by_the_key_that_ends_its_reference(world: World, books: Connection) -> None:
    at = datetime.now(UTC)
    invoice = _approved(world, Status="AUTHORISED")
    id = applied(_credit(books, invoice["InvoiceID"])).id
    sent, never = Operation(KEY, invoice["InvoiceID"]), Operation(f"{KEY}x", invoice["InvoiceID"])
    lost = batch(books.describe("Invoice"), Verb.CREDIT, sent, never, at=at)
    found, missing = books.find_created(lost)
    assert isinstance(found, Applied)
    assert (found.id, isinstance(missing, InDoubt)) == (id, True)
    world.advance(600)
    assert books.find_created(lost)[1] == NotApplied()
    again = applied(_credit(books, invoice["InvoiceID"], "other"))
    assert again.id != id, "Xero itself knows nothing of it: the engine asks before it credits again"


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "VOIDED"])
def test_px34_what_is_not_in_the_books_is_not_credited(world: World, books: Connection, status: str) -> None:
    invoice = _approved(world, Status="AUTHORISED" if status == "VOIDED" else status)
    if status == "VOIDED":
        world.control("delete", object="Invoice", id=invoice["InvoiceID"])
    refused = refusal(_credit(books, invoice["InvoiceID"]))
    assert (refused.cause, refused.code) == (Cause.LOCKED, "not-credited")
    assert status.lower() in refused.message
    assert world.raw("/CreditNotes?page=1")["CreditNotes"] == []


def test_px34_each_of_a_batch_is_judged_by_itself(world: World, books: Connection) -> None:
    draft, sound = _approved(world, Status="DRAFT"), _approved(world, "Bolt", Status="AUTHORISED")
    operations = [
        Operation("k.1", draft["InvoiceID"]),
        Operation("k.2", "11111111-1111-4111-8111-111111111111"),
        Operation("k.3", sound["InvoiceID"]),
    ]
    first, second, third = write(books, "Invoice", Verb.CREDIT, *operations)
    assert (refusal(first).cause, refusal(second).cause) == (Cause.LOCKED, Cause.MOVED)
    assert _read(world, "CreditNotes", applied(third).id)["Reference"] == f"{sound['InvoiceNumber']} k.3"


def test_px34_what_bars_a_credit_note_and_what_does_not() -> None:
    june = LockDates(datetime(2026, 6, 30, tzinfo=UTC).date())
    free = {"Type": "ACCREC", "Status": "PAID", "Date": "2026-06-30", "AmountPaid": 5, "Total": 5}
    for row, dates in ((free, LockDates()), (free, june), ({**free, "Prepayments": [{}], "AmountCredited": 1}, june)):
        lock = document_lock(row, dates)
        assert lock is not None
        assert lock.allows == {Verb.CREDIT}
    signs: list[dict[str, Any]] = [
        {"Type": "ACCPAY"},
        {"CreditNotes": [{}]},
        {"AmountCredited": 1},
        {"Status": "VOIDED"},
    ]
    for sign in signs:
        lock = document_lock({**free, **sign}, june)
        assert lock is not None
        assert lock.allows == frozenset()


def test_px34_a_long_number_leaves_room_for_the_key() -> None:
    assert len(reference("N" * 300, KEY)) == REFERENCE_LENGTH
    assert reference("N" * 300, KEY).endswith(f" {KEY}")
    assert reference("", KEY) == KEY
