"""Checks of a mapping on amounts and on tax numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.world import check, codes
from tieout.model import Value
from tieout.sync.checks import failed_checks

CUSTOMERS = """\
mapping: customers
version: 1
between:
  crm: {{connection: salesforce, object: Account}}
  books: {{connection: xero, object: Contact}}
fields:
  - {{crm: Name, books: Name}}
checks:
  - {{{check}, say: Look at it.}}
"""
DEALS = (
    CUSTOMERS.replace("Account", "Opportunity").replace("Contact", "Invoice").replace("books: Name", "books: Reference")
)


def failed(text: str, **scope: Value) -> list[str]:
    checked = check(text)
    (mapping,) = checked.mappings
    return [one.why for one in failed_checks(mapping, {"settings": {}, "run": {}, "link": {}, **scope})]


def totals(code: str | None, amount: str, other_code: str | None, other: str) -> dict[str, Value]:
    return {
        "crm": {"CurrencyIsoCode": code, "Amount": Decimal(amount)},
        "books": {"CurrencyCode": other_code, "SubTotal": Decimal(other)},
    }


TOLERANT = DEALS.format(check='equal: [crm.Amount, books.SubTotal], within: "0.05"')


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        (totals("EUR", "100.00", "EUR", "100.05"), []),
        (totals("EUR", "100.00", "EUR", "100.06"), ["100.00 is not 100.06"]),
        (totals("EUR", "100.00", "EUR", "99.95"), []),
        (totals("EUR", "100", "GBP", "100"), ["100 is in EUR and 100 in GBP: two currencies are never equal"]),
        (totals(None, "100", "GBP", "100"), []),
    ],
)
def test_sx43_a_tolerance_is_of_one_currency(scope: dict[str, Value], why: list[str]) -> None:
    assert failed(TOLERANT, **scope) == why


def test_sx43_two_fixed_currencies_are_refused_before_any_record_is_read() -> None:
    text = (
        CUSTOMERS.replace("Account", "Product2")
        .replace("Contact", "Item")
        .format(check="equal: [crm.List_Price__c, books.SalesDetails.UnitPrice]")
    )
    (problem,) = [one for one in check(text).problems if one.code == "other-currency"]

    assert problem.message == (
        "crm.List_Price__c is in USD and books.SalesDetails.UnitPrice is in GBP: two currencies are never equal"
    )


@pytest.mark.parametrize(
    ("number", "country", "why"),
    [
        ("GB 980 7806 84", "United Kingdom", []),
        ("GB 980 7806 84", None, []),
        ("GB 980 7806 85", "GB", ["this is no vat number of GB: its check digits do not fit"]),
        ("51 824 753 556", "Australia", []),
        ("51 824 753 556", None, ["this vat number cannot be checked: its country is blank, and it begins with none"]),
        ("123", "Narnia", ["this vat number cannot be checked: its country is not known"]),
        ("4012345678", "South Africa", ["the numbers of kind vat of ZA cannot be checked; there is tin"]),
        ("123", "MY", ["the numbers of kind vat of MY cannot be checked: their rules are not known here"]),
        ("", "GB", []),
        (None, "GB", []),
    ],
)
def test_a_tax_number_fits_the_rules_of_its_country(number: str | None, country: str | None, why: list[str]) -> None:
    text = CUSTOMERS.format(check="valid: {number: books.TaxNumber, country: crm.BillingCountry}")

    assert failed(text, crm={"BillingCountry": country}, books={"TaxNumber": number}) == why


def test_a_country_may_be_written_and_a_kind_named() -> None:
    text = CUSTOMERS.format(check="valid: {number: books.TaxNumber, country: SG, kind: uen}")

    assert failed(text, crm={}, books={"TaxNumber": "00192200M"}) == []
    assert failed(text, crm={}, books={"TaxNumber": "00192201M"}) == [
        "this is no uen number of SG: its check digits do not fit"
    ]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("valid: {number: books.TaxNumber, country: MY}", "no-tax-rules"),
        ("valid: {number: books.TaxNumber, country: GB, kind: abn}", "no-tax-rules"),
        ("valid: {number: books.TaxNumber, kind: gst}", "unknown-word"),
        ("valid: {country: GB}", "missing-key"),
        ("valid: {number: books.TaxNumbr}", "unknown-field"),
    ],
)
def test_what_cannot_be_checked_is_refused_beforehand(written: str, code: str) -> None:
    assert codes(check(CUSTOMERS.format(check=written))) == [code]


@pytest.mark.parametrize(
    ("written", "told"),
    [("{tax_number: {country: MY}}", "kind vat of MY cannot be checked"), ("{tax_number: {kind: gst}}", "vat")],
)
def test_a_transform_without_rules_is_refused_beforehand(written: str, told: str) -> None:
    text = CUSTOMERS.format(check="that: crm.Name").replace(
        "books: Name}", f"books: Name}}\n  - {{books: TaxNumber, from: crm.Fax, as: {written}}}"
    )
    (problem,) = check(text).problems

    assert told in f"{problem.message} {problem.mend}"
