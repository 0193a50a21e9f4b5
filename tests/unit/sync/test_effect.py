"""What an operation does to the books, from both records alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from bench.engine import mapping
from tieout.model import Value
from tieout.money.chart import Account, Chart, TaxRate
from tieout.money.rates import Question, Rates
from tieout.rate_quote import Quote
from tieout.sync.effect import Books, effect
from tieout.sync.words import Kind

CHART = Chart(
    base="GBP",
    currencies=frozenset({"GBP", "EUR", "JPY"}),
    tax_rates={
        "OUTPUT2": TaxRate("OUTPUT2", "20% (VAT on Income)", Decimal(20)),
        "ZERORATEDOUTPUT": TaxRate("ZERORATEDOUTPUT", "Zero Rated Income", Decimal(0)),
    },
    accounts={"200": Account("200", "Sales", "SALES", "REVENUE", "OUTPUT2")},
)
LEDGER = replace(mapping().sides[1], adapter="xero")


class Fixed:
    """A source with one rate."""

    name = "fixed"

    def ask(self, question: Question) -> Quote | str:
        return Quote(Decimal("1.25"), question.day) if question.currency == "EUR" else "none"


def books(chart: Chart | None = CHART) -> Books:
    return Books(LEDGER, chart, lambda: Rates((Fixed(),)))


def line(quantity: str, price: str, **more: Value) -> dict[str, Value]:
    return {"Quantity": Decimal(quantity), "UnitAmount": Decimal(price), "AccountCode": "200", **more}


def draft(*lines: Mapping[str, Value], **more: Value) -> dict[str, Value]:
    return {
        "Type": "ACCREC", "Status": "DRAFT", "CurrencyCode": "GBP", "Date": "2026-11-02",
        "LineAmountTypes": "Exclusive", "LineItems": [dict(one) for one in lines], **more,
    }  # fmt: skip


def computed(document: dict[str, Value], **figures: str) -> dict[str, Value]:
    """Give a document with the ledger's figures."""
    return {**document, **{name: Decimal(amount) for name, amount in figures.items()}}


def told(effect: Mapping[str, Value]) -> dict[str, str]:
    return {name: str(amount) for name, amount in effect.items()}


def test_t02_a_new_draft_counts_with_its_tax_by_account_and_by_tax_type() -> None:
    found = effect(books(), None, draft(line("2", "50"), line("1", "10.01")), Kind.CREATE)
    assert told(found) == {
        "receivables GBP": "132.01",
        "revenue 200 GBP": "110.01",
        "tax OUTPUT2 GBP": "22.00",
        "base receivables GBP in GBP": "132.01",
        "base revenue 200 GBP in GBP": "110.01",
        "base tax OUTPUT2 GBP in GBP": "22.00",
        "documents new DRAFT": "1",
    }


def test_sx33_a_credit_note_takes_off_what_an_invoice_adds() -> None:
    ledger = replace(books(), side=replace(LEDGER, object="CreditNote"))
    note = draft(line("2", "50"), line("1", "10.01"), Type="ACCRECCREDIT")
    assert told(effect(ledger, None, note, Kind.CREATE)) == {
        "receivables GBP": "-132.01",
        "revenue 200 GBP": "-110.01",
        "tax OUTPUT2 GBP": "-22.00",
        "base receivables GBP in GBP": "-132.01",
        "base revenue 200 GBP in GBP": "-110.01",
        "base tax OUTPUT2 GBP in GBP": "-22.00",
        "documents credit note new DRAFT": "1",
    }
    voided = told(effect(ledger, {**note, "Status": "AUTHORISED"}, None, Kind.VOID))
    assert (voided["receivables GBP"], voided["documents credit note AUTHORISED voided"]) == ("132.01", "1")
    assert effect(ledger, None, {**note, "Type": "ACCPAYCREDIT"}, Kind.CREATE) == {}


def test_px34_a_credit_takes_the_whole_invoice_off_at_its_own_rate() -> None:
    invoice = draft(line("2", "50"), Status="PAID", CurrencyCode="EUR", CurrencyRate=Decimal("1.25"))
    credited = told(effect(books(), invoice, None, Kind.CREDIT))
    assert (credited["receivables EUR"], credited["base receivables EUR in GBP"]) == ("-120.00", "-96.00")
    assert (credited["revenue 200 EUR"], credited["documents PAID credited"]) == ("-100.00", "1")


def test_sx35_a_quote_posts_nothing_and_is_counted() -> None:
    ledger = replace(books(), side=replace(LEDGER, object="Quote"))
    quote = {name: value for name, value in draft(line("1", "100")).items() if name != "Type"}
    assert told(effect(ledger, None, quote, Kind.CREATE)) == {"documents quote new DRAFT": "1"}
    assert told(effect(ledger, quote, None, Kind.DELETE)) == {"documents quote DRAFT deleted": "1"}


def test_t02_amounts_that_hold_their_tax_count_as_revenue_without_it() -> None:
    found = told(effect(books(), None, draft(line("1", "120"), LineAmountTypes="Inclusive"), Kind.CREATE))
    assert (found["receivables GBP"], found["revenue 200 GBP"], found["tax OUTPUT2 GBP"]) == (
        "120.00",
        "100.00",
        "20.00",
    )


def test_t02_a_foreign_document_counts_in_its_currency_and_in_base_at_the_rate_that_is_named() -> None:
    found = told(effect(books(), None, draft(line("1", "100"), CurrencyCode="EUR"), Kind.CREATE))
    assert (found["receivables EUR"], found["base receivables EUR in GBP"]) == ("120.00", "96.00")
    assert found["rates 1.25 EUR for 1 GBP of 2026-11-02 (fixed)"] == "1"
    own = told(effect(books(), None, draft(line("1", "100"), CurrencyCode="EUR", CurrencyRate=Decimal(2)), Kind.CREATE))
    assert own["base receivables EUR in GBP"] == "60.00"
    assert own["rates 2 EUR for 1 GBP of 2026-11-02 (the document)"] == "1"


def test_t02_a_currency_without_a_rate_is_named_and_not_left_out() -> None:
    found = told(effect(books(), None, draft(line("1", "100"), CurrencyCode="JPY"), Kind.CREATE))
    assert found["receivables JPY"] == "120.00"
    assert found["unrated JPY"] == "1"
    assert not any(name.startswith("base") for name in found)


def test_t02_a_changed_tax_type_moves_tax_and_receivables_alone() -> None:
    before = computed(draft(line("1", "100", TaxType="OUTPUT2", LineAmount=Decimal(100), TaxAmount=Decimal(20))),
                      SubTotal="100", TotalTax="20", Total="120")  # fmt: skip
    after = {**before, "LineItems": [line("1", "100", TaxType="ZERORATEDOUTPUT")]}
    found = told(effect(books(), before, after, Kind.UPDATE))
    assert {name: amount for name, amount in found.items() if not name.startswith("base")} == {
        "receivables GBP": "-20.00",
        "tax OUTPUT2 GBP": "-20",
        "documents DRAFT changed": "1",
    }


def test_t02_a_void_takes_away_what_the_ledger_computed() -> None:
    row = line("1", "100", TaxType="OUTPUT2", LineAmount=Decimal(100), TaxAmount=Decimal("20.01"))
    before = computed(draft(row, Status="AUTHORISED"), SubTotal="100", TotalTax="20.01", Total="120.01")
    found = told(effect(books(None), before, None, Kind.VOID))
    assert found == {
        "receivables GBP": "-120.01",
        "revenue 200 GBP": "-100",
        "tax OUTPUT2 GBP": "-20.01",
        "documents AUTHORISED voided": "1",
    }


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ("DRAFT", "AUTHORISED", "DRAFT to AUTHORISED"),
        ("DRAFT", "DRAFT", "DRAFT changed"),
        ("AUTHORISED", "VOIDED", "AUTHORISED voided"),
        ("SUBMITTED", "DELETED", "SUBMITTED deleted"),
    ],
)
def test_t02_documents_are_counted_by_the_step_of_their_status(before: str, after: str, step: str) -> None:
    row = line("1", "100", TaxType="OUTPUT2", LineAmount=Decimal(100), TaxAmount=Decimal(20))
    was = computed(draft(row, Status=before), SubTotal="100", TotalTax="20", Total="120")
    found = effect(books(), was, {**was, "Status": after, "Reference": "x"}, Kind.UPDATE)
    assert [name for name in found if name.startswith("documents")] == [f"documents {step}"]
    assert ("receivables GBP" in found) == (after in {"VOIDED", "DELETED"})


def test_t02_what_cannot_be_told_beforehand_is_named() -> None:
    unpriced: dict[str, Value] = {"Quantity": Decimal(1), "ItemCode": "TEA"}
    found = told(effect(books(), None, draft(unpriced), Kind.CREATE))
    assert {"untold receivables GBP", "untold revenue GBP", "untold tax GBP"} <= found.keys()
    assert "receivables GBP" not in found


def test_t02_bills_and_other_records_have_no_effect() -> None:
    assert effect(books(), None, draft(line("1", "1"), Type="ACCPAY"), Kind.CREATE) == {}
    assert effect(books(), None, {"Name": "Acme"}, Kind.CREATE) == {}
