"""Random documents: what the engine predicts, what the ledger answers and what a third reckoning says are one.

A short run is part of `make test`; ten thousand documents are `make extended ARGS=tests/contract/reckoning`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from contract.reckoning.documents import DECIMALS, REGIMES, Regime, document
from contract.reckoning.ledger import Organisation, organisation
from contract.reckoning.reference import Line, Reckoned, reckon
from contract.xero_sim.world import Stage
from tieout.model import Value
from tieout.money.currencies import exponent
from tieout.money.profiles import profile_of
from tieout.money.totals import predict

SHORT, LONG = 51, 1700
"""Documents of each regime."""
BATCH = 50
NUMBERS = ("Quantity", "UnitAmount", "DiscountRate")
WAYS = ((4, "xero"), (None, "xero_price_2"))
"""Decimals of unit prices that are asked for -> the rounding profile that tells what comes of it."""


def cents(value: Any) -> int:
    """Give an amount in cents; it has no smaller part."""
    amount = Decimal(value) * 100
    assert amount == amount.to_integral_value(), value
    return int(amount)


def reckoned(answer: Mapping[str, Any], due: str = "AmountDue") -> Reckoned:
    """Give the figures of a document, the ledger's answer or the engine's prediction; `due`: what is open of it."""
    untaxed = answer.get("LineAmountTypes") in {"NoTax", "NOTAX"}  # whatever the ledger calls no tax, it has none
    lines = tuple(
        Line("" if untaxed else line.get("TaxType") or "", cents(line["LineAmount"]), cents(line["TaxAmount"]))
        for line in answer["LineItems"]
    )
    assert not due or cents(answer[due]) == cents(answer["Total"])
    return Reckoned(lines, *(cents(answer[name]) for name in ("SubTotal", "TotalTax", "Total")))


def record(sent: Mapping[str, Any]) -> dict[str, Value]:
    """Give a document as the engine has it before it is sent."""
    lines = [
        {name: Decimal(value) if name in NUMBERS else value for name, value in line.items()}
        for line in sent["LineItems"]
    ]
    return {**sent, "LineItems": lines}


def batches(random: Random, place: Organisation, count: int) -> Iterator[tuple[list[dict[str, Any]], int | None, str]]:
    for start in range(0, count, BATCH):
        unitdp, rounding = WAYS[start // BATCH % 4 == 1]
        size = min(BATCH, count - start)
        yield [document(random, place.regime, place.contact) for _ in range(size)], unitdp, rounding


def check(stage: Stage, regime: Regime, count: int) -> None:
    random, seen = Random(f"{regime.country} {count}"), 0  # noqa: S311  documents, not secrets
    with organisation(stage, regime) as place:
        for documents, unitdp, rounding in batches(random, place, count):
            profile = profile_of("xero", rounding)
            assert profile is not None
            for sent, answer in zip(documents, place.post(documents, unitdp), strict=True):
                predicted = reckoned(predict(record(sent), profile, place.chart))
                assert predicted == reckon(sent, place.books, unitdp or 2), sent
                assert predicted == reckoned(answer), sent
                seen += 1
    assert seen == count


def credit_note(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Give an invoice as the credit note of the same lines: it takes no discounts, and its total is above nought."""
    lines = [{name: value for name, value in line.items() if name != "DiscountRate"} for line in sent["LineItems"]]
    return {**sent, "Type": "ACCRECCREDIT", "LineItems": lines}


def quote(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Give an invoice as the quote of the same lines: no Type, and LineAmountTypes in capitals."""
    how = {"LineAmountTypes": sent["LineAmountTypes"].upper()} if "LineAmountTypes" in sent else {}
    return {**{name: value for name, value in sent.items() if name != "Type"}, **how}


def check_papers(stage: Stage, regime: Regime, kind: str, made: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
    random, profile = Random(f"{regime.country} {kind}"), profile_of("xero", "xero", kind)  # noqa: S311  as above
    assert profile is not None
    unitdp = None if kind == "Quote" else 4
    with organisation(stage, regime) as place:
        documents = [document(random, place.regime, place.contact) for _ in range(SHORT)]
        answers = place.post([made(one) for one in documents], unitdp, f"{kind}s")
        for plain, answer in zip(documents, answers, strict=True):
            sent = made(plain)
            predicted = reckoned(predict(record(sent), profile, place.chart), profile.due)
            invoice = {**plain, "LineItems": sent["LineItems"]}
            assert predicted == reckon(invoice, place.books, 4), sent
            assert predicted == reckoned(answer, profile.due), sent


@pytest.mark.parametrize("regime", REGIMES, ids=[regime.country for regime in REGIMES])
def test_sx33_credit_notes_are_predicted_to_the_cent(stage: Stage, regime: Regime) -> None:
    check_papers(stage, regime, "CreditNote", credit_note)


@pytest.mark.parametrize("regime", REGIMES, ids=[regime.country for regime in REGIMES])
def test_sx35_quotes_are_predicted_to_the_cent(stage: Stage, regime: Regime) -> None:
    check_papers(stage, regime, "Quote", quote)


def test_the_currencies_are_of_all_kinds() -> None:
    assert {code: exponent(code) for code in DECIMALS} == DECIMALS
    assert sorted(set(DECIMALS.values())) == [0, 2, 3]
    assert len(DECIMALS) == 8


@pytest.mark.parametrize("regime", REGIMES, ids=[regime.country for regime in REGIMES])
def test_sx42_documents_are_predicted_to_the_cent(stage: Stage, regime: Regime) -> None:
    check(stage, regime, SHORT)


@pytest.mark.extended
@pytest.mark.parametrize("regime", REGIMES, ids=[regime.country for regime in REGIMES])
def test_sx42_ten_thousand_documents_are_predicted_to_the_cent(stage: Stage, regime: Regime) -> None:
    check(stage, regime, LONG)
