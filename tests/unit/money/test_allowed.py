"""What a ledger would refuse is told before it is sent, by its organisation's own tables: one cause, one message."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from tieout.model import Value
from tieout.money.allowed import Chosen, Ledger, Refusal, Sent, refusals
from tieout.money.chart import Account, Chart, Item, TaxRate
from tieout.money.profiles import PROFILES

SALES, EXPENSES = frozenset({"REVENUE", "LIABILITY"}), frozenset({"EXPENSE"})
CHART = Chart(
    base="GBP",
    currencies=frozenset({"GBP", "EUR"}),
    tax_rates={
        "OUTPUT2": TaxRate("OUTPUT2", "20% (VAT on Income)", Decimal(20), applies=SALES),
        "RROUTPUT": TaxRate("RROUTPUT", "5% (VAT on Income)", Decimal(5), applies=SALES),
        "INPUT2": TaxRate("INPUT2", "20% (VAT on Expenses)", Decimal(20), applies=EXPENSES),
        "OUTPUT": TaxRate("OUTPUT", "17.5%", Decimal("17.5"), applies=SALES, active=False),
    },
    accounts={
        "200": Account("200", "Sales", "SALES", "REVENUE", "OUTPUT2"),
        "205": Account("205", "Old sales", "SALES", "REVENUE", "OUTPUT2", active=False),
        "207": Account("207", "Wrong default", "SALES", "REVENUE", "INPUT2"),
        "400": Account("400", "Advertising", "OVERHEADS", "EXPENSE", "INPUT2"),
        "610": Account("610", "Accounts Receivable", "CURRENT", "ASSET", reserved=True),
        "860": Account("860", "Rounding", "CURRLIAB", "LIABILITY"),
        "090": Account("090", "Bank", "BANK", "ASSET"),
    },
    items={"OLD": Item("OLD", tax="OUTPUT")},
    rounding="860",
    locked="2026-03-31",
)
LEDGER = Ledger("books", PROFILES["xero"], CHART)
EVERYTHING = ("Type", "Date", "CurrencyCode", "LineItems")


def invoice(*lines: dict[str, Value], **more: Value) -> dict[str, Value]:
    return {"Type": "ACCREC", "Date": "2026-04-01", "CurrencyCode": "GBP", "LineItems": list(lines), **more}


def told(
    record: dict[str, Value],
    names: Collection[str] = EVERYTHING,
    ledger: Ledger = LEDGER,
    *,
    new: bool = True,
    booked: Mapping[int, str] | None = None,
) -> list[Refusal]:
    return refusals(Sent(record, names, "2026-04-15", new, booked or {}), ledger)


def line(account: str | None = "200", tax: str | None = None, **more: Value) -> dict[str, Value]:
    return {"AccountCode": account, "TaxType": tax, "Quantity": Decimal(1), "UnitAmount": Decimal(1), **more}


@pytest.mark.parametrize(
    "lines",
    [
        (line(), line(tax="RROUTPUT"), line("400", "INPUT2"), line("860", "OUTPUT2"), line(None, None)),
        ({"Description": "a text alone"},),
    ],
)
def test_what_the_organisation_knows_is_sent(lines: tuple[dict[str, Value], ...]) -> None:
    assert told(invoice(*lines)) == []


@pytest.mark.parametrize(
    ("sent", "code", "words"),
    [
        (line(tax="OUTPUT3"), "unknown-tax-type", ("OUTPUT3", "OUTPUT2 (20 %), RROUTPUT (5 %)", "account 200")),
        (line(tax="output2"), "unknown-tax-type", ("output2", "OUTPUT2 (20 %)")),
        (line(tax="OUTPUT"), "inactive-tax-type", ("OUTPUT (17.5%)", "no longer in use", "RROUTPUT (5 %)")),
        (line(tax="INPUT2"), "tax-type-and-account", ("INPUT2", "200 (Sales, REVENUE)", "OUTPUT2 (20 %)")),
        (line("400", "OUTPUT2"), "tax-type-and-account", ("400 (Advertising, EXPENSE)", "INPUT2 (20 %)")),
        (line("207"), "tax-type-and-account", ("INPUT2", "which the ledger takes by itself")),
        (line(None, ItemCode="OLD"), "inactive-tax-type", ("OUTPUT", "which the ledger takes by itself")),
        (line("999"), "unknown-account", ("no account 999", "200 Sales")),
        (line("205"), "inactive-account", ("205 (Old sales) is archived", "200 Sales")),
        (line("090"), "unusable-account", ("090 (Bank) is of the type BANK",)),
        (line("610"), "unusable-account", ("610 (Accounts Receivable) is kept by the ledger itself",)),
    ],
)
def test_px30_sx42_a_line_that_would_be_refused(sent: dict[str, Value], code: str, words: tuple[str, ...]) -> None:
    (refusal,) = told(invoice(line(), sent))
    assert refusal.code == code
    assert refusal.message.startswith("books.LineItems, line 2: ")
    assert refusal.ways_out
    for word in words:
        assert word in refusal.message


RULE = "invoices.yaml:7:9"


def test_px30_an_account_of_a_sale_is_one_of_revenue() -> None:
    booked = {1: RULE, 2: RULE, 3: RULE, 4: ""}
    (refusal,) = told(invoice(line(), line("400", "INPUT2"), line("860"), line("400", "INPUT2")), booked=booked)
    assert refusal.code == "not-revenue-account"
    advertising = "the account 400 (Advertising) is of the type OVERHEADS, and a line of a sale names one of revenue"
    assert f"books.LineItems, line 2: {advertising}; there are 200 Sales" in refusal.message
    assert "; line 4: the account 400" in refusal.message
    assert refusal.ways_out[0].endswith(RULE)
    assert any('sales_accounts: ["400"] under connections.' in way for way in refusal.ways_out)


def test_px30_the_place_is_that_of_the_rule_that_gives_the_account() -> None:
    (refusal,) = told(invoice(line("400", "INPUT2")), booked={1: RULE})
    assert refusal.at == RULE


def test_px30_an_account_that_somebody_booked_in_the_ledger_or_that_is_allowed_is_left_alone() -> None:
    sent = invoice(line("400", "INPUT2"))
    assert told(sent, booked={}) == []
    assert told(sent, ledger=replace(LEDGER, sales_accounts=("400",)), booked={1: RULE}) == []
    assert told({**sent, "Type": "ACCPAY"}, booked={1: RULE}) == []


def test_px30_an_account_whose_class_was_not_read_is_not_held() -> None:
    chart = replace(CHART, accounts={"200": Account("200", "Sales", "", "")})
    assert told(invoice(line("200", "OUTPUT2")), ledger=replace(LEDGER, chart=chart), booked={1: RULE}) == []


def test_px30_of_many_accounts_the_nearest_are_named_first() -> None:
    many = {str(code): Account(str(code), "Sales", "SALES", "REVENUE") for code in range(200, 240)}
    chart = replace(CHART, accounts=many)
    (refusal,) = told(invoice(line("2399", "OUTPUT2")), ledger=replace(LEDGER, chart=chart))
    assert "there are 239 Sales, " in refusal.message
    assert refusal.message.endswith(" and 28 more")


def test_one_cause_is_told_once_with_all_its_lines() -> None:
    lines = (line("999"), line("200", "OUTPUT3"), line("999"), line("998"))
    account, tax = told(invoice(*lines))
    assert account.code == "unknown-account"
    assert account.message.startswith("books.LineItems, lines 1, 3: there is no account 999;")
    assert "; line 4: there is no account 998;" in account.message
    assert tax.code == "unknown-tax-type"
    assert tax.message.startswith("books.LineItems, line 2: ")


def test_a_document_without_tax_needs_no_tax_type() -> None:
    assert told(invoice(line(tax="OUTPUT3"), LineAmountTypes="NoTax")) == []


def test_a_word_that_does_not_say_whether_amounts_hold_tax_is_refused() -> None:
    written = ("LineAmountTypes",)
    for word in ("Inclusive", "exclusive", None, ""):
        assert told(invoice(line(), LineAmountTypes=word), written) == []
    (refusal,) = told(invoice(line(), LineAmountTypes="Gross"), written)
    assert (refusal.code, refusal.message) == (
        "unknown-tax-basis",
        "books.LineAmountTypes is Gross, and there are Exclusive, Inclusive, NoTax",
    )


def test_the_same_cause_is_known_again_whatever_the_ledger_offers_now() -> None:
    fewer = replace(LEDGER, chart=replace(CHART, accounts={"200": CHART.accounts["200"]}))
    (one,), (other,) = told(invoice(line("999"))), told(invoice(line("999")), ledger=fewer)
    assert one.message != other.message
    assert (one.code, one.about) == (other.code, other.about)


def test_sx40_a_currency_that_the_organisation_does_not_have() -> None:
    assert told(invoice(line(), CurrencyCode="EUR")) == []
    assert told(invoice(line(), CurrencyCode=None)) == []
    (refusal,) = told(invoice(line(), CurrencyCode="USD"))
    assert refusal.code == "currency-not-subscribed"
    assert "USD" in refusal.message
    assert "EUR, GBP" in refusal.message


@pytest.mark.parametrize(("day", "held"), [("2026-03-30", True), ("2026-03-31", True), ("2026-04-01", False)])
def test_a_document_cannot_be_dated_in_a_locked_period(day: str, *, held: bool) -> None:
    found = told(invoice(line(), Date=day))
    assert [one.code for one in found] == (["period-locked"] if held else [])
    assert all(day in one.message and "2026-03-31" in one.message for one in found)


def test_a_new_document_without_a_date_is_dated_today() -> None:
    later = replace(LEDGER, chart=replace(CHART, locked="2026-04-15"))
    (refusal,) = told(invoice(line(), Date=None), ledger=later)
    assert "2026-04-15" in refusal.message
    assert told(invoice(line(), Date=None)) == []


def test_an_update_is_judged_by_what_it_writes() -> None:
    wrong = invoice(line("999", "OUTPUT3"), Date="2026-01-01", CurrencyCode="USD")
    assert told(wrong, ("Reference",), new=False) == []
    assert [one.code for one in told(wrong, ("Date",), new=False)] == ["period-locked"]
    assert [one.code for one in told(wrong, ("CurrencyCode",), new=False)] == ["currency-not-subscribed"]
    found = told(wrong, ("LineItems",), new=False)
    assert [one.code for one in found] == ["unknown-account", "unknown-tax-type"]


def test_sx42_the_organisations_rate_is_the_tables_where_a_rule_chose_by_the_table() -> None:
    ledger = replace(LEDGER, chosen={"OUTPUT2": Chosen("nz", Decimal(15)), "RROUTPUT": Chosen("nz", Decimal(5))})
    (refusal,) = told(invoice(line(tax="OUTPUT2"), line(), line(tax="RROUTPUT")), ledger=ledger)
    assert refusal.code == "other-tax-rate"
    assert "line 1: the tax type OUTPUT2" in refusal.message
    assert "20 % in books" in refusal.message
    assert "the tax table nz says 15 %" in refusal.message
