from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from tieout.store import audit, tables
from tieout.store.audit import Entry, Head
from tieout.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from unit.store.conftest import Clock


def fill(database: Database, entries: int = 5) -> Head:
    """Entries 1, 3, 5 … carry values."""
    with database.write() as tx:
        audit.append_many(
            tx,
            [
                Entry("r1", 1, "write", {"link": number}, {"name": f"Zoë {number}"} if number % 2 == 0 else None)
                for number in range(entries)
            ],
        )
        return audit.head(tx)


def test_an_empty_chain_is_whole(database: Database) -> None:
    with database.read() as tx:
        verdict = audit.verify(tx)
        assert audit.head(tx) == Head(0, audit.NOTHING)
    assert verdict.ok
    assert verdict.entries == 0


def test_entries_follow_one_another_over_transactions(database: Database) -> None:
    fill(database)
    with database.write() as tx:
        assert audit.append(tx, run="r2", epoch=2, kind="answer", payload={"review": 4}) == 6
        assert audit.append_many(tx, [Entry("r2", 2, "k", {}), Entry("r2", 2, "k", {})]) == range(7, 9)
        assert audit.append_many(tx, []) == range(0)
        verdict = audit.verify(tx)
        assert verdict.head == audit.head(tx)
    assert verdict.ok
    assert (verdict.entries, verdict.erased) == (8, 0)


def test_the_same_story_has_the_same_chain(tmp_path: Path, clock: Clock) -> None:
    heads = []
    for _ in range(2):
        database = Database.open("sqlite::memory:", clock=clock, project_folder=tmp_path, salt=lambda: "salt")
        heads.append(fill(database))
        database.close()
    assert heads[0] == heads[1]


def test_salts_differ_so_that_equal_values_do_not_show(tmp_path: Path, clock: Clock) -> None:
    database = Database.open("sqlite::memory:", clock=clock, project_folder=tmp_path)
    with database.write() as tx:
        audit.append_many(tx, [Entry("r", 1, "k", {}, {"iban": "1"})] * 2)
        commitments = tx.execute(select(tables.audit.c.commitment)).scalars().all()
    database.close()
    assert len(set(commitments)) == 2


def test_a_crash_takes_its_entries_with_it(database: Database) -> None:
    before = fill(database)

    def crashing() -> None:
        with database.write() as tx:
            audit.append(tx, run="r2", epoch=2, kind="write", payload={}, values={"a": "b"})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crashing()
    with database.read() as tx:
        assert audit.verify(tx).ok
        assert audit.head(tx) == before


def test_erased_values_leave_the_chain_valid(database: Database) -> None:
    before = fill(database)
    with database.write() as tx:
        assert audit.erase(tx, [1, 2, 3], who="ann", about={"links": [7]}) == 2
        assert audit.erase(tx, [1], who="ann") == 0
        verdict = audit.verify(tx, against=[before])
        left = tx.execute(select(tables.audit_value.c.seq, tables.audit_value.c.value, tables.audit_value.c.salt)).all()
    assert verdict.ok
    assert verdict.erased == 2
    assert [seq for seq, value, salt in left if value is None and salt is None] == [1, 3]


def test_an_erasure_that_no_entry_names_is_found(tmp_path: Path, clock: Clock) -> None:
    database = Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path)
    fill(database)
    with database.write() as tx:
        audit.erase(tx, [1], who="ann")
        assert audit.verify(tx).ok
    tamper(tmp_path / "state.db", "UPDATE audit_value SET value = NULL, salt = NULL WHERE seq = 3")
    with database.read() as tx:
        verdict = audit.verify(tx)
    database.close()
    assert (verdict.broken, verdict.reason) == (3, "its values were erased, and no entry says so")


@pytest.mark.parametrize(
    "statement",
    [
        update(tables.audit).where(tables.audit.c.seq == 2).values(run="other"),
        delete(tables.audit).where(tables.audit.c.seq == 2),
        delete(tables.audit_value),
        update(tables.audit_value).values(value="{}"),
        update(tables.audit_value).where(tables.audit_value.c.seq == 1).values(value=None),
        update(tables.audit_value).where(tables.audit_value.c.seq == 1).values(value=None, salt=None, seq=2),
        text("INSERT INTO audit SELECT * FROM audit WHERE seq = 2 ON CONFLICT (seq) DO UPDATE SET run = 'other'"),
        text("INSERT INTO audit_value VALUES (1, 'salt', 'f') ON CONFLICT (seq) DO UPDATE SET value = 'forged'"),
        insert(tables.audit).values(seq=9, previous="", hash="", at="", run="", epoch=1, kind="", payload="{}"),
    ],
    ids=str,
)
def test_the_database_itself_refuses_to_change_history(database: Database, statement: object) -> None:
    fill(database)

    def attempt() -> None:
        with database.write() as tx:
            tx.execute(statement)  # type: ignore[call-overload]  # several kinds of statement

    with pytest.raises(IntegrityError, match=r"append-only|only be erased"):
        attempt()
    with database.read() as tx:
        assert audit.verify(tx).entries == 5


@pytest.mark.parametrize("row", ["audit SELECT * FROM audit WHERE seq = 2", "audit_value VALUES (1, 'salt', 'forged')"])
def test_sqlite_replaces_no_entry(tmp_path: Path, clock: Clock, row: str) -> None:
    database = Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path)
    fill(database)
    with pytest.raises(IntegrityError, match=r"append-only|only be erased"), database.write() as tx:
        tx.execute(text(f"INSERT OR REPLACE INTO {row}"))
    with database.read() as tx:
        assert audit.verify(tx).ok
    database.close()


TAMPERING: dict[str, tuple[str, int, str]] = {
    "content": ("UPDATE audit SET payload = '{\"link\":7}' WHERE seq = 3", 3, "content"),
    "form": ("UPDATE audit SET payload = '{\"link\": 2}' WHERE seq = 3", 3, "content"),
    "time": ("UPDATE audit SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 2", 2, "content"),
    "run": ("UPDATE audit SET run = 'r9' WHERE seq = 2", 2, "content"),
    "epoch": ("UPDATE audit SET epoch = 9 WHERE seq = 2", 2, "content"),
    "kind": ("UPDATE audit SET kind = 'other' WHERE seq = 2", 2, "content"),
    "hash": ("UPDATE audit SET hash = previous WHERE seq = 2", 2, "content"),
    "link to the previous": ("UPDATE audit SET previous = hash WHERE seq = 4", 4, "follow"),
    "gap": ("DELETE FROM audit WHERE seq = 3; DELETE FROM audit_value WHERE seq = 3", 3, "missing"),
    "first": ("DELETE FROM audit WHERE seq = 1; DELETE FROM audit_value WHERE seq = 1", 1, "missing"),
    "end cut": ("DELETE FROM audit WHERE seq > 3; DELETE FROM audit_value WHERE seq > 3", 4, "ends here"),
    "all gone": ("DELETE FROM audit; DELETE FROM audit_value", 1, "ends here"),
    "value": ('UPDATE audit_value SET value = \'{"name":"Zoe"}\' WHERE seq = 3', 3, "values were changed"),
    "salt": ("UPDATE audit_value SET salt = 'x' WHERE seq = 3", 3, "values were changed"),
    "half erased": ("UPDATE audit_value SET value = NULL WHERE seq = 3", 3, "values were changed"),
    "value removed": ("DELETE FROM audit_value WHERE seq = 3", 3, "removed"),
    "value added": ("INSERT INTO audit_value VALUES (2, 's', '{}')", 2, "added"),
    "commitment dropped": ("UPDATE audit SET commitment = NULL WHERE seq = 3", 3, "content"),
    "swapped": (
        """UPDATE audit SET seq = 9 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 4;
        UPDATE audit SET seq = 4 WHERE seq = 9""",
        2,
        "follow",
    ),
}


@pytest.mark.parametrize(("script", "broken", "reason"), TAMPERING.values(), ids=TAMPERING.keys())
def test_tampering_behind_our_back_is_found(
    tmp_path: Path, clock: Clock, script: str, broken: int, reason: str
) -> None:
    database = Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path)
    head = fill(database)
    tamper(tmp_path / "state.db", script)
    with database.read() as tx:
        verdict = audit.verify(tx, against=[head])
    database.close()
    assert not verdict.ok
    assert verdict.broken == broken
    assert verdict.entries == broken - 1, "so many before it hold"
    assert reason in verdict.reason


def test_a_chain_rewritten_as_a_whole_is_found_by_the_head_kept_elsewhere(tmp_path: Path, clock: Clock) -> None:
    database = Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path)
    head = fill(database)
    tamper(tmp_path / "state.db", "DELETE FROM audit; DELETE FROM audit_value")
    clock.forward(days=1)
    fill(database, 9)
    with database.read() as tx:
        assert audit.verify(tx).ok
        verdict = audit.verify(tx, against=[head])
    database.close()
    assert verdict.broken == head.seq
    assert verdict.entries == head.seq - 1
    assert "rewritten" in verdict.reason


def test_a_head_of_a_chain_that_went_on_fits(database: Database) -> None:
    head = fill(database)
    fill(database)
    with database.read() as tx:
        assert audit.verify(tx, against=[head]).ok
        assert audit.verify(tx, against=[Head(0, audit.NOTHING)]).ok


def test_clock_jumps_do_not_break_the_chain(database: Database, clock: Clock) -> None:
    for days in (0, -400, 4000):
        clock.forward(days=days)
        fill(database, 2)
    with database.read() as tx:
        assert audit.verify(tx).entries == 6


def test_a_long_chain_is_read_in_portions(database: Database) -> None:
    entries = audit.STREAMED * 2 + 3
    for _ in range(entries // 500):
        fill(database, 500)
    fill(database, entries % 500)
    with database.read() as tx:
        verdict = audit.verify(tx)
    assert verdict.ok
    assert verdict.entries == entries


def tamper(path: Path, script: str) -> None:
    """Do it as someone with the file and sqlite3 would."""
    connection = sqlite3.connect(path)
    drop: Callable[[str], object] = connection.execute
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        drop(f"DROP TRIGGER {name}")
    connection.executescript(script)
    connection.commit()
    connection.close()
    assert len(triggers) == 6
