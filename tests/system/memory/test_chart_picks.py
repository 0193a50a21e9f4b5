"""Picks among the records of another object: revenue codes out of a ledger's own chart of accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from system.memory.stage import KEYED, VERBS, Stage, thing
from system.memory.test_picks import apply, at_rest, plan
from tieout.errors import UsageError
from tieout.model import Field, Kind, ObjectType, Page, Query
from tieout.testing.memory_port import MemoryConnection

ACCOUNTS = (
    KEYED
    + """\
  - {books: account, from: pick.revenue.Code}
  - {books: text, from: pick.revenue.Name}
settings: {code: "200"}
picks:
  revenue:
    ask: Which account?
    of: {books: Account}
    where: item.Class == 'REVENUE' && item.Status == 'ACTIVE'
    key: Code
    show: [Code, Name]
    default: settings.code
"""
)
CHART = ObjectType(
    "Account", {path: Field(path, Kind.TEXT) for path in ("Code", "Name", "Class", "Status", "Tax")}, verbs=VERBS
)


class Ledger(Stage):
    """A record whose partner gets the code of a revenue account."""

    def __init__(self, mapping: str = ACCOUNTS, connected: type[MemoryConnection] = MemoryConnection) -> None:
        self.connected = connected
        types = (thing("code"), thing("code", "account", "text"))
        super().__init__(mapping, types, beside={"Account": CHART})
        revenue = {"Class": "REVENUE", "Status": "ACTIVE"}
        self.sales = self.add(1, {"Code": "200", "Name": "Sales", **revenue}, name="Account")
        self.other = self.add(1, {"Code": "210", "Name": "Services", **revenue}, name="Account")
        self.add(1, {"Code": "400", "Name": "Rent", "Class": "EXPENSE", "Status": "ACTIVE"}, name="Account")
        self.add(0, {"code": "k"})

    def connection(self, end: int) -> MemoryConnection:
        return self.connected(self.systems[end]) if end == 1 else super().connection(end)


class Broken(MemoryConnection):
    """Readings of accounts break off in silence."""

    def changes(self, query: Query) -> Iterator[Page]:
        for page in super().changes(query):
            if query.type.name == "Account":
                yield replace(page, cursor=None, complete=False)
            else:
                yield page


def test_px30_a_code_is_an_active_revenue_account_and_what_becomes_of_it_arrives() -> None:
    made = Ledger()
    made.run()
    assert made.record(1) == {"code": "k", "account": "200", "text": "Sales"}
    made.edit(1, made.sales, Name="Sales UK")
    made.run()
    assert made.record(1)["text"] == "Sales UK", "the account changed, and neither of the two records"
    assert at_rest(made)


def test_px30_a_code_that_is_archived_gives_way_to_nothing_unasked() -> None:
    made = Ledger()
    made.run()
    made.edit(1, made.sales, Status="ARCHIVED")
    made.run()
    assert made.record(1)["account"] == "200"
    (asked,) = made.reviews()
    assert asked.question["choices"] == {"210": "210 Services"}
    made.answer(asked.id, "210")
    made.run()
    assert made.record(1) == {"code": "k", "account": "210", "text": "Services"}
    assert at_rest(made)


@pytest.mark.parametrize("code", ["400", "999"])
def test_px30_a_code_of_another_type_or_of_none_is_refused_when_planning(code: str) -> None:
    with pytest.raises(UsageError, match=f"{code} is no option of revenue; there are: 200 Sales, 210 Services"):
        plan(Ledger(), revenue=code)


def test_px30_a_code_that_was_archived_since_the_plan_is_not_sent() -> None:
    made = Ledger()
    digest, _ = plan(made, revenue="210")
    made.edit(1, made.other, Status="ARCHIVED")
    apply(made, digest)
    assert made.rows(1) == []
    assert "its values moved since the plan" in made.shown()


def test_what_is_not_read_to_its_end_gives_no_pick() -> None:
    made = Ledger(connected=Broken)
    made.run()
    (held,) = made.holds()
    assert (made.rows(1), made.reviews(), held.code) == ([], [], "blocked")
    made.connected = MemoryConnection
    made.run()
    assert (made.record(1)["account"], made.holds()) == ("200", [])
