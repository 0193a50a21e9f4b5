"""The figures of a plan go back to what they were when records are decided again."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from decimal import Decimal

from tieout.errors import AdapterFault
from tieout.sync.faults import Place
from tieout.sync.figures import Planning


def counted() -> Planning:
    fault = AdapterFault("it broke the port", connection="shop", mend="ask its authors")
    return Planning(
        counts={"invoices": Counter({"create in books": 2})},
        effect={"receivables": {"GBP": Decimal(10)}},
        first={"invoices"},
        rebuilt=Counter({"customers": 1}),
        notes=["one"],
        wire=2,
        faults={Place("shop"): fault},
    )


def test_what_was_counted_since_is_forgotten_and_the_rest_stays() -> None:
    planning = counted()
    kept = planning.kept()
    planning.counts["invoices"]["create in books"] += 3
    planning.counts["other"] = Counter({"update in books": 1})
    planning.effect["receivables"]["GBP"] += 5
    planning.effect["tax"] = {"OUTPUT2 GBP": Decimal(1)}
    planning.first.add("other")
    planning.rebuilt["customers"] += 1
    planning.notes.append("two")
    planning.wire += 5
    planning.put_back(kept)
    again = counted()
    for one in fields(Planning):
        if one.name != "faults":
            assert getattr(planning, one.name) == getattr(again, one.name), one.name
    assert [str(fault) for fault in planning.faults.values()] == ["it broke the port"]


def test_it_goes_back_as_often_as_it_must() -> None:
    planning = counted()
    kept = planning.kept()
    for _ in range(2):
        planning.counts["invoices"]["create in books"] += 1
        planning.notes.append("again")
        planning.put_back(kept)
    assert planning.counts == {"invoices": {"create in books": 2}}
    assert planning.notes == ["one"]
