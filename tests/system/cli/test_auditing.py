"""audit verify: whoever changes the past in the database is found."""

from __future__ import annotations

import sqlite3

from system.cli.desk import Desk


def test_a_changed_entry_is_found(desk: Desk) -> None:
    assert desk.run("plan").code == 0
    assert desk.run("audit", "verify").code == 0
    connection = sqlite3.connect(desk.database)
    with connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE audit SET payload = '{}' WHERE seq = 1")
    connection.close()
    ended = desk.run("audit", "verify")
    assert ended.code == 1
    assert "the chain is broken at entry 1: its content was changed" in ended.out
    assert desk.run("audit", "verify", "--json").report["ok"] is False


def test_without_a_database_there_is_nothing_to_verify(desk: Desk) -> None:
    ended = desk.run("audit", "verify")
    assert ended.code == 1
    assert "there is no state database" in ended.err
    assert not desk.database.exists()
