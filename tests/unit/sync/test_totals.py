"""Control totals: they add up, agree exactly where all pairs agree, and lead to the pairs that differ."""

from __future__ import annotations

import random
from decimal import Decimal

from tieout.model import Value
from tieout.sync.agreement import Look
from tieout.sync.totals import Looked, Total, differing
from tieout.sync.words import Quality


def seen(rule: str, first: Value, second: Value, quality: Quality | None = Quality.EQUAL) -> Look:
    return Look(rule, quality, (first, second), {})


def test_sx53_bisecting_finds_exactly_the_links_that_differ() -> None:
    dice = random.Random(53)  # noqa: S311  the same every time
    for many in (0, 1, 2, 3, 64, 501):
        wrong = set(dice.sample(range(many), min(many, dice.randrange(4))))
        links = [
            Looked(n, [seen("a", "x", "x"), seen("b", "y", "z", None) if n in wrong else seen("b", "y", "y")])
            for n in range(many)
        ]
        assert {one.link for one in differing(links)} == wrong


def test_sx53_a_swap_of_two_values_does_not_cancel_out() -> None:
    links = [Looked(1, [seen("a", "x", "y", None)]), Looked(2, [seen("a", "y", "x", None)])]
    assert differing(links) == links


def test_sx53_values_that_are_spelt_in_two_ways_have_one_digest_and_others_have_two() -> None:
    total = Total()
    total.add(1, seen("a", "ACME  Ltd", "ACME Ltd", Quality.NORMALISED))
    assert total.digests[0] == total.digests[1]
    total.add(2, seen("a", "same", "same", None))  # the same text in two lists of codes
    assert total.digests[0] != total.digests[1]
    assert (total.compared, total.equal, total.normalised, total.differs) == (2, 0, 1, 1)


def test_sx53_totals_do_not_depend_on_the_order_and_amounts_are_added_by_currency() -> None:
    looks = [
        (n, Look("a", Quality.EQUAL, (Decimal(n), Decimal(n)), {code: (Decimal(n), Decimal(n + 1))}))
        for n, code in enumerate(("GBP", "EUR", "GBP"))
    ]
    forth, back = Total(), Total()
    for link, look in looks:
        forth.add(link, look)
    for link, look in reversed(looks):
        back.add(link, look)
    assert forth == back
    assert forth.sums == {"GBP": (Decimal(2), Decimal(4)), "EUR": (Decimal(1), Decimal(2))}
