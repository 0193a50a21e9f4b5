from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contract.xero.world import World, fetched, write
from contract.xero.writing import NOBODY, PAGE, applied, document, draft, made, record, refusal
from tieout.adapter import (
    Applied,
    Archived,
    Cause,
    Connection,
    Gone,
    Operation,
    Present,
    Refused,
    Verb,
)
from tieout.errors import BatchRefused

# --- Creates ------------------------------------------------------------------------------------------------------


def test_a_create_answers_with_what_xero_stored(world: World, books: Connection) -> None:
    values: Any = {
        "Name": "Café Élan",
        "Phones": {"DEFAULT": {"PhoneCountryCode": "44", "PhoneAreaCode": "20", "PhoneNumber": "7946 0958"}},
        "Addresses": {"POBOX": {"AddressLine1": "1 Quay", "City": "København", "Country": "Denmark"}},
        "ContactPersons": [{"FirstName": "Ann", "LastName": "Lee", "EmailAddress": "ann@example.com"}],
    }
    (outcome,) = write(books, "Contact", Verb.CREATE, Operation("key.1", values=values))
    now = record(outcome)
    assert now["Name"] == "Café Élan"
    assert now["Phones"]["DEFAULT"]["PhoneNumber"] == "7946 0958"
    assert now["Phones"]["FAX"]["PhoneNumber"] is None
    assert now["Addresses"]["POBOX"]["City"] == "København"
    assert "Balances" not in now
    raw = world.raw(f"/Contacts/{applied(outcome).id}")["Contacts"][0]
    assert (raw["Name"], raw["ContactNumber"]) == ("Café Élan", "key.1")
    assert raw["ContactPersons"][0]["EmailAddress"] == "ann@example.com"


def test_one_bad_record_is_refused_and_the_others_are_made_in_order(books: Connection) -> None:
    names = ["One", "Two", "One", "Three"]
    operations = [Operation(f"k.{n}", values={"Name": name}) for n, name in enumerate(names)]
    outcomes = write(books, "Contact", Verb.CREATE, *operations)
    assert [isinstance(one, Applied) for one in outcomes] == [True, True, False, True]
    assert [record(one)["Name"] for one in outcomes if isinstance(one, Applied)] == ["One", "Two", "Three"]
    taken = refusal(outcomes[2])
    assert (taken.cause, taken.code, taken.paths) == (Cause.EXISTS, "contact-name-taken", ("Name",))


def test_a_create_never_overwrites_who_is_there(world: World, books: Connection) -> None:
    id = made(books)
    (again,) = write(
        books, "Contact", Verb.CREATE, Operation("c.1", values={"Name": "Other", "FirstName": "X"}), key="b2"
    )
    assert refusal(again).code == "contact-number-taken"
    assert "FirstName" not in world.raw(f"/Contacts/{id}")["Contacts"][0]


def test_the_largest_batch_that_is_declared_is_accepted(books: Connection) -> None:
    most = books.describe("Contact").verbs[Verb.CREATE]
    operations = [Operation(f"k.{n}", values={"Name": f"Customer {n}"}) for n in range(most)]
    assert all(isinstance(one, Applied) for one in write(books, "Contact", Verb.CREATE, *operations))


def test_the_same_batch_sent_again_makes_nothing_twice(world: World, books: Connection) -> None:
    operation = Operation("k.1", values={"Name": "Acme"})
    (first,) = write(books, "Contact", Verb.CREATE, operation, key="same")
    (second,) = write(books, "Contact", Verb.CREATE, operation, key="same")
    assert applied(first).id == applied(second).id
    assert world.raw("/Contacts?page=1")["pagination"]["itemCount"] == 1


def test_one_key_for_two_requests_is_refused(books: Connection) -> None:
    operations = [Operation(f"k.{n}", values={"Name": f"N {n}"}) for n in range(3)]
    write(books, "Contact", Verb.CREATE, operations[0], key="same")
    with pytest.raises(BatchRefused) as refused:
        write(books, "Contact", Verb.CREATE, *operations[1:], key="same")
    assert refused.value.code == "idempotency-conflict"


def test_an_item_is_its_own_key(books: Connection) -> None:
    values: Any = {
        "Code": "A1",
        "Name": "Anchor",
        "SalesDetails": {"UnitPrice": Decimal("1.2345"), "AccountCode": "200"},
    }
    (first,) = write(books, "Item", Verb.CREATE, Operation("k.1", values=values))
    now = applied(first).now
    assert isinstance(now, Present)
    assert now.key is None
    assert record(first)["SalesDetails"]["UnitPrice"] == Decimal("1.2345")
    (second,) = write(books, "Item", Verb.CREATE, Operation("k.2", values=values), key="b2")
    assert (refusal(second).cause, refusal(second).code) == (Cause.EXISTS, "already-there")


# --- Invoices -----------------------------------------------------------------------------------------------------


def test_a_draft_gets_its_number_its_totals_and_the_way_back_to_its_source(world: World, books: Connection) -> None:
    line = {"Description": "Work", "Quantity": Decimal(3), "UnitAmount": Decimal("1.2345"), "AccountCode": "200"}
    outcome = draft(books, {**line, "DiscountRate": Decimal(10)})
    now = applied(outcome).now
    assert isinstance(now, Present)
    assert now.key == "i.1"
    values = record(outcome)
    assert (values["Status"], values["InvoiceNumber"], values["SubTotal"]) == ("DRAFT", "INV-0001", Decimal("3.33"))
    assert "Payments" not in values
    assert world.raw(f"/Invoices/{applied(outcome).id}")["Invoices"][0]["Url"] == f"{PAGE}#i.1"


def test_lines_keep_their_ids_when_others_change(books: Connection) -> None:
    line = {"Quantity": Decimal(1), "UnitAmount": Decimal(10), "AccountCode": "200"}
    first = draft(books, {**line, "Description": "A", "DiscountRate": Decimal(10)}, {**line, "Description": "B"})
    a, b = (one["LineItemID"] for one in record(first)["LineItems"])
    changed = [
        {**line, "LineItemID": a, "Description": "A", "Quantity": Decimal(2), "DiscountRate": None},
        {**line, "Description": "C"},
    ]
    (second,) = write(
        books, "Invoice", Verb.UPDATE, Operation("u.1", applied(first).id, {"LineItems": changed}), key="b2"
    )
    lines = record(second)["LineItems"]
    assert [one["Description"] for one in lines] == ["A", "C"]
    assert lines[0]["LineItemID"] == a
    assert lines[1]["LineItemID"] not in {a, b}
    assert lines[0]["LineAmount"] == Decimal("20.00")


def test_an_update_leaves_alone_what_it_does_not_name(books: Connection) -> None:
    first = draft(books, Reference="R-1")
    (second,) = write(
        books, "Invoice", Verb.UPDATE, Operation("u.1", applied(first).id, {"DueDate": date(2026, 5, 1)}), key="b2"
    )
    now = record(second)
    assert (now["Reference"], now["DueDate"]) == ("R-1", date(2026, 5, 1))
    assert [one["LineItemID"] for one in now["LineItems"]] == [one["LineItemID"] for one in record(first)["LineItems"]]


def test_a_reference_is_cleared_and_a_date_is_not(books: Connection) -> None:
    id = applied(draft(books, Reference="R-1")).id
    (cleared,) = write(books, "Invoice", Verb.UPDATE, Operation("u.1", id, {"Reference": None}), key="b2")
    assert record(cleared)["Reference"] is None
    (kept,) = write(books, "Invoice", Verb.UPDATE, Operation("u.2", id, {"DueDate": None}), key="b3")
    assert (refusal(kept).cause, refusal(kept).code, refusal(kept).paths) == (
        Cause.MAPPING,
        "cannot-clear",
        ("DueDate",),
    )


def test_what_cannot_be_put_into_a_request_keeps_its_place_among_the_others(books: Connection) -> None:
    id = applied(draft(books)).id
    outcomes = write(
        books,
        "Invoice",
        Verb.UPDATE,
        Operation("u.1", id, {"DueDate": None}),
        Operation("u.2", id, {"Reference": "R-2"}),
        key="b2",
    )
    assert refusal(outcomes[0]).code == "cannot-clear"
    assert record(outcomes[1])["Reference"] == "R-2"


def test_a_draft_is_deleted_and_an_approved_invoice_is_voided(world: World, books: Connection) -> None:
    first = applied(draft(books)).id
    (deleted,) = write(books, "Invoice", Verb.DELETE, Operation("d.1", first), key="b2")
    assert isinstance(applied(deleted).now, Gone)
    contact = world.raw("/Contacts?page=1")["Contacts"][0]["ContactID"]
    (second,) = write(books, "Invoice", Verb.CREATE, Operation("i.2", values=document(contact)), key="b3")
    world.control("approve", invoice=applied(second).id)
    (refused,) = write(books, "Invoice", Verb.DELETE, Operation("d.2", applied(second).id), key="b4")
    assert (refusal(refused).cause, refusal(refused).code) == (Cause.LOCKED, "document-status")
    assert world.raw(f"/Invoices/{applied(second).id}")["Invoices"][0]["Status"] == "AUTHORISED"
    (voided,) = write(books, "Invoice", Verb.VOID, Operation("v.1", applied(second).id), key="b5")
    assert isinstance(applied(voided).now, Archived)


def test_a_paid_invoice_takes_some_fields_and_refuses_others(world: World, books: Connection) -> None:
    id = applied(draft(books)).id
    world.control("approve", invoice=id)
    world.control("pay", invoice=id, amount=Decimal("5.00"))
    (taken,) = write(books, "Invoice", Verb.UPDATE, Operation("u.1", id, {"Reference": "late"}), key="b2")
    now = applied(taken).now
    assert isinstance(now, Present)
    assert now.lock is not None
    (kept,) = write(books, "Invoice", Verb.UPDATE, Operation("u.2", id, {"Date": date(2026, 3, 5)}), key="b3")
    assert (refusal(kept).cause, refusal(kept).code) == (Cause.LOCKED, "document-paid")


def test_a_closed_period_refuses_in_its_own_words(world: World, books: Connection) -> None:
    id = applied(draft(books)).id
    world.control("lock", period="2026-12-31")
    (kept,) = write(books, "Invoice", Verb.UPDATE, Operation("u.1", id, {"Reference": "late"}), key="b2")
    assert (refusal(kept).cause, refusal(kept).code) == (Cause.LOCKED, "period-locked")
    assert "lock date" in refusal(kept).message


def test_refusals_name_what_is_wrong(books: Connection) -> None:
    contact = made(books)
    line = {"Description": "Work", "Quantity": Decimal(1), "UnitAmount": Decimal(1), "AccountCode": "200"}
    cases = {
        "lines-missing": document(contact) | {"LineItems": []},
        "account-unknown": document(contact, {**line, "AccountCode": "999"}),
        "tax-type-unknown": document(contact, {**line, "TaxType": "NOSUCH"}),
        "item-unknown": document(contact, {**line, "ItemCode": "NOSUCH"}),
        "currency-not-enabled": document(contact, CurrencyCode="JPY"),
    }
    operations = [Operation(f"i.{code}", values=values) for code, values in cases.items()]
    outcomes = write(books, "Invoice", Verb.CREATE, *operations)
    assert [refusal(one).code for one in outcomes] == list(cases)


def test_warnings_come_with_the_answer(books: Connection) -> None:
    outcome = draft(books, SentToContact=True)
    assert any("SentToContact" in told for told in applied(outcome).warnings)


# --- Updates, ends, notes -----------------------------------------------------------------------------------------


def test_one_phone_is_written_beside_the_others(world: World, books: Connection) -> None:
    id = made(books, Phones={"MOBILE": {"PhoneNumber": "1"}, "DEFAULT": {"PhoneNumber": "2"}})
    phones = {"MOBILE": {"PhoneNumber": "1"}, "DEFAULT": {"PhoneNumber": "3"}, "DDI": None, "FAX": None}
    write(books, "Contact", Verb.UPDATE, Operation("u.1", id, {"Phones": phones}), key="b2")
    stored = {one["PhoneType"]: one.get("PhoneNumber") for one in world.raw(f"/Contacts/{id}")["Contacts"][0]["Phones"]}
    assert (stored["MOBILE"], stored["DEFAULT"]) == ("1", "3")


def test_a_contact_is_archived_and_then_refuses_everything(books: Connection) -> None:
    id = made(books)
    (archived,) = write(books, "Contact", Verb.ARCHIVE, Operation("a.1", id), key="b2")
    now = applied(archived).now
    assert isinstance(now, Archived)
    assert now.lock is not None
    (again,) = write(books, "Contact", Verb.UPDATE, Operation("u.1", id, {"FirstName": "X"}), key="b3")
    assert (refusal(again).cause, refusal(again).code) == (Cause.LOCKED, "contact-archived")


def test_an_unknown_id_refuses_the_batch_and_alone_it_has_moved(books: Connection) -> None:
    id = made(books)
    operations = [Operation("u.1", id, {"FirstName": "X"}), Operation("u.2", NOBODY, {"FirstName": "Y"})]
    with pytest.raises(BatchRefused) as refused:
        write(books, "Contact", Verb.UPDATE, *operations, key="b2")
    assert refused.value.code == "not-found"
    (alone,) = write(books, "Contact", Verb.UPDATE, operations[1], key="b3")
    assert (refusal(alone).cause, refusal(alone).code) == (Cause.MOVED, "not-found")


def test_an_item_is_updated_whole_and_deleted(books: Connection) -> None:
    values: Any = {"Code": "A1", "Name": "Anchor", "Description": "heavy"}
    (created,) = write(books, "Item", Verb.CREATE, Operation("k.1", values=values))
    id = applied(created).id
    whole = {**record(created), "Name": "Bow anchor", "Description": None}
    (updated,) = write(books, "Item", Verb.UPDATE, Operation("u.1", id, whole), key="b2")
    assert record(updated)["Name"] == "Bow anchor"
    (stored,) = fetched(books, "Item", id)
    assert isinstance(stored, Present)
    assert stored.record["Description"] is None
    (deleted,) = write(books, "Item", Verb.DELETE, Operation("d.1", id), key="b3")
    assert isinstance(applied(deleted).now, Gone)
    assert fetched(books, "Item", id) == [Gone(id)]
    (again,) = write(books, "Item", Verb.DELETE, Operation("d.1", id), key="b4")
    assert refusal(again).code == "not-found"


def test_payments_are_made_and_deleted_never_changed(world: World, books: Connection) -> None:
    id = applied(draft(books)).id
    bank = next(one for one in world.raw("/Accounts")["Accounts"] if one["Type"] == "BANK")
    values: Any = {
        "Invoice": {"InvoiceID": id},
        "Account": {"AccountID": bank["AccountID"]},
        "Date": date(2026, 3, 10),
        "Amount": Decimal("4.00"),
    }
    (early,) = write(books, "Payment", Verb.CREATE, Operation("p.1", values=values), key="b2")
    assert (refusal(early).cause, refusal(early).code) == (Cause.LOCKED, "document-not-approved")
    world.control("approve", invoice=id)
    much = values | {"Amount": Decimal(1000)}
    operations = [Operation("p.2", values=values), Operation("p.3", values=much)]
    paid, too_much = write(books, "Payment", Verb.CREATE, *operations, key="b3")
    assert record(paid)["Amount"] == Decimal("4.00")
    assert refusal(too_much).code == "payment-too-high"
    assert world.raw(f"/Payments/{applied(paid).id}")["Payments"][0]["Reference"] == "p.2"
    (deleted,) = write(books, "Payment", Verb.DELETE, Operation("d.1", applied(paid).id), key="b4")
    assert isinstance(applied(deleted).now, Gone)
    assert world.raw(f"/Payments/{applied(paid).id}")["Payments"][0]["Status"] == "DELETED"
    (again,) = write(books, "Payment", Verb.DELETE, Operation("d.2", applied(paid).id), key="b5")
    assert isinstance(again, Refused)


def test_a_note_stands_in_the_history_and_is_cut_to_its_length(world: World, books: Connection) -> None:
    id = made(books)
    (noted,) = write(books, "Contact", Verb.NOTE, Operation("n.1", id, note="x" * 3000), key="b2")
    assert applied(noted).id == id
    details = [one["Details"] for one in world.raw(f"/Contacts/{id}/History")["HistoryRecords"]]
    assert details == ["x" * 2500]
