"""Notes in the history of what was written: when, by whom, each field before and after; never a reason to fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import query
from system.northwind.stage import sandbox

NOTES = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: AccountNumber, books: AccountNumber}
create: {books: always}
annotate: [books]
fields:
  - {crm: Name, books: Name}
  - {crm: AccountNumber, books: AccountNumber}
  - {books: CompanyNumber, from: crm.Rating}
  - {crm: Phone, books: Phones.DEFAULT, as: xero_phone, pii: true}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project that annotates contacts, with one customer in both systems."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        (made.folder / "own").mkdir()
        (made.folder / "own" / "mapping.yaml").write_text(NOTES, "utf-8")
        made.replace("use: salesforce-xero", "use: own")
        made.account("Acme", "A1", Phone="+44 20 7946 0018")
        made.let_through()
        yield made


def notes(desk: Desk) -> list[str]:
    http = desk.stage.xero.http
    (contact,) = http.get("/api.xro/2.0/Contacts?page=1").json()["Contacts"]
    found = http.get(f"/api.xro/2.0/Contacts/{contact['ContactID']}/History").json()["HistoryRecords"]
    return [row["Details"] for row in found if row["Changes"] == "Note"]


def rate(desk: Desk, rating: str) -> None:
    (account,) = query(desk, "SELECT Id FROM Account")
    desk.stage.salesforce.order("edit", object="Account", id=account["Id"], fields={"Rating": rating})


def test_px20_a_note_says_when_by_whom_and_what_and_masks_what_is_personal(desk: Desk) -> None:
    (first,) = notes(desk)
    assert "made by Tieout, started by" in first
    assert "Name: Acme" in first
    assert "Phones.DEFAULT: (masked)" in first
    assert "7946" not in first
    rate(desk, "Cold")
    assert desk.run("run").code == 0
    rate(desk, "Hot")
    assert desk.run("run").code == 0
    second, third = notes(desk)[1:]
    assert "changed by Tieout" in second
    assert second.splitlines()[1:] == ["CompanyNumber: Cold"]
    assert third.splitlines()[1:] == ["CompanyNumber: Cold -> Hot"]


@pytest.mark.extended
def test_px20_without_a_change_nothing_is_noted(desk: Desk) -> None:
    assert desk.run("run").code == 0
    desk.stage.xero.order("counters/reset")
    assert desk.run("run").code == 0
    assert len(notes(desk)) == 1
    assert desk.stage.xero.effects() == {}


def test_a_system_without_a_history_cannot_be_asked_for_notes(desk: Desk) -> None:
    desk.replace("annotate: [books]", "annotate: [crm]", desk.folder / "own" / "mapping.yaml")
    ended = desk.run("check")
    assert ended.code == 2, ended
    assert "keeps no history that notes can be added to" in ended.out + ended.err
