"""What a page, a fetch or the answer to a write leaves in the mirror."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from tieout.adapter import Connection
from tieout.model import Field, Kind, ObjectType, Organisation, Present, Record
from tieout.store import mirror
from tieout.store.database import Database, stamp
from tieout.sync.observe import LAG, absorb, lay_answers
from tieout.sync.run import Endpoint, Peer

AT = datetime(2026, 7, 29, 12, tzinfo=UTC)
FIELDS = (
    Field("Name", Kind.TEXT),
    Field("Group", Kind.GROUP),
    Field("Group.Price", Kind.NUMBER),
    Field("Group.Account", Kind.TEXT),
    Field("Due", Kind.NUMBER),
)
WHOLE: Record = {"Name": "Ann", "Group": {"Price": Decimal(5), "Account": "200"}, "Due": Decimal(0)}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open("sqlite::memory:", clock=lambda: AT, project_folder=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database) -> Endpoint:
    with database.write() as tx:
        number = mirror.endpoint_id(tx, "memory", "1", "Invoice")
    nobody = cast("Connection", None)  # nothing is called here
    peer = Peer("books", "memory", nobody, Organisation("1", "Books"))
    type_ = ObjectType("Invoice", {field.path: field for field in FIELDS})
    return Endpoint(number, peer, type_, frozenset({"Name", "Group", "Due"}))


def kept(database: Database, ledger: Endpoint) -> Record:
    with database.read() as tx:
        return mirror.seen(tx, ledger.number, ["1"])["1"].fields


def test_an_answer_leaves_unknown_what_it_does_not_say(database: Database, ledger: Endpoint) -> None:
    with database.write() as tx:
        lay_answers(tx, ledger, [Present("1", {"Name": "Ann", "Group": {"Account": "200"}}, AT)])
    assert kept(database, ledger) == {"Name": "Ann", "Group": {"Account": "200"}}


def test_an_answer_keeps_what_was_known_beside_it_in_a_group_too(database: Database, ledger: Endpoint) -> None:
    with database.write() as tx:
        absorb(tx, ledger, [Present("1", WHOLE, AT)])
        lay_answers(tx, ledger, [Present("1", {"Name": "Bo", "Group": {"Account": "300"}}, AT)])
    assert kept(database, ledger) == {**WHOLE, "Name": "Bo", "Group": {"Price": Decimal(5), "Account": "300"}}


def test_what_an_answer_did_not_say_is_news_not_doubt(database: Database, ledger: Endpoint) -> None:
    with database.write() as tx:
        lay_answers(tx, ledger, [Present("1", {"Name": "Ann", "Group": {"Account": "200"}}, AT)])
        absorbed = absorb(tx, ledger, [Present("1", WHOLE, AT)])
    assert (absorbed.moved, absorbed.doubtful) == (["1"], [])
    assert kept(database, ledger) == WHOLE


def test_another_value_under_an_equal_stamp_is_doubt(database: Database, ledger: Endpoint) -> None:
    with database.write() as tx:
        lay_answers(tx, ledger, [Present("1", {"Name": "Ann", "Group": {"Account": "200"}}, AT)])
        absorbed = absorb(tx, ledger, [Present("1", {**WHOLE, "Group": {"Price": None, "Account": "300"}}, AT)])
    assert (absorbed.moved, absorbed.doubtful) == ([], ["1"])
    assert kept(database, ledger) == {"Name": "Ann", "Group": {"Account": "200"}}


@pytest.mark.parametrize(("kept_ago", "name"), [(timedelta(hours=2), "Bea"), (timedelta(minutes=30), "Ann")])
def test_an_edit_with_an_older_stamp_is_seen_where_no_replica_can_be_behind(
    database: Database, ledger: Endpoint, kept_ago: timedelta, name: str
) -> None:
    then = AT - kept_ago
    edited = [Present("1", {**WHOLE, "Name": "Bea"}, then - timedelta(hours=1))]
    with database.write() as tx:
        absorb(tx, ledger, [Present("1", WHOLE, then)])
        assert absorb(tx, ledger, edited).moved == [], "a reading of changes, or by id, may be a stale replica's"
        absorbed = absorb(tx, ledger, edited, sure=stamp(AT - LAG))
    assert (absorbed.moved, absorbed.doubtful) == (["1"] if name == "Bea" else [], [])
    assert kept(database, ledger)["Name"] == name
