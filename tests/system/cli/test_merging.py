"""What a merge in one system leaves to people in the other: one question, with every way out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.northwind.stage import sandbox


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Two customers on both sides, whose contacts the bookkeeper has merged."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.account("Holm", "H1")
        made.account("Holm Ltd", "H2")
        made.let_through()
        assert made.run("run").code == 0
        contacts = made.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
        ids = {contact["Name"]: contact["ContactID"] for contact in contacts}
        made.stage.xero.order("merge", winner=ids["Holm"], loser=ids["Holm Ltd"])
        yield made


def asked(desk: Desk) -> Any:
    return desk.run("review", "list", "--json").report


@pytest.mark.extended
def test_a_merge_asks_one_question_with_every_way_out(desk: Desk) -> None:
    assert desk.run("run").code == 3
    (question,) = asked(desk)
    assert (question["kind"], set(question["choices"])) == ("merge", {"apart", "create"})
    assert "this question goes away" in question["question"]
    assert desk.run("review", "answer", str(question["id"]), "apart").code == 0
    desk.stage.reset()
    assert desk.run("run").code == 0
    assert asked(desk) == []
    assert desk.stage.xero.effects() == {}


@pytest.mark.extended
def test_a_merged_partner_is_made_anew_only_on_a_persons_word(desk: Desk) -> None:
    assert desk.run("run").code == 3
    (question,) = asked(desk)
    assert desk.run("review", "answer", str(question["id"]), "create").code == 0
    desk.stage.reset()
    assert desk.run("run").code == 0
    assert desk.stage.xero.effects()["Contact"] == {"created": 1}
    assert asked(desk) == []


@pytest.mark.extended
def test_the_question_goes_away_when_the_other_side_is_merged_too(desk: Desk) -> None:
    assert desk.run("run").code == 3
    query = {"q": "SELECT Id, Name FROM Account WHERE AccountNumber IN ('H1', 'H2')"}
    found = desk.stage.salesforce.http.get("/services/data/v66.0/query", params=query).json()["records"]
    ids = {one["Name"]: one["Id"] for one in found}
    desk.stage.salesforce.order("merge", object="Account", winner=ids["Holm"], loser=ids["Holm Ltd"])
    desk.stage.reset()
    assert desk.run("run").code == 0
    assert asked(desk) == []
