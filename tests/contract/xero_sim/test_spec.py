"""Every answer is held against the vendor's published specification: shapes, types, enums, keys and date forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml  # type: ignore[import-untyped]  # comes with openapi-core, without types
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from contract.xero_sim.world import Stage, Xero, exact, playing
from tieout_xero.simulator import XeroSimulator
from tieout_xero.simulator.editions import COUNTRIES

SPEC = Path(__file__).parents[4] / "shared" / "data" / "xero" / "xero_accounting.yaml"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason=f"the vendor's specification is not at {SPEC}")

MS_DATE = re.compile(r"^/Date\(-?\d+(\+0000)?\)/$")
NOT_IN_SPEC = {
    "DateString",
    "DueDateString",
    "ExpectedPaymentDateString",
    "InvoicePaymentServices",
    "DateUTCString",
    "Overpayments",
    "ID",
}
"""Keys that are real though the specification lacks them."""
ENVELOPE = {"Id", "Status", "ProviderName", "DateTimeUTC", "pagination"}


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


class Checker:
    """Holds answers against the specification and collects what differs."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.schemas = spec["components"]["schemas"]
        self.api = OpenAPI.from_dict(spec, config=Config(spec_validator_cls=None))  # type: ignore[arg-type]  # its own opt-out: the specification itself is not valid
        self.checked: list[str] = []

    def check(self, answer: httpx.Response) -> None:
        """Hold one answer to the specification; it says nothing of statuses other than these."""
        if answer.status_code not in {200, 204, 400} or "/api.xro/" not in answer.request.url.path:
            return
        answer.read()
        request = MockRequest("https://api.xero.com", answer.request.method.lower(), answer.request.url.path)
        response = MockResponse(answer.content, status_code=answer.status_code, content_type="application/json")
        if answer.status_code != 204:
            self.api.validate_response(request, response)
            self._envelope(exact(answer.text))
        self.checked.append(f"{answer.request.method} {answer.request.url.path} {answer.status_code}")

    def _envelope(self, body: dict[str, Any]) -> None:
        for name, rows in body.items():
            if name in ENVELOPE or not isinstance(rows, list) or name not in self.schemas:
                continue
            items = self.schemas[name]["properties"][name]["items"]
            for row in rows:
                self._keys(row, items, name)

    def _keys(self, value: Any, schema: dict[str, Any], where: str) -> None:
        schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
        if isinstance(value, list):
            for item in value:
                self._keys(item, schema.get("items", {}), where)
        if not isinstance(value, dict) or "properties" not in schema:
            return
        assert value.keys() <= schema["properties"].keys() | NOT_IN_SPEC, f"{where}: keys that Xero does not have"
        for key, item in value.items():
            known = schema["properties"].get(key, {})
            if known.get("x-is-msdate") or known.get("x-is-msdate-time"):
                assert MS_DATE.match(item), f"{where}.{key}: {item}"
            self._keys(item, known, f"{where}.{key}")


@pytest.fixture(scope="module")
def checker() -> Checker:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Checker(_dates_as_text(yaml.load(SPEC.read_text(), Loader=loader)))  # noqa: S506  both loaders are safe


@pytest.fixture
def checked(stage: Stage, checker: Checker) -> Iterator[Xero]:
    """A world whose every answer is held to the specification."""
    with playing(stage, XeroSimulator()) as world:
        world.order("limits", off=True)
        checker.checked.clear()
        world.http.event_hooks["response"].append(checker.check)
        yield world


def _contact(checked: Xero) -> str:
    return checked.contact(
        "Antonio Moreno Taquería",
        ContactNumber="ANTON",
        EmailAddress="a@moreno.mx",
        DefaultCurrency="MXN",
        Addresses=[{"AddressType": "POBOX", "City": "México D.F.", "Country": "Mexico"}],
        Phones=[{"PhoneType": "FAX", "PhoneNumber": "555-3932", "PhoneCountryCode": "52"}],
        ContactPersons=[{"FirstName": "Ana", "EmailAddress": "ana@moreno.mx", "IncludeInEmails": True}],
    )


def test_contacts_hold_to_the_specification(checked: Xero, checker: Checker) -> None:
    id = _contact(checked)
    checked.approved(id)
    loser = checked.contact("Antonio Moreno")
    checked.order("merge", winner=id, loser=loser)
    for params in ({}, {"page": 1, "includeArchived": "true"}, {"summaryOnly": "True"}, {"searchTerm": "anton"}):
        assert checked.call("GET", "Contacts", **params)["Contacts"]
    checked.call("GET", f"Contacts/{id}")
    checked.call("POST", f"Contacts/{id}", {"FirstName": "Antonio"})
    checked.call(
        "POST", "Contacts", {"Contacts": [{"Name": "Wrong", "EmailAddress": "nobody"}]}, summarizeErrors="false"
    )
    checked.call("PUT", f"Contacts/{id}/History", {"HistoryRecords": [{"Details": "note"}]})
    checked.call("GET", f"Contacts/{id}/History")
    assert checked.raw("PUT", "Contacts", {"Name": "antonio moreno taquería"}).status_code == 400
    assert len(checker.checked) == 13


def test_invoices_and_payments_hold_to_the_specification(checked: Xero, checker: Checker) -> None:
    id = _contact(checked)
    line = {"ItemCode": "1", "Quantity": "2.5", "DiscountRate": "12.5", "Tracking": []}
    item = {"Code": "1", "Name": "Chai", "Description": "Tea", "SalesDetails": {"UnitPrice": 18, "AccountCode": "200"}}
    made = checked.call("PUT", "Items", {"Items": [item]})["Items"][0]["ItemID"]
    draft = checked.draft(
        id, line, Url="https://crm.example/deal#key", CurrencyCode="MXN", ExpectedPaymentDate="2026-12-01"
    )
    bill = {"Type": "ACCPAY", "Contact": {"ContactID": id}, "InvoiceNumber": "B1", "DueDate": "2026-12-31"}
    bill_line = {"Description": "Rent", "Quantity": 1, "UnitAmount": 10, "AccountCode": "469"}
    checked.call("PUT", "Invoices", {**bill, "LineItems": [bill_line], "PlannedPaymentDate": "2026-12-02"})
    approved = checked.approved(id, SentToContact=True)
    payment = checked.pay(approved["InvoiceID"], 120, Reference="bank")["PaymentID"]
    for params in ({}, {"page": 1}, {"summaryOnly": "true"}, {"Statuses": "PAID"}):
        assert checked.call("GET", "Invoices", **params)["Invoices"]
    assert checked.invoice(approved["InvoiceID"])["Status"] == "PAID"
    checked.call("GET", f"Invoices/{approved['InvoiceID']}/OnlineInvoice")
    checked.call("POST", f"Invoices/{draft['InvoiceID']}", {"SentToContact": True}, summarizeErrors="false")
    checked.call("GET", "Payments")
    checked.call("GET", f"Payments/{payment}")
    checked.call("POST", f"Payments/{payment}", {"Status": "DELETED"})
    assert (
        checked.raw(
            "PUT", "Payments", {"Invoice": {"InvoiceID": draft["InvoiceID"]}, "Account": {"Code": "090"}}
        ).status_code
        == 400
    )
    wrong = {"InvoiceID": approved["InvoiceID"], "Status": "DELETED"}
    checked.call("POST", "Invoices", {"Invoices": [wrong]}, summarizeErrors="false")
    checked.call("GET", "Items")
    checked.call("GET", f"Items/{made}")
    checked.call("POST", f"Items/{made}", {"Code": "1", "Name": "Chai tea"})
    assert checked.raw("DELETE", f"Items/{made}").status_code == 204
    assert len(checker.checked) == 22


def test_credits_hold_to_the_specification(checked: Xero, checker: Checker) -> None:
    id = _contact(checked)
    invoice = checked.approved(id)["InvoiceID"]
    credit = checked.credit_note(id, Status="AUTHORISED", Reference="R", Date="2026-11-01", DueDate="2026-12-01")
    note = credit["CreditNoteID"]
    checked.allocate(note, invoice, 10)
    refund = {"CreditNote": {"CreditNoteID": note}, "Account": {"Code": "090"}, "Amount": 5}
    payment = checked.call("PUT", "Payments", refund)["Payments"][0]["PaymentID"]
    for params in ({}, {"page": 1, "unitdp": 4}, {"where": 'Status=="AUTHORISED"'}):
        assert checked.call("GET", "CreditNotes", **params)["CreditNotes"]
    shown = checked.credit(note)
    assert (len(shown["Allocations"]), len(shown["Payments"])) == (1, 1)
    assert checked.invoice(invoice)["CreditNotes"]
    checked.call("GET", f"Payments/{payment}")
    draft = checked.credit_note(id)["CreditNoteID"]
    checked.call("POST", f"CreditNotes/{draft}", {"Status": "DELETED"})
    wrong = {"CreditNotes": [{"CreditNoteID": draft, "Status": "DRAFT"}]}
    assert checked.raw("POST", "CreditNotes", wrong, summarizeErrors="false").status_code == 200
    assert checked.raw("POST", "CreditNotes", wrong).status_code == 400
    checked.call("PUT", f"CreditNotes/{draft}/History", {"HistoryRecords": [{"Details": "note"}]})
    for kind in ("Overpayment", "Prepayment"):
        made = checked.order("prepay", kind=kind, contact=id, amount=7)[f"{kind}ID"]
        body = {"Invoice": {"InvoiceID": invoice}, "Amount": 7, "Date": "2026-11-10"}
        checked.call("PUT", f"{kind}s/{made}/Allocations", {"Allocations": [body]})
        assert checked.call("GET", f"{kind}s", page=1)[f"{kind}s"]
        checked.call("GET", f"{kind}s/{made}")
    checked.call("DELETE", f"CreditNotes/{note}/Allocations/{shown['Allocations'][0]['AllocationID']}", {})
    assert len(checker.checked) == 23


def test_quotes_hold_to_the_specification(checked: Xero, checker: Checker) -> None:
    id = _contact(checked)
    item = {"Code": "1", "Name": "Chai", "Description": "Tea", "SalesDetails": {"UnitPrice": 18, "AccountCode": "200"}}
    checked.call("PUT", "Items", item)
    line = {"ItemCode": "1", "Quantity": "2.5", "DiscountRate": "12.5", "Tracking": []}
    more = {"Title": "Offer", "Summary": "S", "Terms": "T", "Reference": "R", "ExpiryDate": "2026-12-01"}
    quote = checked.quote(id, line, CurrencyCode="MXN", **more)["QuoteID"]
    for params in ({}, {"page": 1, "order": "QuoteID ASC"}, {"Status": "DRAFT", "DateFrom": "2026-01-01"}):
        assert checked.call("GET", "Quotes", **params)["Quotes"]
    whole = {"Contact": {"ContactID": id}, "Date": "2026-11-02"}
    checked.call("POST", f"Quotes/{quote}", {**whole, "Status": "SENT"})
    wrong = {"Quotes": [{**whole, "QuoteID": quote, "Status": "DRAFT"}]}
    refused = checked.call("POST", "Quotes", wrong, summarizeErrors="false")["Quotes"][0]
    assert refused["StatusAttributeString"] == "ERROR"
    assert checked.raw("POST", "Quotes", wrong).status_code == 400
    checked.call("GET", f"Quotes/{quote}")
    checked.call("PUT", f"Quotes/{quote}/History", {"HistoryRecords": [{"Details": "note"}]})
    assert len(checker.checked) == 11


def test_settings_hold_to_the_specification(checked: Xero, checker: Checker) -> None:
    checked.order("lock", period="2026-01-31", year="2025-12-31")
    for path in (
        "Organisation",
        "Organisation/Actions",
        "Accounts",
        "TaxRates",
        "TaxRates/OUTPUT2",
        "Currencies",
        "BrandingThemes",
    ):
        checked.call("GET", path)
    made = checked.call("PUT", "Accounts", {"Code": "211", "Name": "Hire", "Type": "REVENUE", "TaxType": "OUTPUT2"})
    checked.call("POST", f"Accounts/{made['Accounts'][0]['AccountID']}", {"Status": "ARCHIVED"})
    parts = [{"Name": "City", "Rate": 6}, {"Name": "State", "Rate": 4, "IsCompound": True}]
    rate = {"Name": "Local", "ReportTaxType": "OUTPUT", "TaxComponents": parts}
    checked.call("PUT", "TaxRates", rate)
    assert checked.raw("POST", "TaxRates", {"TaxType": "OUTPUT2", "Name": "Mine"}).status_code == 400
    checked.call("PUT", "Currencies", {"Code": "JPY"})
    assert len(checker.checked) == 12


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_every_edition_holds_to_the_specification(checked: Xero, checker: Checker, country: str) -> None:
    checked.order("organisation", country=country, base_currency="SGD", currencies=["JPY", "KWD", "MXN"])
    for path in ("Organisation", "Accounts", "TaxRates", "Currencies"):
        checked.call("GET", path)
    body = {
        "Type": "ACCREC",
        "Contact": {"ContactID": _contact(checked)},
        "CurrencyCode": "JPY",
        "CurrencyRate": "1",
        "LineItems": [{"Description": "Tea", "Quantity": "1.0005", "UnitAmount": "0.0050", "AccountCode": "200"}],
    }
    made = checked.call("PUT", "Invoices", body, unitdp=4, summarizeErrors="false")["Invoices"][0]
    assert (made["StatusAttributeString"], len(made["Warnings"])) == ("WARNING", 1)
    assert len(checker.checked) == 6
