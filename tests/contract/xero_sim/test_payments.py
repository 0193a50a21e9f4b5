"""Payments, items and settings."""

from __future__ import annotations

from typing import Any

import pytest

from contract.xero_sim.world import Xero


def _errors(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.text
    return [str(error["Message"]) for element in answer.json()["Elements"] for error in element["ValidationErrors"]]


@pytest.fixture
def invoice(xero: Xero) -> str:
    return str(xero.approved(xero.contact("Bon app"))["InvoiceID"])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"Amount": "120.01"}, "Payment amount exceeds the amount outstanding on this document"),
        ({"Amount": "0"}, "greater than zero"),
        ({"Amount": "1", "Account": {"Code": "200"}}, "bank account or have payments enabled"),
        ({"Amount": "1", "Account": {"Code": "nope"}}, "existing, active account"),
        ({"Amount": "1", "Invoice": {"InvoiceNumber": "none"}}, "could not be found"),
        ({"Amount": "1", "PaymentID": "00000000-0000-0000-0000-00000000000a"}, "without a PaymentID"),
    ],
)
def test_rules(xero: Xero, invoice: str, fields: dict[str, Any], words: str) -> None:
    body = {"Invoice": {"InvoiceID": invoice}, "Account": {"Code": "090"}, **fields}
    assert words in _errors(xero.raw("PUT", "Payments", body))[0]


def test_only_approved_documents_are_paid(xero: Xero, invoice: str) -> None:
    draft = xero.draft(xero.contact("Other"))["InvoiceID"]
    body = {"Invoice": {"InvoiceID": draft}, "Account": {"Code": "090"}, "Amount": 1}
    message = ["Payments can only be made against Authorised documents"]
    assert _errors(xero.raw("PUT", "Payments", body)) == message
    xero.pay(invoice, 120)
    again = {**body, "Invoice": {"InvoiceID": invoice}}
    assert _errors(xero.raw("PUT", "Payments", again)) == message


def test_payment_moves_the_invoice_and_its_deletion_too(xero: Xero, invoice: str) -> None:
    stamps = [xero.invoice(invoice)["UpdatedDateUTC"]]
    payment = xero.pay(invoice, 120, Date="2026-11-10")["PaymentID"]
    paid = xero.invoice(invoice)
    assert (paid["Status"], paid["AmountDue"], paid["FullyPaidOnDate"]) == ("PAID", 0, "/Date(1794268800000+0000)/")
    stamps.append(paid["UpdatedDateUTC"])
    xero.call("POST", "Payments", {"Payments": [{"PaymentID": payment, "Status": "DELETED"}]})
    back = xero.invoice(invoice)
    assert (back["Status"], back["AmountDue"], back["Payments"]) == ("AUTHORISED", 120, [])
    stamps.append(back["UpdatedDateUTC"])
    assert stamps == sorted(set(stamps))
    assert xero.call("GET", f"Payments/{payment}")["Payments"][0]["Status"] == "DELETED"
    refused = xero.raw("POST", f"Payments/{payment}", {"Status": "DELETED"})
    assert _errors(refused) == ["Payment not of valid status for modification"]


def test_payment_can_leave_the_stamp_alone(xero: Xero, invoice: str) -> None:
    xero.order("switches", payment_bumps="no")
    before = xero.invoice(invoice)["UpdatedDateUTC"]
    xero.pay(invoice, 1)
    assert xero.invoice(invoice)["UpdatedDateUTC"] == before


def test_foreign_payment_at_the_bank(xero: Xero) -> None:
    id = xero.approved(xero.contact("Paris"), CurrencyCode="EUR", CurrencyRate="1.25")["InvoiceID"]
    made = xero.pay(id, 100)
    assert [str(made[name]) for name in ("Amount", "BankAmount", "CurrencyRate")] == ["100.00", "80.00", "1.250000"]


def test_locked_payment_date(xero: Xero, invoice: str) -> None:
    payment = xero.pay(invoice, 1, Date="2026-11-02")["PaymentID"]
    xero.order("lock", period="2026-11-02")
    assert "period lock date" in _errors(xero.raw("POST", f"Payments/{payment}", {"Status": "DELETED"}))[0]


def test_item_codes_are_unique_and_matched_by_post(xero: Xero) -> None:
    made = xero.call("PUT", "Items", {"Code": "A", "Name": "Apple"})["Items"][0]["ItemID"]
    assert _errors(xero.raw("PUT", "Items", {"Code": "a"})) == ["Item with Code 'a' already exists"]
    found = xero.call("POST", "Items", {"Code": "A", "Name": "Pear"})["Items"][0]
    assert (found["ItemID"], found["Name"]) == (made, "Pear")
    assert xero.call("GET", "Items/A")["Items"][0]["UpdatedDateUTC"].startswith("/Date(")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"Code": "c" * 31}, "maximum length of 30"),
        ({"Name": "n" * 51}, "maximum length of 50"),
        ({"Code": ""}, "Item code must be supplied"),
        ({"SalesDetails": {"AccountCode": "999"}}, "not a valid code"),
        ({"SalesDetails": {"TaxType": "NOSUCH"}}, "does not exist"),
    ],
)
def test_item_rules(xero: Xero, fields: dict[str, Any], words: str) -> None:
    assert words in _errors(xero.raw("PUT", "Items", {"Code": "A", **fields}))[0]


def test_item_prices_have_two_decimals_unless_four_are_asked_for(xero: Xero) -> None:
    item = {"Code": "A", "SalesDetails": {"UnitPrice": "1.2345"}}
    assert str(xero.call("PUT", "Items", item)["Items"][0]["SalesDetails"]["UnitPrice"]) == "1.23"
    four = xero.call("POST", "Items", item, unitdp=4)["Items"][0]["SalesDetails"]["UnitPrice"]
    assert str(four) == "1.2345"


def test_own_tax_rate_is_used_on_lines(xero: Xero) -> None:
    parts = [{"Name": "City", "Rate": 6}, {"Name": "State", "Rate": 4, "IsCompound": True}]
    made = xero.call("PUT", "TaxRates", {"Name": "Both", "ReportTaxType": "OUTPUT", "TaxComponents": parts})[
        "TaxRates"
    ][0]
    assert [str(made[name]) for name in ("TaxType", "DisplayTaxRate", "EffectiveRate")] == [
        "TAX001",
        "10.0000",
        "10.2400",
    ]
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200", "TaxType": "TAX001"}
    assert str(xero.draft(xero.contact("Bon app"), line)["TotalTax"]) == "10.24"
