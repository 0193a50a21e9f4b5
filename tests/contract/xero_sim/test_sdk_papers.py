"""The vendor's own SDK drives credit notes, their allocations and refunds, quotes, over- and prepayments."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from xero_python.accounting import (
    Account,
    Allocation,
    Allocations,
    Contact,
    CreditNote,
    CreditNotes,
    CurrencyCode,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    LineItem,
    Payment,
    PaymentDelete,
    Payments,
    Quote,
    QuoteLineAmountTypes,
    Quotes,
    QuoteStatusCodes,
)
from xero_python.exceptions import AccountingBadRequestException, NotFoundException

from contract.xero_sim.test_sdk import Sdk, sdk
from contract.xero_sim.world import Xero

__all__ = ["sdk"]  # the fixture
DAY = date(2026, 11, 2)


def _line(**fields: Any) -> LineItem:
    return LineItem(**{"description": "Work", "quantity": 2, "unit_amount": 50, "account_code": "200", **fields})


def _credit(sdk: Sdk, contact: str, **fields: Any) -> Any:
    note = CreditNote(
        type="ACCRECCREDIT", contact=Contact(contact_id=contact), date=DAY, line_items=[_line()], **fields
    )
    return sdk.books.create_credit_notes(sdk.tenant, CreditNotes(credit_notes=[note]), unitdp=4).credit_notes[0]


def _quote(sdk: Sdk, contact: str, **fields: Any) -> Any:
    quote = Quote(contact=Contact(contact_id=contact), date=DAY, line_items=[_line()], **fields)
    return sdk.books.create_quotes(sdk.tenant, Quotes(quotes=[quote])).quotes[0]


def test_credit_notes_are_made_changed_listed_and_ended(sdk: Sdk, xero: Xero) -> None:
    contact = xero.contact("Acme")
    made = _credit(sdk, contact, reference="R-1")
    assert (made.status, made.credit_note_number, made.total, made.remaining_credit) == ("DRAFT", "CN-0001", 120, 120)
    change = CreditNotes(credit_notes=[CreditNote(status="AUTHORISED")])
    approved = sdk.books.update_credit_note(sdk.tenant, made.credit_note_id, change).credit_notes[0]
    assert (approved.status, approved.reference) == ("AUTHORISED", "R-1")
    listed = sdk.books.get_credit_notes(
        sdk.tenant, datetime(2026, 1, 1, tzinfo=UTC), where='Type=="ACCRECCREDIT"', page=1, page_size=10, unitdp=4
    )
    assert [one.credit_note_id for one in listed.credit_notes] == [made.credit_note_id]
    assert listed.pagination.item_count == 1
    void = CreditNotes(credit_notes=[CreditNote(credit_note_id=made.credit_note_id, status="VOIDED")])
    ended = sdk.books.update_or_create_credit_notes(sdk.tenant, void).credit_notes[0]
    assert ended.status == "VOIDED"
    with pytest.raises(AccountingBadRequestException, match="not of valid status"):
        sdk.books.update_credit_note(sdk.tenant, made.credit_note_id, change)
    with pytest.raises(NotFoundException):
        sdk.books.get_credit_note(sdk.tenant, "11111111-1111-4111-8111-111111111111")


def test_a_credit_note_is_applied_and_taken_back(sdk: Sdk, xero: Xero) -> None:
    contact = xero.contact("Acme")
    invoice, credit = xero.approved(contact)["InvoiceID"], _credit(sdk, contact, status="AUTHORISED").credit_note_id
    applied = Allocations(allocations=[Allocation(amount=20, date=DAY, invoice=Invoice(invoice_id=invoice))])
    made = sdk.books.create_credit_note_allocation(sdk.tenant, credit, applied).allocations[0]
    assert (made.amount, made.invoice.invoice_id) == (20, invoice)
    assert sdk.books.get_invoice(sdk.tenant, invoice).invoices[0].amount_credited == 20
    shown = sdk.books.get_credit_note(sdk.tenant, credit).credit_notes[0]
    assert (shown.remaining_credit, shown.allocations[0].amount) == (100, 20)
    back = sdk.books.delete_credit_note_allocations(sdk.tenant, credit, shown.allocations[0].allocation_id)
    assert back.is_deleted is True
    assert sdk.books.get_invoice(sdk.tenant, invoice).invoices[0].amount_due == 120
    note = HistoryRecords(history_records=[HistoryRecord(details="taken back")])
    sdk.books.create_credit_note_history(sdk.tenant, credit, note)
    told = sdk.books.get_credit_note_history(sdk.tenant, credit).history_records
    assert [one.details for one in told] == ["taken back"]


def test_a_credit_note_is_refunded(sdk: Sdk, xero: Xero) -> None:
    credit = _credit(sdk, xero.contact("Acme"), status="AUTHORISED").credit_note_id
    refund = Payment(credit_note=CreditNote(credit_note_id=credit), account=Account(code="090"), amount=120, date=DAY)
    made = sdk.books.create_payments(sdk.tenant, Payments(payments=[refund])).payments[0]
    assert (made.payment_type, made.credit_note.credit_note_id) == ("ARCREDITPAYMENT", credit)
    assert sdk.books.get_credit_note(sdk.tenant, credit).credit_notes[0].status == "PAID"
    sdk.books.delete_payment(sdk.tenant, made.payment_id, PaymentDelete(status="DELETED"))
    assert sdk.books.get_credit_note(sdk.tenant, credit).credit_notes[0].remaining_credit == 120


def test_quotes_are_made_changed_listed_and_deleted(sdk: Sdk, xero: Xero) -> None:
    contact = xero.contact("Acme")
    rate = {"currency_code": CurrencyCode.EUR, "line_amount_types": QuoteLineAmountTypes.EXCLUSIVE}
    made = _quote(sdk, contact, title="Offer", reference="R-1", expiry_date=date(2026, 12, 1), **rate)
    assert (made.status, made.quote_number, made.total) == (QuoteStatusCodes.DRAFT, "QU-0001", 120)
    whole = {"contact": Contact(contact_id=contact), "date": DAY, "title": "Offer"}
    sent = Quotes(quotes=[Quote(status=QuoteStatusCodes.SENT, **whole)])
    assert sdk.books.update_quote(sdk.tenant, made.quote_id, sent).quotes[0].status == QuoteStatusCodes.SENT
    back = Quotes(quotes=[Quote(status=QuoteStatusCodes.DRAFT, **whole)])
    with pytest.raises(AccountingBadRequestException, match="not of valid status"):
        sdk.books.update_quote(sdk.tenant, made.quote_id, back)
    listed = sdk.books.get_quotes(sdk.tenant, date_from=DAY, status="SENT", page=1, order="QuoteID ASC").quotes
    assert [(one.quote_id, one.reference) for one in listed] == [(made.quote_id, None)]
    gone = Quotes(quotes=[Quote(quote_id=made.quote_id, status=QuoteStatusCodes.DELETED, **whole)])
    sdk.books.update_or_create_quotes(sdk.tenant, gone)
    assert sdk.books.get_quotes(sdk.tenant).quotes == []
    assert sdk.books.get_quote(sdk.tenant, made.quote_id).quotes[0].status == QuoteStatusCodes.DELETED


def test_over_and_prepayments_are_read(sdk: Sdk, xero: Xero) -> None:
    contact = xero.contact("Acme")
    over = xero.order("prepay", kind="Overpayment", contact=contact, amount=30)["OverpaymentID"]
    early = xero.order("prepay", kind="Prepayment", contact=contact, amount=20)["PrepaymentID"]
    assert sdk.books.get_overpayments(sdk.tenant, page=1).overpayments[0].overpayment_id == over
    assert sdk.books.get_prepayments(sdk.tenant, page=1).prepayments[0].prepayment_id == early
    invoice = xero.approved(contact)["InvoiceID"]
    applied = Allocations(allocations=[Allocation(amount=5, date=DAY, invoice=Invoice(invoice_id=invoice))])
    sdk.books.create_overpayment_allocations(sdk.tenant, over, applied)
    sdk.books.create_prepayment_allocations(sdk.tenant, early, applied)
    assert sdk.books.get_overpayment(sdk.tenant, over).overpayments[0].remaining_credit == 25
    shown = sdk.books.get_invoice(sdk.tenant, invoice).invoices[0]
    assert (shown.amount_credited, shown.overpayments[0].applied_amount) == (10, 5)
