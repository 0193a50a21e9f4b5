"""What a button in the CRM needs, from Python: choices, the document as it will be, approved or refused, its status."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import getsource
from pathlib import Path
from textwrap import dedent
from threading import Thread
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import query, with_lines
from system.cli.test_requests import asking, invoices
from system.cli.test_running import valid
from tieout.api import Applied, Plan, Project, open_project
from tieout.errors import Unauthorised, UsageError


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with asking(tmp_path) as made:
        yield made


def opened(desk: Desk) -> Project:
    return open_project(desk.folder, env=desk.stage.secrets)


def deal(desk: Desk) -> str:
    account = str(query(desk, "SELECT Id FROM Account")[0]["Id"])
    return f"invoices/crm:{with_lines(desk, account, 2)}"


def approved(project: Project, plan: Plan) -> Applied:
    """Approve a plan as a person does who has seen its guards."""
    return project.approve(plan, who="ann", allow=sorted({one.name for one in plan.guards}))


def test_sx31_a_button_shows_the_invoice_as_it_will_be_and_sends_only_that(desk: Desk) -> None:
    project, record = opened(desk), deal(desk)
    assert [one["do"] for one in project.plan().writes if "invoices" in str(one["source"])] == []
    plan = project.plan(record, ask="create")
    document: Any = valid("plan", plan.document)
    (invoice,) = [one for one in plan.writes if str(one["source"]).startswith("invoices/")]
    assert (invoice["do"], invoice["source"]) == ("create in books", record)
    assert "Tea 1" in str(invoice), "the document as it will be"
    assert project.find(plan.digest[:12]).document == document
    assert invoices(desk) == [], "nothing was written"
    assert [one["question"] for one in project.status(record).questions]

    applied = approved(project, plan)
    assert (applied.exit_code, applied.stopped) == (0, ()), applied
    valid("run-report", applied.report)
    (made,) = invoices(desk)
    status = project.status(record)
    assert status.partners == (f"invoices/books:{made['InvoiceID']}",)
    assert (status.held, status.questions) == ((), ())
    with pytest.raises(UsageError, match="applied already"):
        approved(project, plan)
    (entry,) = desk.run("audit", "log", "--kind", "answer", "--json").report
    assert entry["who"] == "ann"


@pytest.mark.extended
def test_sx31_a_refusal_writes_nothing_and_a_guard_stops_what_was_not_allowed(desk: Desk) -> None:
    project, record = opened(desk), deal(desk)
    plan = project.plan(record, ask="create")
    if plan.guards:
        stopped = project.approve(plan, who="ann")
        assert stopped.exit_code == 5
        assert {one.name for one in stopped.stopped} == {one.name for one in plan.guards}
    assert project.refuse(plan, who="ann") == 1
    assert project.status(record).questions == ()
    assert desk.run("run").code == 0
    assert invoices(desk) == []
    with pytest.raises(UsageError, match="nobody is named"):
        project.approve(plan, who=" ")
    with pytest.raises(UsageError, match="no pick"):
        project.plan(record, ask="create", picks={"made_up": "1"})
    with pytest.raises(UsageError):
        project.status("nothing")


def shown_on_the_page(project: Project, record: str, person: str, picks: dict[str, str]) -> None:
    for choice in project.choices(record, ask="create"):
        print(choice.question, [label for _, label in choice.options])
    plan = project.plan(record, ask="create", picks=picks)
    for operation in plan.writes:
        print(operation["do"], operation["fields"])
    applied = project.approve(plan, who=person, allow=[guard.name for guard in plan.guards])
    print(applied.exit_code, project.status(record).partners)


@pytest.mark.extended
def test_sx31_what_the_page_shows_makes_the_invoice(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "python.md").read_text("utf-8")
    block = page.partition("```python\n")[2].partition("```")[0]
    _, *lines = dedent(getsource(shown_on_the_page)).splitlines()
    assert dedent("\n".join(lines)) in block
    shown_on_the_page(opened(desk), deal(desk), "ann", {})
    (made,) = invoices(desk)
    assert f"0 ('invoices/books:{made['InvoiceID']}',)" in capsys.readouterr().out


@pytest.mark.extended
def test_sx31_calls_come_from_any_thread_and_leave_signals_alone(desk: Desk) -> None:
    project, record = opened(desk), deal(desk)
    found: list[Plan] = []
    thread = Thread(target=lambda: found.append(project.plan(record, ask="create")))
    thread.start()
    thread.join()
    assert approved(project, found[0]).exit_code == 0
    assert len(invoices(desk)) == 1


@pytest.mark.extended
def test_px01_a_disconnected_system_is_told_and_leaves_its_mappings_out(desk: Desk) -> None:
    record = deal(desk)
    assert desk.run("disconnect", "xero").code == 0
    plan = opened(desk).plan()
    assert "is disconnected" in plan.left_out["xero"]
    with pytest.raises((UsageError, Unauthorised), match="disconnected"):
        opened(desk).plan(record, ask="create")
