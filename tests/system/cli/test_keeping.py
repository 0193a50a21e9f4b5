"""What a policy or a person keeps after its partner was deleted is nobody's business any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.cli.desk import Desk
from system.northwind.stage import sandbox

KEEP = "  - use: salesforce-xero\n    change: {customers: {delete: {books: keep}}}\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, for these tests write."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def delete(desk: Desk, account: str) -> None:
    """Delete an account as a sales rep does."""
    answer = desk.stage.salesforce.http.delete(f"/services/data/v66.0/sobjects/Account/{account}")
    assert answer.status_code == 204, answer.text


@pytest.mark.extended
def test_a_record_that_the_policy_keeps_is_not_held_as_an_orphan(desk: Desk) -> None:
    desk.replace("  - use: salesforce-xero\n", KEEP)
    account = desk.account("Aroma Ltd", "A1")
    desk.let_through()
    assert desk.run("run").code == 0
    delete(desk, account)
    for _ in range(3):
        after = desk.run("run", "--json")
        assert after.code == 0, after
    status = desk.run("status", "--json").report
    assert status["holds"] == []
    assert {one["mapping"]: one["links"] for one in status["mappings"]}["customers"] == 0


@pytest.mark.extended
def test_a_record_that_a_person_keeps_is_not_held_as_an_orphan(desk: Desk) -> None:
    account = desk.account("Aroma Ltd", "A1")
    desk.let_through()
    assert desk.run("run").code == 0
    delete(desk, account)
    assert desk.run("run").code == 3
    (question,) = desk.run("review", "list", "--json").report
    assert desk.run("review", "answer", str(question["id"]), "no", "--why", "open invoices").code == 0
    for _ in range(3):
        after = desk.run("run", "--json")
        assert after.code == 0, after
    assert desk.run("status", "--json").report["holds"] == []
