"""Credit notes, allocations, refunds, over- and prepayments."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contract.xero_sim.world import Xero, exact


def _errors(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 400, answer.text
    return [each["Message"] for each in exact(answer.text)["Elements"][0]["ValidationErrors"]]


@pytest.fixture
def contact(xero: Xero) -> str:
    return xero.contact("Acme")


def _approved(xero: Xero, contact: str, **fields: Any) -> Any:
    return xero.credit_note(contact, Status="AUTHORISED", Date="2026-11-03", **fields)


def test_a_credit_note_is_computed_as_an_invoice_is(xero: Xero, contact: str) -> None:
    lines = [
        {"Description": "x", "Quantity": "1.5", "UnitAmount": "33.3333", "AccountCode": "200"},
        {"Description": "y", "Quantity": 1, "UnitAmount": "10", "AccountCode": "200", "TaxType": "RROUTPUT"},
    ]
    body = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}, "LineItems": lines}
    made = xero.call("PUT", "CreditNotes", body, unitdp=4)["CreditNotes"][0]
    figures = [str(made[name]) for name in ("SubTotal", "TotalTax", "Total", "RemainingCredit")]
    assert figures == ["60.00", "10.50", "70.50", "70.50"]
    assert (made["Status"], made["CreditNoteNumber"], made["CurrencyCode"]) == ("DRAFT", "CN-0001", "GBP")
    assert str(xero.credit(made["CreditNoteID"], unitdp=4)["LineItems"][0]["UnitAmount"]) == "33.3333"
    assert str(xero.credit(made["CreditNoteID"])["LineItems"][0]["UnitAmount"]) == "33.33"
    assert xero.call("GET", "Contacts", page=1)["Contacts"][0]["IsCustomer"] is True


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"LineItems": []}, "line items must be specified"),
        ({"LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 1, "DiscountRate": 5}]}, "Discounts"),
        ({"Contact": None}, "A Contact must be specified"),
        ({"Status": "PAID"}, "not of valid status for creation"),
        ({"CurrencyCode": "JPY"}, "not subscribed to currency JPY"),
        ({"CreditNoteID": "00000000-0000-0000-0000-00000000000a"}, ""),
        ({"Reference": "x" * 256}, "maximum length of 255"),
    ],
)
def test_rules(xero: Xero, contact: str, fields: dict[str, Any], words: str) -> None:
    body = {
        "Type": "ACCRECCREDIT",
        "Contact": {"ContactID": contact},
        "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}],
        **fields,
    }
    answer = xero.raw("PUT", "CreditNotes", body)
    if not words:
        assert answer.status_code == 404
    else:
        assert words in _errors(answer)[0]


def test_a_number_is_taken_once_and_a_suppliers_is_anybodys(xero: Xero, contact: str) -> None:
    xero.credit_note(contact, CreditNoteNumber="C-1")
    body = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}, "CreditNoteNumber": "C-1"}
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 1, "AccountCode": "400"}
    assert _errors(xero.raw("PUT", "CreditNotes", {**body, "LineItems": [line]})) == ["Credit Note # must be unique."]
    theirs = {**body, "Type": "ACCPAYCREDIT", "LineItems": [line]}
    for _ in range(2):
        made = xero.call("PUT", "CreditNotes", {**theirs, "Reference": "ours"})["CreditNotes"][0]
        assert (made["CreditNoteNumber"], made["Reference"]) == ("C-1", "")


@pytest.mark.parametrize(
    ("start", "to", "words"),
    [
        ("DRAFT", "DELETED", ""),
        ("DRAFT", "AUTHORISED", ""),
        ("DRAFT", "VOIDED", "not of valid status"),
        ("SUBMITTED", "DRAFT", ""),
        ("AUTHORISED", "VOIDED", ""),
        ("AUTHORISED", "DELETED", "not of valid status"),
        ("AUTHORISED", "DRAFT", "not of valid status"),
    ],
)
def test_status_moves_as_that_of_an_invoice(xero: Xero, contact: str, start: str, to: str, words: str) -> None:
    id = xero.credit_note(contact, Status=start)["CreditNoteID"]
    answer = xero.raw("POST", f"CreditNotes/{id}", {"Status": to})
    if words:
        assert words in _errors(answer)[0]
    assert xero.credit(id)["Status"] == (start if words else to)


def test_an_allocation_moves_both_documents_and_can_be_taken_back(xero: Xero, contact: str) -> None:
    invoice, credit = xero.approved(contact)["InvoiceID"], _approved(xero, contact)["CreditNoteID"]
    stamps = [xero.invoice(invoice)["UpdatedDateUTC"], xero.credit(credit)["UpdatedDateUTC"]]
    answer = xero.allocate(credit, invoice, 20)
    assert (answer["Amount"], answer["Invoice"]["InvoiceID"], "AllocationID" in answer) == (20, invoice, False)
    now, left = xero.invoice(invoice), xero.credit(credit)
    assert (now["AmountDue"], now["AmountCredited"], now["Status"]) == (100, 20, "AUTHORISED")
    assert [(one["CreditNoteID"], one["AppliedAmount"]) for one in now["CreditNotes"]] == [(credit, 20)]
    assert (left["RemainingCredit"], left["Status"]) == (40, "AUTHORISED")
    assert now["UpdatedDateUTC"] > stamps[0]
    assert left["UpdatedDateUTC"] > stamps[1]
    xero.allocate(credit, invoice, "40.00")
    assert (xero.credit(credit)["Status"], xero.invoice(invoice)["AmountDue"]) == ("PAID", 60)
    first = xero.credit(credit)["Allocations"][0]["AllocationID"]
    told = xero.call("DELETE", f"CreditNotes/{credit}/Allocations/{first}", {})
    assert (told["IsDeleted"], told["Invoice"]["InvoiceID"]) == (True, invoice)
    assert (xero.credit(credit)["Status"], xero.credit(credit)["RemainingCredit"]) == ("AUTHORISED", 20)
    assert (xero.invoice(invoice)["AmountDue"], len(xero.invoice(invoice)["CreditNotes"])) == (80, 1)
    assert xero.counters()["effects"]["Allocation"] == {"created": 2, "deleted": 1}


def test_an_invoice_credited_in_full_is_paid_and_comes_back(xero: Xero, contact: str) -> None:
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
    invoice, credit = xero.approved(contact)["InvoiceID"], _approved(xero, contact, LineItems=[line])["CreditNoteID"]
    xero.allocate(credit, invoice, 120)
    paid = xero.invoice(invoice)
    assert (paid["Status"], paid["AmountPaid"], paid["AmountCredited"]) == ("PAID", 0, 120)
    assert paid["FullyPaidOnDate"] == "/Date(1794268800000+0000)/"
    allocation = xero.credit(credit)["Allocations"][0]["AllocationID"]
    xero.call("DELETE", f"CreditNotes/{credit}/Allocations/{allocation}", {})
    assert (xero.invoice(invoice)["Status"], xero.credit(credit)["Status"]) == ("AUTHORISED", "AUTHORISED")


def test_what_cannot_be_applied(xero: Xero, contact: str) -> None:
    invoice, credit = xero.approved(contact)["InvoiceID"], _approved(xero, contact)["CreditNoteID"]
    other = xero.approved(xero.contact("Other"))["InvoiceID"]
    draft, unsaid = xero.draft(contact)["InvoiceID"], xero.credit_note(contact)["CreditNoteID"]
    path = f"CreditNotes/{credit}/Allocations"
    for sent, words in (
        ({"Invoice": {"InvoiceID": invoice}, "Amount": 61}, "exceeds the remaining credit"),
        ({"Invoice": {"InvoiceID": invoice}, "Amount": 0}, "greater than zero"),
        ({"Invoice": {"InvoiceID": other}, "Amount": 1}, "same contact and currency"),
        ({"Invoice": {"InvoiceID": draft}, "Amount": 1}, "Authorised documents"),
        ({"Invoice": {"InvoiceID": draft[:-1] + "z"}, "Amount": 1}, "could not be found"),
    ):
        assert words in _errors(xero.raw("PUT", path, {**sent, "Date": "2026-11-10"}))[0]
    body = {"Invoice": {"InvoiceID": invoice}, "Amount": 1, "Date": "2026-11-10"}
    assert "Authorised" in _errors(xero.raw("PUT", f"CreditNotes/{unsaid}/Allocations", body))[0]
    assert xero.raw("PUT", path, {"Invoice": {"InvoiceID": invoice}, "Amount": 1}).status_code == 400
    xero.order("lock", period="2026-11-30")
    assert "lock date" in _errors(xero.raw("PUT", path, body))[0]
    assert xero.raw("DELETE", f"{path}/{draft}", {}).status_code == 404
    assert xero.credit(credit)["RemainingCredit"] == 60


def test_a_used_credit_note_is_not_edited_and_not_voided(xero: Xero, contact: str) -> None:
    invoice, credit = xero.approved(contact)["InvoiceID"], _approved(xero, contact)["CreditNoteID"]
    xero.allocate(credit, invoice, 10)
    for change in ({"Reference": "new"}, {"Status": "VOIDED"}, {"Date": "2026-11-04"}):
        assert "payment or credit note allocated" in _errors(xero.raw("POST", f"CreditNotes/{credit}", change))[0]
    assert "payment or credit note" in _errors(xero.raw("POST", f"Invoices/{invoice}", {"Status": "VOIDED"}))[0]


def test_a_closed_period_holds_a_credit_note(xero: Xero, contact: str) -> None:
    credit = _approved(xero, contact)["CreditNoteID"]
    xero.order("lock", period="2026-11-30")
    assert "lock date" in _errors(xero.raw("POST", f"CreditNotes/{credit}", {"Reference": "late"}))[0]
    body = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}, "Date": "2026-11-30"}
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}
    assert "lock date" in _errors(xero.raw("PUT", "CreditNotes", {**body, "LineItems": [line]}))[0]


def test_a_refund_is_a_payment_of_the_credit_note(xero: Xero, contact: str) -> None:
    credit = _approved(xero, contact)["CreditNoteID"]
    body = {"CreditNote": {"CreditNoteID": credit}, "Account": {"Code": "090"}, "Amount": 60}
    assert "exceeds the amount outstanding" in _errors(xero.raw("PUT", "Payments", {**body, "Amount": 61}))[0]
    made = xero.call("PUT", "Payments", body)["Payments"][0]
    assert (made["PaymentType"], made["CreditNote"]["CreditNoteID"]) == ("ARCREDITPAYMENT", credit)
    assert (xero.credit(credit)["Status"], xero.credit(credit)["RemainingCredit"]) == ("PAID", 0)
    assert [one["Amount"] for one in xero.credit(credit)["Payments"]] == [60]
    xero.call("POST", f"Payments/{made['PaymentID']}", {"Status": "DELETED"})
    assert (xero.credit(credit)["Status"], xero.credit(credit)["RemainingCredit"]) == ("AUTHORISED", 60)
    draft = xero.credit_note(contact)["CreditNoteID"]
    early = {**body, "CreditNote": {"CreditNoteID": draft}}
    assert "Authorised documents" in _errors(xero.raw("PUT", "Payments", early))[0]


@pytest.mark.parametrize("kind", ["Overpayment", "Prepayment"])
def test_what_was_paid_too_much_or_in_advance_is_applied(xero: Xero, contact: str, kind: str) -> None:
    made = xero.order("prepay", kind=kind, contact=contact, amount=30, date="2026-11-03")
    id, plural = made[f"{kind}ID"], f"{kind}s"
    listed = xero.call("GET", plural, page=1)
    assert (listed["pagination"]["itemCount"], listed[plural][0]["Type"]) == (1, f"RECEIVE-{kind.upper()}")
    invoice = xero.approved(contact)["InvoiceID"]
    body = {"Invoice": {"InvoiceID": invoice}, "Amount": 30, "Date": "2026-11-10"}
    xero.call("PUT", f"{plural}/{id}/Allocations", {"Allocations": [body]})
    credit, owed = xero.call("GET", f"{plural}/{id}")[plural][0], xero.invoice(invoice)
    assert (credit["Status"], credit["RemainingCredit"]) == ("PAID", 0)
    assert (owed["AmountCredited"], owed["AmountDue"], owed[plural][0]["AppliedAmount"]) == (30, 90, 30)
    assert xero.raw("PUT", plural, {"Type": f"RECEIVE-{kind.upper()}"}).status_code == 404


def test_the_listing_knows_no_ids_or_statuses(xero: Xero, contact: str) -> None:
    made = [xero.credit_note(contact)["CreditNoteID"] for _ in range(3)]
    for word in ("IDs", "Statuses", "summaryOnly"):
        asked: dict[str, Any] = {word: "x"}
        assert xero.raw("GET", "CreditNotes", **asked).status_code == 400
    pages = [xero.call("GET", "CreditNotes", page=n, pageSize=2, order="CreditNoteID ASC") for n in (1, 2)]
    assert [one["CreditNoteID"] for page in pages for one in page["CreditNotes"]] == sorted(made)
    assert pages[0]["pagination"]["itemCount"] == 3
    assert xero.call("GET", "CreditNotes")["CreditNotes"][0]["LineItems"] == []
    where = 'Status=="DRAFT" AND Contact.Name=="Acme"'
    assert len(xero.call("GET", "CreditNotes", where=where)["CreditNotes"]) == 3
    since = {"If-Modified-Since": "2026-01-01T00:00:00"}
    assert len(xero.call("GET", "CreditNotes", headers=since)["CreditNotes"]) == 3


def test_a_merged_contacts_documents_move(xero: Xero, contact: str) -> None:
    credit, quote = xero.credit_note(contact)["CreditNoteID"], xero.quote(contact)["QuoteID"]
    winner = xero.contact("Winner")
    xero.order("merge", winner=winner, loser=contact)
    assert xero.credit(credit)["Contact"]["ContactID"] == winner
    assert xero.call("GET", f"Quotes/{quote}")["Quotes"][0]["Contact"]["ContactID"] == winner
