from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contract.xero.world import LINE, World, contact, everything, fetched, invoice, observed, write
from tieout.adapter import (
    Applied,
    Archived,
    Connection,
    Deletions,
    Finding,
    Gone,
    Kind,
    Merged,
    Operation,
    Present,
    Twins,
    Unknown,
    Verb,
)
from tieout.errors import UnknownObject
from tieout.toolkit import instant


def approved(world: World, contact_id: str, **more: object) -> str:
    return invoice(world, contact_id, Status="AUTHORISED", DueDate="2030-01-01", **more)


# --- Describe ----------------------------------------------------------------------------------------------------


def test_every_object_is_described_and_a_wrong_name_gets_the_nearest(books: Connection) -> None:
    for name in books.objects():
        type = books.describe(name)
        assert type.name == name
        assert all(path == field.path for path, field in type.fields.items())
        assert all(field.currency for field in type.fields.values() if field.kind is Kind.MONEY)
        assert all(not one.creatable for path, one in type.fields.items() if path == type.marker)
    with pytest.raises(UnknownObject, match="Invoice"):
        books.describe("Invoices")


def test_capabilities_are_each_objects_own(books: Connection) -> None:
    types = {name: books.describe(name) for name in books.objects()}
    assert {name: type.marker for name, type in types.items() if type.marker} == {
        "Contact": "ContactNumber",
        "Invoice": "Url",
        "Payment": "Reference",
        "CreditNote": "Reference",
        "Quote": "Reference",
    }
    assert {name: type.twins for name, type in types.items() if type.verbs} == {
        "Contact": Twins.REFUSED,
        "Invoice": Twins.FOUND,
        "Payment": Twins.FOUND,
        "CreditNote": Twins.FOUND,
        "Quote": Twins.FOUND,
        "Item": Twins.REFUSED,
    }
    papers = {"Invoice", "Payment", "CreditNote", "Quote", "Overpayment", "Prepayment"}
    assert {name for name, type in types.items() if type.incremental} == {"Contact", *papers}
    assert not types["Overpayment"].verbs
    assert not types["Prepayment"].verbs
    assert Verb.VOID not in types["Quote"].verbs
    assert types["Item"].deletions is Deletions.ABSENCE
    assert types["Invoice"].children["LineItems"] == "LineItemID"
    assert set(types["Payment"].verbs) == {Verb.CREATE, Verb.DELETE, Verb.NOTE}
    assert all(type.replay is None or type.replay < timedelta(minutes=6) for type in types.values())


def test_fields_know_what_the_facts_know_of_them(books: Connection) -> None:
    contact_fields, invoice_fields = books.describe("Contact").fields, books.describe("Invoice").fields
    assert contact_fields["Balances.AccountsReceivable.Outstanding"].currency == "GBP"
    assert not contact_fields["IsCustomer"].tracked
    assert not invoice_fields["DueDate"].tracked
    assert contact_fields["Name"].trims
    assert contact_fields["Phones.DEFAULT.PhoneNumber"].personal
    assert invoice_fields["LineItems.UnitAmount"].scale == 4
    assert invoice_fields["LineItems.UnitAmount"].currency == "CurrencyCode"
    assert books.describe("Item").fields["SalesDetails.UnitPrice"].currency == "GBP"
    assert {path for path, one in invoice_fields.items() if one.required} == {"Type", "Contact.ContactID", "LineItems"}


# --- Listings ----------------------------------------------------------------------------------------------------


def test_a_first_read_is_complete_and_rests_before_it_began(world: World, books: Connection) -> None:
    ids = {contact(world, f"Customer {n}") for n in range(5)}
    before = datetime.now(UTC)
    pages = everything(world.open(page_size=2), "Contact")
    assert [len(page.observations) for page in pages] == [2, 2, 1]
    assert [page.complete for page in pages] == [False, False, True]
    assert [page.cursor is None for page in pages] == [True, True, False]
    assert set(observed(pages)) == ids
    assert pages[-1].cursor is not None
    assert instant(pages[-1].cursor["since"]) < before


def test_every_asked_path_is_there(world: World, books: Connection) -> None:
    invoice(world, contact(world, "Acme"))
    for name in ("Contact", "Invoice"):
        fields = books.describe(name).fields
        (one,) = observed(everything(books, name)).values()
        assert isinstance(one, Present)
        assert all(_holds(one.record, path.split(".")) for path in fields)


def _holds(record: Any, path: list[str]) -> bool:
    if isinstance(record, list):
        return all(_holds(row, path) for row in record)
    return path[0] in record and (len(path) == 1 or _holds(record[path[0]], path[1:]))


def test_decimals_survive_to_the_last_digit(world: World, books: Connection) -> None:
    line = {**LINE, "Quantity": Decimal("1.2345"), "UnitAmount": Decimal("9.8765")}
    id = invoice(world, contact(world, "Acme"), LineItems=[line])
    (one,) = fetched(books, "Invoice", id)
    assert isinstance(one, Present)
    lines: Any = one.record["LineItems"]
    assert (str(lines[0]["Quantity"]), str(lines[0]["UnitAmount"])) == ("1.2345", "9.8765")


def test_an_edit_between_two_reads_is_in_the_second(world: World, books: Connection) -> None:
    first, second = contact(world, "First"), contact(world, "Second")
    world.control("clock", advance=3600)
    cursor = everything(books, "Contact")[-1].cursor
    world.control("clock", advance=60)
    world.control("edit", object="Contact", id=first, fields={"FirstName": "Ann"})
    pages = everything(books, "Contact", cursor)
    assert set(observed(pages)) == {first}
    assert not pages[-1].complete
    assert pages[-1].cursor is not None
    assert second not in observed(pages)


def test_an_edit_that_turns_up_late_is_still_seen(world: World, books: Connection) -> None:
    first = contact(world, "First")
    world.control("clock", advance=3600)
    cursor = everything(books, "Contact")[-1].cursor
    assert cursor is not None
    stamp = instant(cursor["since"]) + timedelta(seconds=60)
    world.control("late", object="Contact", id=first, fields={"FirstName": "Ann"}, stamp=stamp.isoformat())
    assert set(observed(everything(books, "Contact", cursor))) == {first}


def test_records_with_equal_stamps_are_all_read(world: World) -> None:
    ids = [contact(world, f"Customer {n}") for n in range(7)]
    world.control("touch", object="Contact", ids=ids)
    assert set(observed(everything(world.open(page_size=2), "Contact"))) == set(ids)


def test_a_listing_that_shifts_while_it_is_read_is_read_again(world: World) -> None:
    ids = {contact(world, f"Customer {n}") for n in range(5)}
    world.control("shift", object="Contact", fields={"Name": "Newcomer"}, after=1)
    pages = everything(world.open(page_size=2), "Contact")
    assert pages[-1].complete
    assert len(observed(pages)) == len(ids) + 1
    assert sum(page.complete for page in pages) == 1
    assert all(page.cursor is None for page in pages[:-1])


def test_a_listing_that_never_rests_claims_nothing(world: World) -> None:
    for n in range(5):
        contact(world, f"Customer {n}")
    for n in range(30):
        world.control("shift", object="Contact", fields={"Name": f"Newcomer {n}"}, after=n + 1)
    pages = everything(world.open(page_size=2), "Contact")
    assert not any(page.complete for page in pages)
    assert all(page.cursor is None for page in pages)


def test_archived_and_merged_contacts_are_told_apart(world: World, books: Connection) -> None:
    kept, lost, old = contact(world, "Kept"), contact(world, "Lost"), contact(world, "Old")
    world.control("merge", winner=kept, loser=lost)
    world.control("archive", object="Contact", id=old)
    for known in (
        observed(everything(books, "Contact")),
        {one.id: one for one in fetched(books, "Contact", lost, old)},
    ):
        assert known[lost] == Merged(lost, kept)
        archived = known[old]
        assert isinstance(archived, Archived)
        assert archived.lock is not None
        assert archived.record["ContactStatus"] == "ARCHIVED"


def test_deleted_and_voided_documents_are_seen_without_a_filter(world: World, books: Connection) -> None:
    customer = contact(world, "Acme")
    draft, final = invoice(world, customer), approved(world, customer)
    cursor = everything(books, "Invoice")[-1].cursor
    world.control("delete", object="Invoice", id=draft)
    world.control("delete", object="Invoice", id=final)
    known = observed(everything(books, "Invoice", cursor))
    gone, voided = known[draft], known[final]
    assert isinstance(gone, Gone)
    assert gone.at is not None
    assert isinstance(voided, Archived)
    assert voided.record["Status"] == "VOIDED"
    assert voided.lock is not None
    assert voided.lock.editable == frozenset()


def test_payments_show_on_themselves_and_on_their_document(world: World, books: Connection) -> None:
    id = approved(world, contact(world, "Acme"))
    payment = world.control("pay", invoice=id, amount=Decimal("5.00"))["PaymentID"]
    (paid,) = fetched(books, "Invoice", id)
    assert isinstance(paid, Present)
    payments: Any = paid.record["Payments"]
    assert [(one["PaymentID"], one["Amount"]) for one in payments] == [(payment, Decimal("5.00"))]
    assert paid.record["AmountPaid"] == Decimal("5.00")
    assert paid.lock is not None
    assert "Reference" in paid.lock.editable
    (one,) = fetched(books, "Payment", payment)
    assert isinstance(one, Present)
    assert one.record["Invoice"] == {
        "InvoiceID": id,
        "InvoiceNumber": "INV-0001",
        "Type": "ACCREC",
        "CurrencyCode": "GBP",
    }
    world.control("unpay", payment=payment)
    assert isinstance(observed(everything(books, "Payment"))[payment], Gone)
    (free,) = fetched(books, "Invoice", id)
    assert isinstance(free, Present)
    assert free.lock is None


def test_lock_dates_lock_documents(world: World) -> None:
    customer = contact(world, "Acme")
    old, new = invoice(world, customer, Date="2026-01-31"), invoice(world, customer, Date="2026-02-01")
    world.control("lock", period="2026-01-31")
    locked, free = fetched(world.open(), "Invoice", old, new)
    assert isinstance(locked, Present)
    assert isinstance(free, Present)
    assert locked.lock is not None
    assert "2026-01-31" in locked.lock.reason
    assert free.lock is None


def test_small_tables_are_always_whole(world: World, books: Connection) -> None:
    for name, key in (("Account", "AccountID"), ("TaxRate", "TaxType"), ("Currency", "Code"), ("Item", "ItemID")):
        (page,) = everything(books, name)
        assert page.complete
        assert page.cursor is not None
        (again,) = everything(books, name, page.cursor)
        assert again.complete
        assert all(isinstance(one, Present) and one.record[key] == one.id for one in again.observations)
    account = world.raw("/Accounts")["Accounts"][-1]
    world.control("archive", object="Account", id=account["AccountID"])
    assert isinstance(observed(everything(books, "Account"))[account["AccountID"]], Archived)


def test_a_deleted_item_is_absent_and_then_gone(world: World, books: Connection) -> None:
    id = world.control("edit", object="Item", fields={"Code": "A1", "Name": "Anchor"})["ItemID"]
    assert set(observed(everything(books, "Item"))) == {id}
    world.control("delete", object="Item", id=id)
    assert everything(books, "Item")[-1].observations == []
    assert fetched(books, "Item", id) == [Gone(id)]


def test_what_is_not_found_is_unknown_and_never_gone(books: Connection) -> None:
    nobody = "11111111-1111-4111-8111-111111111111"
    for name in ("Contact", "Invoice", "Payment", "CreditNote", "Quote", "Overpayment", "Currency", "TaxRate"):
        (one,) = fetched(books, name, nobody)
        assert isinstance(one, Unknown)


def test_fetch_gives_one_observation_for_each_id_in_order(world: World, books: Connection) -> None:
    ids = [contact(world, f"Customer {n}") for n in range(45)]
    asked = list(reversed(ids))
    calls = world.counters()["calls"].get("GET /Contacts", 0)
    assert [one.id for one in fetched(books, "Contact", *asked)] == asked
    assert world.counters()["calls"]["GET /Contacts"] == calls + 2


def test_a_run_without_changes_costs_one_call_an_object(world: World) -> None:
    books = world.open()
    books.organisation()
    cursors = {name: everything(books, name)[-1].cursor for name in ("Contact", "Invoice", "Item")}
    world.control("counters/reset")
    books = world.open()
    books.organisation()
    for name, cursor in cursors.items():
        everything(books, name, cursor)
    calls: Mapping[str, int] = world.counters()["calls"]
    assert calls == {"GET /Organisation": 1, "GET /Contacts": 1, "GET /Invoices": 1, "GET /Items": 1}


# --- Around -------------------------------------------------------------------------------------------------------


def test_links_lead_into_the_right_organisation(world: World, books: Connection) -> None:
    short = world.raw("/Organisation")["Organisations"][0]["ShortCode"]
    login = f"https://go.xero.com/organisationlogin/default.aspx?shortcode={short}&redirecturl="
    assert books.url("Invoice", "i-1") == f"{login}/AccountsReceivable/View.aspx?InvoiceID=i-1"
    assert books.url("Contact", "c-1") == f"{login}/Contacts/View/c-1"
    assert books.url("CreditNote", "n-1") == f"{login}/AccountsPayable/ViewCreditNote.aspx?creditNoteID=n-1"
    assert books.url("Quote", "q-1") == f"https://go.xero.com/app/{short}/quotes/view/q-1"
    assert books.url("Item", "x") is None


def test_the_preflight_tells_what_the_books_are_like(world: World) -> None:
    world.control("lock", period="2026-01-31")
    findings = {one.code: one for one in world.open().check()}
    assert {"organisation", "demo-organisation", "currencies", "tax-rates", "revenue-accounts", "lock-date"} <= set(
        findings
    )
    assert "base currency GBP" in findings["organisation"].message
    assert "200 Sales" in findings["revenue-accounts"].message
    assert "2026-01-31" in findings["lock-date"].message
    assert findings["calls-left"].severity == "note"


def test_the_preflight_warns_when_few_calls_are_left(world: World) -> None:
    world.control("limits", day_used=4740)
    findings = {one.code: one for one in world.open().check()}
    assert findings["calls-left"].severity == "warning"
    assert findings["calls-left"].mend


def test_sx04_the_preflight_tells_what_calls_are_counted_on(world: World) -> None:
    def told(calls_per_day: int) -> Finding:
        return next(one for one in world.open(calls_per_day=calls_per_day).check() if one.code == "calls-left")

    world.control("limits", day_used=4100)
    starter = told(1000)
    assert starter.message.endswith("1000 a day are counted on, as the Starter tier grants")
    assert not starter.mend
    world.control("limits", day_used=3900)
    hoped = told(5000)
    assert hoped.severity == "warning"
    assert "if the app is on the Starter tier, write calls_per_day: 1000" in hoped.mend
    world.control("limits", day_used=0)
    assert told(1000).mend == "write calls_per_day: as many as the app's tier grants"


def test_no_secret_is_logged(world: World, books: Connection) -> None:
    books.organisation()
    everything(books, "Contact")
    access = world.simulator.access(world.url)
    told = repr(world.notes.lines)
    assert "request" in told
    assert access["client_secret"] not in told
    assert access["access_token"] not in told


def test_a_date_is_a_date_and_a_stamp_is_an_instant(world: World, books: Connection) -> None:
    id = invoice(world, contact(world, "Acme"), Date="2026-03-04")
    (one,) = fetched(books, "Invoice", id)
    assert isinstance(one, Present)
    assert one.record["Date"] == date(2026, 3, 4)
    assert one.modified == one.record["UpdatedDateUTC"]
    assert one.modified is not None
    assert one.modified.tzinfo is UTC


def test_a_key_is_read_back_from_the_listing(books: Connection) -> None:
    (made,) = write(books, "Contact", Verb.CREATE, Operation("key.1", values={"Name": "Acme"}))
    assert isinstance(made, Applied)
    one = observed(everything(books, "Contact"))[made.id]
    assert isinstance(one, Present)
    assert one.key == "key.1"
