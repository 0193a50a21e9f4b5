"""What is picked for a record: by a rule, by its only option, by options on the command line, on a terminal."""

from __future__ import annotations

import csv
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import BASE, Desk
from system.cli.test_requests import acme, apply, invoices
from system.forked import HUNG, TIEOUT
from system.northwind.stage import sandbox

PICKED = """\
  - use: salesforce-xero
    change:
      invoices:
        create: {books: {when: crm.IsWon, do: request}}
        picks:
          revenue_code:
            ask: Which revenue account?
            of: {books: Account}
            where: item.Class == 'REVENUE' && item.Status == 'ACTIVE'
            key: Code
            show: [Code, Name]
            default: settings.revenue_code
        lists:
          - books: LineItems
            from: "[crm.{Id: Id, Description: Name, Quantity: `1`, UnitPrice: Amount}]"
            key: {crm: Id, books: LineItemID}
            fields:
              - {books: Description, from: crm.Description}
              - {books: Quantity, from: crm.Quantity}
              - {books: UnitAmount, from: crm.UnitPrice, as: money}
              - {books: AccountCode, from: pick.revenue_code.Code, drift: keep}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project in which codes are picked, and main contacts as in the pack, with a customer in both systems."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.replace("  - use: salesforce-xero\n", PICKED)
        made.account("Acme", "A1")
        made.let_through()
        assert made.run("run").code == 0
        yield made


def person(desk: Desk, account: str, first: str, last: str) -> str:
    values = {"AccountId": account, "FirstName": first, "LastName": last, "Email": f"{first.lower()}@acme.example"}
    answer = desk.stage.salesforce.http.post("/services/data/v66.0/sobjects/Contact", json=values)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def address(desk: Desk) -> tuple[str, str]:
    (row,) = desk.stage.xero.http.get("/api.xro/2.0/Contacts?page=1").json()["Contacts"]
    return row.get("FirstName", ""), row.get("EmailAddress", "")


def codes(desk: Desk) -> list[str]:
    return [line["AccountCode"] for row in invoices(desk) for line in row["LineItems"]]


def account(desk: Desk, code: str, name: str, kind: str) -> str:
    answer = desk.stage.xero.http.put("/api.xro/2.0/Accounts", json={"Code": code, "Name": name, "Type": kind})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["Accounts"][0]["AccountID"])


def picks(report: dict[str, Any]) -> dict[str, Any]:
    (create,) = [one for one in report["operations"] if one["do"].endswith("in books")]
    found: dict[str, Any] = create["picks"]
    return found


@pytest.mark.extended
def test_px30_the_code_is_picked_with_the_request_and_must_be_an_active_revenue_account(desk: Desk) -> None:
    account(desk, "230", "Support", "REVENUE")
    deal = f"invoices/crm:{desk.deal('Wanted', acme(desk))}"
    for wrong, told in (
        (("--pick", "revenue_code=429"), "429 is no option of revenue_code; there are: 200 Sales"),
        (("--pick", "revnue_code=230"), "did you mean revenue_code?"),
        (("--pick", "revenue_code"), "picks nothing"),
    ):
        refused = desk.run("plan", deal, "--create", *wrong)
        assert refused.code == 2
        assert told in refused.err, refused
    assert desk.run("review", "list", "--json").report == []
    shown = desk.run("plan", deal, "--create", "--json")
    assert picks(shown.report)["revenue_code"]["from"] == "default"
    shown = desk.run("plan", deal, "--create", "--pick", "revenue_code=230", "--json")
    assert picks(shown.report) == {"revenue_code": {"key": "230", "label": "230 Support", "from": "asked for"}}
    apply(desk, shown.report)
    assert codes(desk) == ["230"]
    assert desk.run("run").code == 0
    assert desk.run("plan", "--exit-code").code == 0


@pytest.mark.extended
def test_px30_a_request_keeps_what_was_picked_with_it_and_a_review_is_answered_in_a_file(desk: Desk) -> None:
    account(desk, "230", "Support", "REVENUE")
    deal = f"invoices/crm:{desk.deal('Wanted', acme(desk))}"
    assert desk.run("plan", deal, "--create", "--pick", "revenue_code=230").code == 0
    (asked,) = desk.run("review", "list", "--json").report
    assert "picked: revenue_code 230" in asked["question"]
    assert desk.run("review", "answer", str(asked["id"]), "yes").code == 0
    assert desk.run("run").code == 0
    assert codes(desk) == ["230"]
    desk.replace("default: settings.revenue_code", "default: settings.go_live")
    second = f"invoices/crm:{desk.deal('Second', acme(desk))}"
    assert desk.run("plan", second, "--create").code == 0
    assert {one["kind"] for one in desk.run("review", "list", "--json").report} == {"pick", "request"}
    assert desk.run("review", "export", "-o", "open.csv").code == 0
    with (desk.folder / "open.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["answer"] = {"pick": "200", "request": "yes"}[row["kind"]]
    with (desk.folder / "open.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    noted = desk.run("review", "import", "open.csv", "--json")
    assert (noted.code, len(noted.report["noted"])) == (0, 2), noted
    desk.run("run")
    apply(desk, desk.run("plan", "--json").report)
    assert sorted(codes(desk)) == ["200", "230"]


@pytest.mark.extended
def test_t06_undo_puts_the_values_back_and_leaves_the_choice(desk: Desk) -> None:
    who = acme(desk)
    _, zoe = person(desk, who, "Ann", "Lee"), person(desk, who, "Zoe", "Day")
    assert desk.run("run").code == 0
    shown = desk.run("plan", f"customers/crm:{who}", "--pick", f"main_contact={zoe}", "--json").report
    run = desk.run("apply", shown["plan"], "--json").report["run"]
    assert address(desk) == ("Zoe", "zoe@acme.example")
    assert desk.run("apply", desk.run("undo", run, "--json").report["plan"]).code == 0
    assert address(desk) == ("Ann", "ann@acme.example")
    for _ in range(2):
        assert desk.run("run").code == 0
        assert address(desk) == ("Ann", "ann@acme.example"), "what a person took back is not done again"
    assert desk.run("audit", "replay", "--compare").code == 0
    desk.stage.salesforce.http.patch(f"/services/data/v66.0/sobjects/Contact/{zoe}", json={"Email": "z@acme.example"})
    assert desk.run("run").code == 0
    assert address(desk)[1] == "z@acme.example", "it is still Zoe whose changes travel"


@pytest.mark.extended
def test_px13_the_main_contact_goes_to_xero_and_is_changed_by_a_plan(desk: Desk) -> None:
    who = acme(desk)
    ann, zoe = person(desk, who, "Ann", "Lee"), person(desk, who, "Zoe", "Day")
    assert desk.run("run").code == 0
    assert address(desk) == ("Ann", "ann@acme.example")
    shown = desk.run("plan", f"customers/crm:{who}", "--pick", f"main_contact={zoe}")
    assert shown.code == 0, shown.err
    assert f"pick main_contact            {zoe}" in shown.out
    assert address(desk) == ("Ann", "ann@acme.example")
    assert desk.run("plan", f"customers/crm:{who}", "--pick", f"main_contact={zoe}", "--yes").code == 0
    assert address(desk) == ("Zoe", "zoe@acme.example")
    assert desk.run("run").code == 0
    assert address(desk) == ("Zoe", "zoe@acme.example")
    assert desk.run("audit", "replay", "--compare").code == 0
    desk.stage.salesforce.http.delete(f"/services/data/v66.0/sobjects/Contact/{zoe}")
    gone = desk.run("run", "--json")
    assert address(desk) == ("Ann", "ann@acme.example")
    assert f"{zoe} is no option of main_contact any more; taken instead, default: {ann}" in str(gone.report["passes"])


@pytest.mark.extended
def test_px30_on_a_terminal_the_options_are_listed_and_the_default_is_taken_with_enter(desk: Desk) -> None:
    account(desk, "230", "Support", "REVENUE")
    deal = f"invoices/crm:{desk.deal('Wanted', acme(desk))}"
    seen = typed(desk, "\ny\n", "plan", deal, "--create")
    assert "Which revenue account?" in seen
    assert "230 Support" in seen
    assert codes(desk) == ["200"], seen
    second = f"invoices/crm:{desk.deal('Second', acme(desk))}"
    typed(desk, "230\ny\n", "plan", second, "--create")
    assert sorted(codes(desk)) == ["200", "230"]


def typed(desk: Desk, keys: str, *words: str) -> str:
    """Run a command on a terminal where somebody types; give all that is seen there."""
    mine, theirs = pty.openpty()
    env = {**BASE, **desk.stage.secrets, **desk.more}
    with subprocess.Popen(
        [TIEOUT, *words], cwd=desk.folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    ) as run:
        os.close(theirs)
        os.write(mine, keys.encode())
        seen = b"".join(iter(lambda: _read(mine), b""))
        run.wait(HUNG)
    os.close(mine)
    return seen.decode("utf-8", "replace")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""
