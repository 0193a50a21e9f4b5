from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tieout_xero.locks import LockDates, contact_lock, document_lock, payment_lock

OPEN = LockDates()
JUNE = LockDates(period=date(2026, 6, 30), year_end=date(2025, 12, 31))
FREE: dict[str, Any] = {"Type": "ACCREC", "Status": "AUTHORISED", "Date": "/Date(1782864000000+0000)/"}  # 1 July 2026


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "AUTHORISED"])
def test_an_unpaid_document_is_free(status: str) -> None:
    assert document_lock({**FREE, "Status": status, "AmountPaid": Decimal("0.00"), "Payments": []}, OPEN) is None


@pytest.mark.parametrize(
    "sign",
    [
        {"Status": "PAID"},
        {"Payments": [{"PaymentID": "p"}]},
        {"AmountPaid": Decimal("0.01")},
        {"AmountDue": Decimal(5), "Total": Decimal(6)},
    ],
)
def test_a_part_or_fully_paid_document_takes_only_some_fields(sign: dict[str, Any]) -> None:
    lock = document_lock({**FREE, **sign}, OPEN)
    assert lock is not None
    assert {"Reference", "DueDate", "InvoiceNumber", "Contact.ContactID", "Url"} <= lock.editable
    assert {"LineItems.Description", "LineItems.AccountCode", "LineItems.Tracking"} <= lock.editable
    assert not {"LineItems.UnitAmount", "Date", "CurrencyCode", "PlannedPaymentDate"} & lock.editable
    assert lock.ways_out


@pytest.mark.parametrize("kind", ["CreditNotes", "Prepayments", "Overpayments"])
def test_where_a_credit_paid_the_contact_stays(kind: str) -> None:
    lock = document_lock({**FREE, kind: [{}]}, OPEN)
    assert lock is not None
    assert "Contact.ContactID" not in lock.editable
    assert "Reference" in lock.editable


def test_a_bill_may_still_be_planned() -> None:
    lock = document_lock({**FREE, "Type": "ACCPAY", "Status": "PAID"}, OPEN)
    assert lock is not None
    assert "PlannedPaymentDate" in lock.editable


@pytest.mark.parametrize("status", ["VOIDED", "DELETED"])
def test_an_end_is_final(status: str) -> None:
    lock = document_lock({**FREE, "Status": status}, JUNE)
    assert lock is not None
    assert lock.editable == frozenset()
    assert status.lower() in lock.reason


def test_the_later_lock_date_closes_documents_up_to_that_day() -> None:
    closed = document_lock({**FREE, "Date": "2026-06-30T00:00:00", "Status": "PAID"}, JUNE)
    assert closed is not None
    assert closed.editable == frozenset()
    assert "2026-06-30" in closed.reason
    assert document_lock(FREE, JUNE) is None
    assert document_lock(FREE, LockDates(year_end=date(2026, 7, 1))) is not None
    assert document_lock(FREE, OPEN) is None


def test_a_payment_is_never_edited_and_not_deleted_in_a_closed_period() -> None:
    free, closed = payment_lock(FREE, OPEN), payment_lock({"Date": "2026-01-01"}, JUNE)
    assert free is not None
    assert closed is not None
    assert "closed" not in free.reason
    assert "2026-06-30" in closed.reason


def test_an_archived_contact_is_not_edited() -> None:
    lock = contact_lock({"ContactStatus": "ARCHIVED"})
    assert lock is not None
    assert lock.editable == frozenset()
    assert contact_lock({"ContactStatus": "ACTIVE"}) is None
