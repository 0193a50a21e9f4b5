"""What the ledger does with money by its published rules: editions, default tax types, rates by date, warnings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contract.xero_sim.world import Stage, Xero, playing
from tieout_xero.simulator import XeroSimulator

LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": "100", "AccountCode": "200"}


def _refusals(xero: Xero, path: str, body: Any) -> list[str]:
    answer = xero.raw("PUT", path, body)
    assert answer.status_code == 400, answer.text
    return [one["Message"] for one in answer.json()["Elements"][0]["ValidationErrors"]]


def _document(xero: Xero, contact: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [LINE], **fields}


@pytest.fixture
def contact(xero: Xero) -> str:
    return xero.contact("Bon app")


# --- Editions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "base", "version", "type", "tax"),
    [
        ("GB", "GBP", "UK", "OUTPUT2", "20.00"),
        ("NZ", "NZD", "NZ", "OUTPUT2", "15.00"),
        ("AU", "AUD", "AU", "OUTPUT", "10.00"),
        ("IE", "EUR", "GLOBAL", "OUTPUT", "0.00"),
        ("US", "USD", "US", "NONE", "0.00"),
        ("ZA", "ZAR", "GLOBAL", "OUTPUT3", "15.00"),
        ("SG", "SGD", "GLOBAL", "OUTPUTY24", "9.00"),
    ],
)
def test_the_same_code_is_another_rate_in_another_edition(
    stage: Stage, country: str, base: str, version: str, type: str, tax: str
) -> None:
    with playing(stage, XeroSimulator(country=country, base_currency=base)) as xero:
        organisation = xero.call("GET", "Organisation")["Organisations"][0]
        assert (organisation["Version"], organisation["CountryCode"]) == (version, country)
        assert organisation["BaseCurrency"] == base
        made = xero.draft(xero.contact("Bon app"), LINE)
        assert [(line["TaxType"], str(line["TaxAmount"])) for line in made["LineItems"]] == [(type, tax)]


def test_an_empty_organisation_can_become_one_of_another_edition(xero: Xero, contact: str) -> None:
    shown = xero.order("organisation", country="NZ", base_currency="NZD", currencies=["USD", "JPY"])
    assert (shown["Version"], shown["BaseCurrency"]) == ("NZ", "NZD")
    assert [one["Code"] for one in xero.call("GET", "Currencies")["Currencies"]] == ["NZD", "USD", "JPY"]
    assert str(xero.draft(contact)["TotalTax"]) == "15.00"
    assert xero.http.post("/__sim__/organisation", json={"country": "GB"}).status_code == 400


def test_accounts_take_only_the_rates_that_may_be_used_with_their_class(stage: Stage) -> None:
    with playing(stage, XeroSimulator(country="NZ", base_currency="NZD")) as xero:
        contact = xero.contact("Bon app")
        for code, type in (("200", "INPUT2"), ("200", "GSTONIMPORTS"), ("429", "OUTPUT2"), ("429", "ZERORATED")):
            body = _document(xero, contact, LineItems=[{**LINE, "AccountCode": code, "TaxType": type}])
            assert _refusals(xero, "Invoices", body) == [
                f"The TaxType code '{type}' cannot be used with account code '{code}'."
            ]
        rates = {one["TaxType"]: one for one in xero.call("GET", "TaxRates")["TaxRates"]}
        assert (rates["OUTPUT"]["Status"], str(rates["OUTPUT"]["EffectiveRate"])) == ("DELETED", "12.5000")
        body = _document(xero, contact, LineItems=[{**LINE, "TaxType": "OUTPUT"}])
        assert _refusals(xero, "Invoices", body) == ["The TaxType code 'OUTPUT' does not exist or cannot be used."]


# --- Tax types that stand in for none, and rates of one's own --------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "line", "expected"),
    [
        ({}, {"AccountCode": "200"}, "OUTPUT2"),
        ({}, {"AccountCode": "270"}, "NONE"),
        ({}, {"AccountCode": "200", "TaxType": "RROUTPUT"}, "RROUTPUT"),
        ({}, {"ItemCode": "BOOK"}, "ZERORATEDOUTPUT"),
        ({}, {"ItemCode": "BOOK", "AccountCode": "270"}, "ZERORATEDOUTPUT"),
        ({"item_tax": "account"}, {"ItemCode": "BOOK"}, "OUTPUT2"),
        ({}, {}, None),
        ({"contact_tax": "last"}, {}, "EXEMPTOUTPUT"),
        ({"contact_tax": "last"}, {"AccountCode": "200"}, "OUTPUT2"),
        ({"contact_tax": "first"}, {"ItemCode": "BOOK"}, "EXEMPTOUTPUT"),
    ],
)
def test_a_line_without_a_tax_type_takes_its_items_else_its_accounts(
    xero: Xero, switches: dict[str, str], line: dict[str, str], expected: str | None
) -> None:
    details = {"UnitPrice": "9.99", "AccountCode": "200", "TaxType": "ZERORATEDOUTPUT"}
    xero.call("PUT", "Items", {"Code": "BOOK", "Name": "Book", "SalesDetails": details})
    contact = xero.contact("Bon app", AccountsReceivableTaxType="EXEMPTOUTPUT")
    xero.order("switches", **switches)
    made = xero.draft(contact, {"Description": "x", "UnitAmount": "10", **line})
    assert made["LineItems"][0].get("TaxType") == expected


def test_no_tax_amounts_bear_none_whatever_the_account_says(xero: Xero, contact: str) -> None:
    made = xero.draft(contact, LINE, LineAmountTypes="NoTax")
    assert [str(made[name]) for name in ("SubTotal", "TotalTax", "Total")] == ["100.00", "0.00", "100.00"]
    assert made["LineItems"][0]["TaxType"] == "NONE"


def test_a_reverse_charge_puts_no_tax_on_the_document(xero: Xero, contact: str) -> None:
    made = xero.draft(contact, {**LINE, "TaxType": "DRCHARGESUPPLY20"}, {**LINE, "TaxType": "ECZROUTPUTSERVICES"})
    assert [str(made[name]) for name in ("SubTotal", "TotalTax", "Total")] == ["200.00", "0.00", "200.00"]


def test_a_compound_rate_is_taken_of_the_amount_with_its_plain_taxes(stage: Stage) -> None:
    with playing(stage, XeroSimulator(country="CA", base_currency="CAD")) as xero:
        parts = [{"Name": "City", "Rate": "6"}, {"Name": "State", "Rate": "4", "IsCompound": True}]
        rate = xero.call("PUT", "TaxRates", {"Name": "Both", "TaxComponents": parts})["TaxRates"][0]
        assert "ReportTaxType" not in rate
        assert [str(rate[name]) for name in ("TaxType", "DisplayTaxRate", "EffectiveRate")] == [
            "TAX001",
            "10.0000",
            "10.2400",
        ]
        line = {**LINE, "UnitAmount": "33.33", "TaxType": "TAX001"}
        exclusive = xero.draft(xero.contact("Bon app"), line)
        assert (str(exclusive["TotalTax"]), str(exclusive["Total"])) == ("3.41", "36.74")  # 3.412992
        inclusive = xero.draft(xero.contact("Chez"), line, LineAmountTypes="Inclusive")
        assert (str(inclusive["TotalTax"]), str(inclusive["Total"])) == ("3.10", "33.33")  # 3.0959...


@pytest.mark.parametrize(
    ("country", "rate", "words"),
    [
        ("GB", {"Name": "Mine", "TaxComponents": [{"Name": "A", "Rate": 5}]}, "ReportTaxType"),
        (
            "IE",
            {"Name": "Mine", "ReportTaxType": "OUTPUT", "TaxComponents": [{"Name": "A", "Rate": 5}]},
            "not supported",
        ),
        (
            "IE",
            {"Name": "Mine", "TaxComponents": [{"Name": n, "Rate": 5, "IsCompound": True} for n in "AB"]},
            "Only one",
        ),
        ("IE", {"Name": "Mine", "TaxComponents": [{"Name": "A", "Rate": 5}, {"Name": "A", "Rate": 1}]}, "name"),
        ("IE", {"Name": "Mine", "TaxComponents": [{"Name": "A", "Rate": 101}]}, "between 0 and 100"),
    ],
)
def test_rates_of_ones_own_are_held_to_the_rules(stage: Stage, country: str, rate: dict[str, Any], words: str) -> None:
    with playing(stage, XeroSimulator(country=country)) as xero:
        assert any(words in message for message in _refusals(xero, "TaxRates", rate))


def test_components_can_be_added_and_not_removed(xero: Xero) -> None:
    one = {"Name": "A", "Rate": 5}
    made = xero.call("PUT", "TaxRates", {"Name": "Mine", "ReportTaxType": "OUTPUT", "TaxComponents": [one]})
    type = made["TaxRates"][0]["TaxType"]
    more = {"TaxType": type, "TaxComponents": [one, {"Name": "B", "Rate": 2}]}
    assert str(xero.call("POST", "TaxRates", more)["TaxRates"][0]["EffectiveRate"]) == "7.0000"
    fewer = xero.raw("POST", "TaxRates", {"TaxType": type, "TaxComponents": [{"Name": "B", "Rate": 2}]})
    assert (fewer.status_code, "not removed" in fewer.text) == (400, True)


def test_a_person_changes_a_rate_and_puts_one_out_of_use(xero: Xero, contact: str) -> None:
    made = xero.draft(contact)
    shown = xero.order("tax_rate", type="OUTPUT2", percent="17.5")
    assert [str(shown[name]) for name in ("DisplayTaxRate", "EffectiveRate")] == ["17.5000", "17.5000"]
    assert str(xero.draft(contact)["TotalTax"]) == "17.50"
    assert str(xero.invoice(made["InvoiceID"])["TotalTax"]) == "20.00"  # what is booked stays
    xero.order("tax_rate", type="OUTPUT2", status="ARCHIVED")
    message = "The TaxType code 'OUTPUT2' does not exist or cannot be used."
    assert _refusals(xero, "Invoices", _document(xero, contact)) == [message]
    assert xero.http.post("/__sim__/tax_rate", json={"type": "OUTPUT9"}).status_code == 400


# --- Exchange rates -------------------------------------------------------------------------------------------------


def test_a_rate_that_is_left_out_is_that_of_the_documents_date(xero: Xero, contact: str) -> None:
    days = [date(2026, 11, day) for day in (2, 3, 4)]
    drafts = [xero.draft(contact, LINE, CurrencyCode="USD", Date=f"{day}") for day in days]
    found = [str(one["CurrencyRate"]) for one in drafts]
    again = [str(xero.order("rates", currency="USD", date=f"{day}")["rate"]) for day in days]
    assert found == again
    assert len(set(found)) == 3
    assert all(Decimal("1.25") < Decimal(rate) < Decimal("1.29") for rate in found)
    assert all(len(rate.partition(".")[2]) == 6 for rate in found)


def test_an_organisations_own_rate_holds_from_its_day_on(xero: Xero, contact: str) -> None:
    before = xero.order("rates", currency="EUR", date="2026-10-31")["rate"]
    xero.order("rates", currency="EUR", date="2026-11-01", rate="1.2")
    xero.order("rates", currency="EUR", date="2026-11-10", rate="1.25")
    days = ("2026-10-31", "2026-11-01", "2026-11-09", "2026-11-10", "2026-12-24")
    found = [str(xero.draft(contact, LINE, CurrencyCode="EUR", Date=day)["CurrencyRate"]) for day in days]
    assert found == [str(before), "1.200000", "1.200000", "1.250000", "1.250000"]
    for wrong in ({"currency": "GBP", "rate": "2"}, {"currency": "EUR", "rate": "0.0000001"}, {"currency": "XXX"}):
        assert xero.http.post("/__sim__/rates", json={"date": "2026-11-01", **wrong}).status_code == 400


@pytest.mark.parametrize(("word", "same"), [("keep", True), ("renew", False)])
def test_whether_a_new_date_brings_a_new_rate_is_a_switch(xero: Xero, contact: str, word: str, same: bool) -> None:  # noqa: FBT001  a table of cases
    xero.order("switches", redated=word)
    made = xero.draft(contact, LINE, CurrencyCode="USD", Date="2026-11-02")
    moved = xero.call("POST", f"Invoices/{made['InvoiceID']}", {"Date": "2026-11-03"})["Invoices"][0]
    assert (moved["CurrencyRate"] == made["CurrencyRate"]) is same


def test_documents_in_base_currency_have_a_rate_of_one(xero: Xero, contact: str) -> None:
    assert str(xero.draft(contact)["CurrencyRate"]) == "1.000000"
    assert str(xero.draft(contact, LINE, CurrencyRate=1)["CurrencyRate"]) == "1.000000"
    assert _refusals(xero, "Invoices", _document(xero, contact, CurrencyRate="1.2")) == [
        "The CurrencyRate of a document in base currency is 1."
    ]
    xero.order("switches", base_rate="ignore")
    assert str(xero.draft(contact, LINE, CurrencyRate="1.2")["CurrencyRate"]) == "1.000000"


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        ("1", "The exchange rate of 1 is suspicious"),
        ("0.787402", None),  # inverted, and yet within twice the day's
        ("3.1", "The exchange rate of 3.100000 is suspicious"),
        ("1.3", None),
        (None, None),
    ],
)
def test_suspicious_rates_are_warned_of_and_taken(
    xero: Xero, contact: str, rate: str | None, words: str | None
) -> None:
    given = {} if rate is None else {"CurrencyRate": rate}
    body = _document(xero, contact, CurrencyCode="USD", **given)
    made = xero.call("PUT", "Invoices", body, summarizeErrors="false")["Invoices"][0]
    told = [one["Message"] for one in made.get("Warnings", [])]
    assert [message.startswith(words or "?") for message in told] == ([True] if words else [])
    assert made["StatusAttributeString"] == ("WARNING" if words else "OK")
    assert made["HasErrors"] is False
    assert xero.invoice(made["InvoiceID"])["CurrencyRate"] == made["CurrencyRate"]


def test_an_inverted_rate_is_suspicious_where_it_lies_far_off(xero: Xero, contact: str) -> None:
    rate = xero.order("rates", currency="MXN", date="2026-11-02")["rate"]
    upside_down = str((1 / rate).quantize(Decimal("0.000001")))
    body = _document(xero, contact, CurrencyCode="MXN", Date="2026-11-02", CurrencyRate=upside_down)
    made = xero.call("PUT", "Invoices", body, summarizeErrors="false")["Invoices"][0]
    assert [one["Message"] for one in made["Warnings"]] == [
        f"The exchange rate of {upside_down} is suspicious: the rate of 2026-11-02 is {rate}."
    ]


def test_a_payments_rate_is_doubted_too(xero: Xero, contact: str) -> None:
    made = xero.approved(contact, LINE, CurrencyCode="EUR")
    paid = xero.pay(made["InvoiceID"], "60.00", CurrencyRate="1.2")
    assert (str(paid["CurrencyRate"]), str(paid["BankAmount"])) == ("1.200000", "50.00")
    assert "Warnings" not in paid
    assert len(xero.pay(made["InvoiceID"], "1.00", CurrencyRate=1)["Warnings"]) == 1


def test_currencies_that_are_not_subscribed_to(xero: Xero, contact: str) -> None:
    message = "Organisation is not subscribed to currency JPY"
    assert _refusals(xero, "Invoices", _document(xero, contact, CurrencyCode="JPY")) == [message]
    xero.call("PUT", "Currencies", {"Code": "JPY"})
    made = xero.draft(contact, {**LINE, "UnitAmount": "1234"}, CurrencyCode="JPY")
    assert [str(made[name]) for name in ("SubTotal", "TotalTax", "Total")] == ["1234.00", "246.80", "1480.80"]


def test_three_decimals_are_cut_to_two_whatever_the_currency(xero: Xero, contact: str) -> None:
    xero.call("PUT", "Currencies", {"Code": "KWD"})
    line = {**LINE, "UnitAmount": "1.1255", "Quantity": "3"}
    coarse = xero.draft(contact, line, CurrencyCode="KWD")
    assert [str(coarse["LineItems"][0][name]) for name in ("UnitAmount", "LineAmount")] == ["1.13", "3.39"]
    body = _document(xero, contact, CurrencyCode="KWD", LineItems=[line])
    fine = xero.call("PUT", "Invoices", body, unitdp="4")["Invoices"][0]
    assert [str(fine["LineItems"][0][name]) for name in ("UnitAmount", "LineAmount")] == ["1.1255", "3.38"]
    assert [str(fine[name]) for name in ("SubTotal", "TotalTax", "Total", "AmountDue")] == [
        "3.38",
        "0.68",
        "4.06",
        "4.06",
    ]


@pytest.mark.parametrize(("word", "refused"), [("locked", True), ("open", False)])
def test_whether_the_lock_dates_own_day_is_locked_is_a_switch(
    xero: Xero,
    contact: str,
    word: str,
    refused: bool,  # noqa: FBT001  a table of cases
) -> None:
    xero.order("lock", period="2026-01-31")
    xero.order("switches", lock_day=word)
    body = _document(xero, contact, Date="2026-01-31")
    assert (xero.raw("PUT", "Invoices", body).status_code == 400) is refused
    assert _refusals(xero, "Invoices", {**body, "Date": "2026-01-30"}) == [
        "The document date cannot be before the period lock date, currently set at 31 January 2026"
    ]
