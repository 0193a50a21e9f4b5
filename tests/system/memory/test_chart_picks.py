"""Picks among the records of another object: revenue codes out of a ledger's own chart of accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from system.memory.stage import KEYED, VERBS, Stage, thing
from system.memory.test_picks import apply, at_rest, plan
from tieout.errors import Unreachable, UsageError
from tieout.model import Field, Kind, ObjectType, Page, Query
from tieout.store import mirror
from tieout.sync.passes import Reading, observe_all
from tieout.sync.run import Run
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

    def __init__(
        self, mapping: str = ACCOUNTS, connected: type[MemoryConnection] = MemoryConnection, more: str = "more"
    ) -> None:
        self.connected = connected
        types = (thing("code", more), thing("code", "account", "text"))
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


def looked_at(made: Ledger) -> list[str]:
    """Read what changed, and give the codes of the CRM's records that are to be looked at again."""
    with made.opened() as run:
        observe_all(run, Reading(), {})
        with run.database.read() as tx:
            ids = mirror.due_ids(tx, run.joined[0].pair, 0, "", 100)
    return sorted(str(row.record["code"]) for row in made.rows(0) if row.id in ids)


@pytest.fixture
def several() -> Ledger:
    """A ledger with two records of sales, one of services, and one whose partner waits for a code."""
    made = Ledger(
        ACCOUNTS.replace('settings: {code: "200"}', "").replace("settings.code", "crm.default"), more="default"
    )
    for code, account in (("k", "200"), ("l", "200"), ("m", "210"), ("n", "300")):
        if code != "k":
            made.add(0, {"code": code})
        (row,) = (row for row in made.rows(0) if row.record["code"] == code)
        made.edit(0, row.id, default=account)
    made.run()
    assert sorted(str(row.record["code"]) for row in made.rows(1)) == ["k", "l", "m"]
    assert looked_at(made) == ["n"], "what has no partner yet is looked at in every run"
    return made


def test_px30_an_account_that_changes_concerns_those_that_picked_it_and_those_that_pick_none(several: Ledger) -> None:
    several.edit(1, several.other, Name="Consulting")
    assert looked_at(several) == ["m", "n"]
    several.run()
    texts = {str(row.record["code"]): row.record["text"] for row in several.rows(1)}
    assert texts == {"k": "Sales", "l": "Sales", "m": "Consulting"}
    several.edit(1, several.sales, Code="201")
    assert looked_at(several) == ["k", "l", "n"], "by the code that it had"
    several.run()
    assert {one.rule for one in several.reviews()} == {"pick:revenue"}
    several.edit(1, several.other, Name="Advice")
    assert looked_at(several) == ["k", "l", "m", "n"], "a question names what may be picked instead"
    several.add(1, {"Code": "300", "Name": "Rentals", "Class": "REVENUE", "Status": "ACTIVE"}, name="Account")
    several.run()
    assert sorted(str(row.record["code"]) for row in several.rows(1)) == ["k", "l", "m", "n"]


BESIDE = """\
mapping: others
version: 1
between:
  crm: {connection: salesforce, object: Thing}
  books: {connection: xero, object: Account, where: books.Code && books.Class == 'REVENUE' && books.Status == 'ACTIVE'}
match:
  - {crm: more, books: Name}
fields:
  - {books: Tax, from: crm.more}
"""
"""Reads of accounts what the other mapping reads, too."""


class Refused(Ledger):
    """The first mapping does not run while a connection of its own is dead."""

    dead = False

    def _open(self, epoch: int) -> Run:
        every = self.mappings
        try:
            self.mappings = every[1:] if self.dead else every
            dead = {every[0].name: Unreachable("its connection is dead")} if self.dead else {}
            return replace(super()._open(epoch), refused=dead)
        finally:
            self.mappings = every


def test_px30_an_account_that_changes_while_the_mapping_does_not_run_is_seen_when_it_runs_again() -> None:
    made = Refused()
    made.use(ACCOUNTS, BESIDE)
    made.run()
    made.dead = True
    made.edit(1, made.sales, Name="Sales UK")
    made.run()
    assert made.record(1)["text"] == "Sales"
    made.dead = False
    made.run()
    assert made.record(1)["text"] == "Sales UK", "another mapping read the account meanwhile"
    assert at_rest(made)


def test_what_need_not_be_picked_is_looked_at_when_an_option_appears() -> None:
    made = Ledger(ACCOUNTS.replace("    ask: Which account?\n", "    required: false\n"))
    made.edit(1, made.other, Status="ARCHIVED")
    made.run()
    assert made.record(1)["account"] == "200"
    made.edit(1, made.sales, Status="ARCHIVED")
    made.run()
    made.edit(1, made.other, Status="ACTIVE")
    made.edit(1, made.sales, Code="999")
    made.edit(1, made.other, Code="200")
    made.run()
    assert made.record(1) == {"code": "k", "account": "200", "text": "Services"}
