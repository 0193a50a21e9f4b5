"""Guards in money: movement is added up without its sign, and what cannot be compared stops."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from tieout.sync.figures import CONSENTED, Planning
from tieout.sync.guard import FEW, Limits, stops
from tieout.sync.money_guard import excess, movement


def amounts(**given: int) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in given.items()}


def moved(*given: tuple[str, int]) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in given}


def test_t04_money_that_goes_to_and_fro_is_added_up() -> None:
    effect = {"revenue 200 GBP": Decimal(-1000), "revenue 260 GBP": Decimal(1000), "receivables GBP": Decimal(-5),
              "base revenue 200 GBP in GBP": Decimal(-1000), "base revenue 260 GBP in GBP": Decimal(1000),
              "tax OUTPUT2 GBP": Decimal(20), "documents DRAFT changed": Decimal(1)}  # fmt: skip
    assert movement(effect) == moved(
        ("revenue GBP", 2000), ("receivables GBP", 5), ("base revenue GBP in GBP", 2000), ("tax GBP", 20)
    )


def test_t04_money_at_its_limit_passes_and_more_stops() -> None:
    limits = {"tax": amounts(GBP=500)}
    assert list(excess(moved(("tax GBP", 500), ("receivables GBP", 99999)), limits)) == []
    ((guard, why),) = excess(moved(("tax GBP", 501)), limits)
    assert guard == "money-tax"
    assert why == "tax would move by GBP 501, up and down added up, and at most GBP 500 is allowed"


def test_t04_money_in_a_currency_without_a_limit_counts_in_base() -> None:
    limits = {"receivables": amounts(GBP=1000)}
    plan = [("receivables GBP", 600), ("receivables EUR", 500), ("base receivables EUR in GBP", 430)]
    ((_, why),) = excess(moved(*plan), limits)
    assert "GBP 600 and EUR 500 (GBP 430)" in why
    own = {"receivables": amounts(GBP=1000, EUR=500)}
    assert list(excess(moved(*plan), own)) == []


@pytest.mark.parametrize(
    ("plan", "limits", "told"),
    [
        ([("receivables JPY", 100), ("unrated JPY", 1)], {"GBP": 1000},
         "JPY has no limit, and no rate to the base currency is known: give guards.money.receivables an amount in JPY"),
        ([("receivables USD", 100), ("base receivables USD in GBP", 80)], {"EUR": 1000},
         "USD has no limit, and neither has its base currency GBP: give guards.money.receivables an amount in GBP"),
        ([("untold receivables GBP", 2)], {"GBP": 1000}, "receivables of 2 documents cannot be told beforehand"),
    ],
)  # fmt: skip
def test_t04_money_that_cannot_be_compared_stops(
    plan: list[tuple[str, int]], limits: dict[str, int], told: str
) -> None:
    ((guard, why),) = excess(moved(*plan), {"receivables": amounts(**limits)})
    assert guard == "money-receivables"
    assert told in why


def test_t04_money_without_a_guard_moves_freely() -> None:
    assert list(excess(moved(("receivables GBP", 10**9), ("untold tax GBP", 1)), {})) == []


def test_a_guard_says_how_many_there_are_and_how_many_may_be() -> None:
    planning = Planning(guarded={"invoices": Counter(creates=3, deletes=1)})
    told = [stop.message for stop in stops(planning, Limits(creates=1))]
    assert told == ["3 creates, and at most 1 is allowed", "1 delete, and none is allowed"]


@pytest.mark.parametrize(
    ("voids", "credited", "told"),
    [
        (1, 1, "1 credit in full, and none is allowed: it counts as a void"),
        (3, 2, "1 void and 2 credits in full, and none is allowed: it counts as a void"),
        (2, 0, "2 voids, and none is allowed"),
    ],
)
def test_px34_a_credit_is_told_as_what_it_is_by_the_guard_that_counts_it(voids: int, credited: int, told: str) -> None:
    planning = Planning(
        guarded={"invoices": Counter(voids=voids)}, credited={"invoices": Counter(voids=credited)} if credited else {}
    )
    assert [stop.message for stop in stops(planning, Limits())] == [told]


def test_t04_removals_after_a_yes_are_counted_with_the_others_once_they_are_more_than_a_few() -> None:
    consented = {CONSENTED["deletes"]: FEW - 1, CONSENTED["voids"]: 1}
    few = Planning(guarded={"invoices": Counter(**consented, deletes=1)})
    assert [stop.message for stop in stops(few, Limits())] == ["1 delete, and none is allowed"]
    many = Planning(guarded={"invoices": Counter(**consented, deletes=1) + Counter(consented)})
    excused = f"; a yes to each excuses {FEW} at most"
    assert [stop.message for stop in stops(many, Limits(deletes=3))] == [
        f"{2 * FEW - 1} deletes, and at most 3 are allowed{excused}",
        f"2 voids, and none is allowed{excused}",
    ]
