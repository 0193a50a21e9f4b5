"""What is applied is what was planned, and what is reached is what tieout.yaml names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.cli.desk import Desk
from system.northwind.stage import sandbox


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, for these tests write."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def test_a_plan_file_that_was_edited_is_refused(desk: Desk) -> None:
    desk.account("Acme", "A1")
    desk.account("Brook", "B1")
    assert desk.run("plan", "--out", "plan.json").code == 0
    path = desk.folder / "plan.json"
    document = json.loads(path.read_text("utf-8"))

    path.write_text(json.dumps({**document, "operations": document["operations"][1:]}), "utf-8")
    shorter = desk.run("apply", "plan.json", "--allow", "first-run")
    assert shorter.code == 2
    assert "the file is not the plan that was made: operation 1 of 2 differs" in shorter.err

    path.write_text(path.read_text("utf-8").replace("Brook", "Crook"), "utf-8")
    assert desk.run("apply", "plan.json", "--allow", "first-run").code == 2

    other = {"summary": {}, "effect": {"tax": {"OUTPUT2 GBP": "1.00"}}, "environment": "production", "notes": ["none"]}
    for name, doctored in other.items():
        path.write_text(json.dumps({**document, name: doctored}), "utf-8")
        approved = desk.run("apply", "plan.json", "--allow", "first-run")
        assert approved.code == 2
        assert f"the file is not the plan that was made: its {name} differs" in approved.err
    path.write_text(json.dumps({**document, "approved_by": "ann"}), "utf-8")
    assert "its approved_by differs" in desk.run("apply", "plan.json", "--allow", "first-run").err
    assert desk.stage.xero.effects() == {}

    path.write_text(json.dumps(document), "utf-8")
    assert desk.run("apply", "plan.json", "--allow", "first-run").code == 0
    assert desk.stage.xero.effects() == {"Contact": {"created": 2}}


@pytest.mark.parametrize("connection", [pytest.param("salesforce", marks=pytest.mark.extended), "xero"])
def test_another_address_is_reached_at_once_with_no_old_token(desk: Desk, connection: str) -> None:
    assert desk.run("plan").code == 0  # tokens are kept now
    url = getattr(desk.stage, connection).access["url"]
    desk.replace(url, "http://127.0.0.1:9")
    moved = desk.run("run", "--deadline", "20s")
    assert moved.code == 75, moved
    assert "127.0.0.1" in moved.err or "no connection" in moved.err
