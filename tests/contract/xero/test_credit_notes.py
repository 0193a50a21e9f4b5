"""Credit notes as the adapter reads and writes them, and what credits do to an invoice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contract.xero.world import LINE, World, batch, contact, everything, fetched, invoice, observed, write
from contract.xero.writing import applied, record, refusal
from tieout.adapter import Applied, Archived, Cause, Connection, Gone, InDoubt, NotApplied, Operation, Present, Verb
from tieout_xero.locks import LockDates, credit_lock

LINES: Any = [{"Description": "Returned", "Quantity": Decimal(2), "UnitAmount": Decimal(10), "AccountCode": "200"}]
FREE: dict[str, Any] = {"Status": "AUTHORISED", "Date": "/Date(1782864000000+0000)/", "Total": 5, "RemainingCredit": 5}
JUNE = LockDates(period=date(2026, 6, 30))


def _values(contact_id: str, **more: Any) -> Any:
    given = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact_id}, "Date": date(2026, 3, 4)}
    return {**given, "LineItems": LINES, **more}


def _made(world: World, books: Connection, key: str = "n.1", **more: Any) -> str:
    values = _values(contact(world, f"Customer of {key}"), **more)
    (outcome,) = write(books, "CreditNote", Verb.CREATE, Operation(key, values=values), key=key)
    return applied(outcome).id


def _apply(world: World, credit: str, to: str, amount: str) -> str:
    fields = {
        "CreditNote": {"CreditNoteID": credit},
        "Invoice": {"InvoiceID": to},
        "Amount": Decimal(amount),
        "Date": "2026-03-10",
    }
    world.control("edit", object="Allocation", fields=fields)
    applied_to = world.raw(f"/CreditNotes/{credit}")["CreditNotes"][0]["Allocations"]
    return str(applied_to[-1]["AllocationID"])


def test_sx33_a_credit_note_is_made_read_and_found_by_its_key(world: World, books: Connection) -> None:
    at = datetime.now(UTC)
    id = _made(world, books)
    (one,) = fetched(books, "CreditNote", id)
    assert isinstance(one, Present)
    assert (one.key, one.record["Total"], one.record["RemainingCredit"]) == ("n.1", Decimal("24.00"), Decimal("24.00"))
    assert world.raw(f"/CreditNotes/{id}")["CreditNotes"][0]["Reference"] == "n.1"
    assert set(observed(everything(books, "CreditNote"))) == {id}
    world.advance(600)
    lost = batch(books.describe("CreditNote"), Verb.CREATE, Operation("n.1"), Operation("n.2"), at=at)
    found, missing = books.find_created(lost)
    assert isinstance(found, Applied)
    assert found.id == id
    assert missing == NotApplied()


def test_a_suppliers_credit_note_carries_no_key_and_stays_in_doubt(world: World, books: Connection) -> None:
    values = _values(contact(world, "Supplier"), Type="ACCPAYCREDIT")
    (made,) = write(books, "CreditNote", Verb.CREATE, Operation("n.1", values=values))
    assert applied(made).id
    world.advance(600)
    again = batch(books.describe("CreditNote"), Verb.CREATE, Operation("n.1", values=values), at=datetime.now(UTC))
    (found,) = books.find_created(again)
    assert isinstance(found, InDoubt)
    assert "bill" in found.why


def test_lines_keep_their_ids_and_discounts_are_no_field(world: World, books: Connection) -> None:
    id = _made(world, books)
    assert not any("Discount" in path for path in books.describe("CreditNote").fields)
    (one,) = fetched(books, "CreditNote", id)
    assert isinstance(one, Present)
    lines: Any = one.record["LineItems"]
    kept = {**lines[0], "Quantity": Decimal(3)}
    change: Any = {"LineItems": [kept, {**LINES[0], "Description": "more"}]}
    (outcome,) = write(books, "CreditNote", Verb.UPDATE, Operation("u.1", id, change), key="b2")
    now: Any = record(outcome)["LineItems"]
    assert [now[0]["LineItemID"], now[0]["Quantity"], len(now)] == [lines[0]["LineItemID"], Decimal("3.0000"), 2]


def test_a_draft_is_deleted_and_an_approved_one_is_voided(world: World, books: Connection) -> None:
    first, second = _made(world, books, "n.1"), _made(world, books, "n.2")
    cursor = everything(books, "CreditNote")[-1].cursor
    (deleted,) = write(books, "CreditNote", Verb.DELETE, Operation("d.1", first), key="b2")
    assert isinstance(applied(deleted).now, Gone)
    world.control("approve", credit_note=second)
    (refused,) = write(books, "CreditNote", Verb.DELETE, Operation("d.2", second), key="b3")
    assert (refusal(refused).cause, refusal(refused).code) == (Cause.LOCKED, "document-status")
    (voided,) = write(books, "CreditNote", Verb.VOID, Operation("v.1", second), key="b4")
    assert isinstance(applied(voided).now, Archived)
    known = observed(everything(books, "CreditNote", cursor))
    assert (type(known[first]), type(known[second])) == (Gone, Archived)


def test_sx33_what_a_credit_took_off_shows_on_both_and_locks_both(world: World, books: Connection) -> None:
    customer = contact(world, "Acme")
    owed = invoice(world, customer, Status="AUTHORISED", DueDate="2030-01-01")
    fields = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": customer}, "LineItems": [LINE], "Status": "AUTHORISED"}
    credit = world.control("edit", object="CreditNote", fields=fields)["CreditNoteID"]
    cursors = {name: everything(books, name)[-1].cursor for name in ("Invoice", "CreditNote")}
    allocation = _apply(world, credit, owed, "5.00")
    paid, used = (observed(everything(books, name, cursors[name])) for name in ("Invoice", "CreditNote"))
    document, note = paid[owed], used[credit]
    assert isinstance(document, Present)
    assert isinstance(note, Present)
    within: Any = document.record["CreditNotes"]
    assert [(one["CreditNoteID"], one["AppliedAmount"]) for one in within] == [(credit, Decimal("5.00"))]
    assert (document.record["AmountCredited"], document.record["AmountDue"]) == (Decimal("5.00"), Decimal("19.00"))
    rows: Any = note.record["Allocations"]
    assert [(one["AllocationID"], one["Invoice"]["InvoiceID"]) for one in rows] == [(allocation, owed)]
    assert note.record["RemainingCredit"] == Decimal("19.00")
    assert document.lock is not None
    assert note.lock is not None
    assert (note.lock.editable, "take it off" in note.lock.ways_out[1]) == (frozenset(), True)
    (kept,) = write(books, "CreditNote", Verb.UPDATE, Operation("u.1", credit, {"DueDate": date(2030, 1, 1)}))
    assert (refusal(kept).cause, refusal(kept).code) == (Cause.LOCKED, "document-paid")
    world.control("delete", object="Allocation", id=allocation)
    (free,) = fetched(books, "CreditNote", credit)
    assert isinstance(free, Present)
    assert (free.lock, free.record["RemainingCredit"]) == (None, Decimal("24.00"))


@pytest.mark.parametrize("kind", ["Overpayment", "Prepayment"])
def test_sx33_over_and_prepayments_are_read_and_show_on_the_invoice(world: World, books: Connection, kind: str) -> None:
    customer = contact(world, "Acme")
    id = world.control("prepay", kind=kind, contact=customer, amount=Decimal("7.00"))[f"{kind}ID"]
    owed = invoice(world, customer, Status="AUTHORISED", DueDate="2030-01-01")
    fields = {kind: {f"{kind}ID": id}, "Invoice": {"InvoiceID": owed}, "Amount": Decimal(3), "Date": "2026-03-10"}
    world.control("edit", object="Allocation", fields=fields)
    credit, document = observed(everything(books, kind))[id], observed(everything(books, "Invoice"))[owed]
    assert isinstance(credit, Present)
    assert isinstance(document, Present)
    assert (credit.record["Total"], credit.record["RemainingCredit"]) == (Decimal("7.00"), Decimal("4.00"))
    rows: Any = document.record[f"{kind}s"]
    assert [(one[f"{kind}ID"], one["AppliedAmount"]) for one in rows] == [(id, Decimal("3.00"))]
    assert document.record["AmountDue"] == Decimal("21.00")
    (alone,) = fetched(books, kind, id)
    assert isinstance(alone, Present)
    assert alone.record["Contact"] == {"ContactID": customer, "Name": "Acme"}


def test_a_refund_is_read_as_a_payment_without_an_invoice(world: World, books: Connection) -> None:
    id = _made(world, books)
    world.control("approve", credit_note=id)
    fields = {"CreditNote": {"CreditNoteID": id}, "Account": {"Code": "090"}, "Amount": Decimal(24)}
    refund = world.control("edit", object="Payment", fields=fields)["PaymentID"]
    (one,) = fetched(books, "Payment", refund)
    assert isinstance(one, Present)
    note: Any = one.record["CreditNote"]
    assert (note["CreditNoteID"], one.record["PaymentType"]) == (id, "ARCREDITPAYMENT")
    (paid,) = fetched(books, "CreditNote", id)
    assert isinstance(paid, Present)
    assert (paid.record["Status"], paid.record["RemainingCredit"]) == ("PAID", Decimal("0.00"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"LineItems": [{**LINES[0], "AccountCode": "999"}]}, "account-unknown"),
        ({"LineItems": [{**LINES[0], "TaxType": "NOSUCH"}]}, "tax-type-unknown"),
        ({"CurrencyCode": "JPY"}, "currency-not-enabled"),
        ({"LineItems": []}, "lines-missing"),
    ],
)
def test_refusals_name_what_is_wrong(world: World, books: Connection, fields: Any, code: str) -> None:
    values = _values(contact(world, "Acme"), **fields)
    (outcome,) = write(books, "CreditNote", Verb.CREATE, Operation("n.1", values=values))
    assert refusal(outcome).code == code


def test_a_taken_number_is_there_already(world: World, books: Connection) -> None:
    _made(world, books, "n.1", CreditNoteNumber="C-1")
    values = _values(contact(world, "Acme"), CreditNoteNumber="C-1")
    (outcome,) = write(books, "CreditNote", Verb.CREATE, Operation("n.2", values=values), key="b2")
    assert (refusal(outcome).cause, refusal(outcome).code) == (Cause.EXISTS, "credit-note-number-taken")


def test_a_note_stands_in_its_history(world: World, books: Connection) -> None:
    id = _made(world, books)
    write(books, "CreditNote", Verb.NOTE, Operation("n.2", id, note="for the deal"), key="b2")
    assert [one["Details"] for one in world.raw(f"/CreditNotes/{id}/History")["HistoryRecords"]] == ["for the deal"]


def test_the_lock_of_a_credit_note_by_state() -> None:
    assert all(credit_lock({**FREE, "Status": status}, JUNE) is None for status in ("DRAFT", "SUBMITTED", "AUTHORISED"))
    signs: list[dict[str, Any]] = [
        {"Status": "PAID"},
        {"RemainingCredit": 4},
        {"Allocations": [{}]},
        {"Payments": [{}]},
    ]
    for sign in signs:
        used = credit_lock({**FREE, **sign}, JUNE)
        assert used is not None
        assert used.editable == frozenset()
    closed, ended = credit_lock({**FREE, "Date": "2026-06-30"}, JUNE), credit_lock({"Status": "VOIDED"}, JUNE)
    assert closed is not None
    assert "credit note is dated 2026-06-30" in closed.reason
    assert ended is not None
    assert "final" in ended.reason
