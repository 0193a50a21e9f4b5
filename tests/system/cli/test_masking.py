"""What a rule calls personal is shown nowhere, and reaches the system as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import made
from system.northwind.stage import sandbox

RULE = "{crm: Name, books: Name, as: xero_name, pii: true}"
MASKED = f"  - use: salesforce-xero\n    change: {{customers: {{fields: [{RULE}]}}}}\n"
SECRET = "Frida Kahlo"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, for these tests write."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


@pytest.mark.extended
def test_a_name_that_is_personal_does_not_title_its_record(desk: Desk) -> None:
    desk.replace("  - use: salesforce-xero\n", MASKED)
    desk.account(SECRET, "A1")
    planned = desk.run("plan", "--out", "plan.json")
    assert "(masked)" in planned.out
    applied = desk.run("apply", "plan.json", "--allow", "first-run", "--verbose")
    assert applied.code == 0, applied
    shown = [planned.out, planned.err, (desk.folder / "plan.json").read_text("utf-8"), applied.out, applied.err]
    assert not any(SECRET in text for text in [*shown, desk.run("status", "--json").out])
    stored = desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
    assert [contact["Name"] for contact in stored] == [SECRET]


def test_a_system_that_quotes_a_personal_value_in_its_refusal_is_quoted_without_it(desk: Desk) -> None:
    by_number = "match: [{crm: AccountNumber, books: AccountNumber}], fields:"
    desk.replace("  - use: salesforce-xero\n", MASKED.replace("fields:", by_number))
    desk.contact(SECRET)
    desk.account(SECRET, "A1")
    stopped = desk.run("run", "--json")
    digest = stopped.report["stopped"]["plan"]
    applied = desk.run("apply", digest, "--allow", "first-run", "--json")
    assert "already assigned" in applied.out, applied
    shown = [applied.out, applied.err, desk.run("status", "--json").out, desk.run("plan", "--json").out]
    shown += [desk.run("plan", "--show", digest).out, desk.run("run").out]
    assert not any(SECRET in text for text in shown), shown


CHECKED = f"""\
  - use: salesforce-xero
    change:
      customers:
        fields: [{RULE}]
        checks:
          - equal: [crm.Name, books.AccountNumber]
            say: the name is the number
"""


def test_a_check_masks_what_is_personal_among_the_values_it_compares(desk: Desk) -> None:
    desk.replace("  - use: salesforce-xero\n", CHECKED)
    desk.account(SECRET, "A1")
    planned = desk.run("plan", "--json")
    assert SECRET not in planned.out
    holds = desk.run("status", "--json").report["holds"]
    told = [hold["message"] for hold in holds if hold["code"] == "check-failed"]
    assert told == ["the name is the number ((masked) is not 'A1')"]


def test_a_match_question_names_both_records_without_what_is_personal(desk: Desk) -> None:
    desk.replace("  - use: salesforce-xero\n", MASKED)
    desk.account(SECRET, "A1")
    desk.contact(SECRET)
    desk.run("plan")
    (question,) = desk.run("review", "list", "--json").report
    assert question["question"].count("((masked))") == 2
    assert SECRET not in desk.run("review", "show", str(question["id"])).out


PERSON = ("+44 20 7946 0999", "7946 0999", "Grizelda", "Quackenbush", "griz@example.org")


@pytest.mark.extended
def test_sx61_no_file_that_a_command_writes_holds_a_personal_value_but_the_log_s_own(desk: Desk) -> None:
    id_ = desk.account("Acme", "A1", Phone=PERSON[0])
    made(desk, "Contact", AccountId=id_, FirstName=PERSON[2], LastName=PERSON[3], Email=PERSON[4])
    desk.account("Brook", "B1", Phone=PERSON[0])
    desk.contact("Brook")
    said = [desk.run("match", "--csv", "open.csv"), desk.run("plan", "--out", "first.json"), desk.run("run", "--json")]
    said += [
        desk.run("apply", "first.json", "--allow", "first-run", "--json"),
        desk.run("run", "--metrics", "run.prom"),
    ]
    (acme,) = (one for one in desk.stage.xero.read("/api.xro/2.0/Contacts")["Contacts"] if one["Name"] == "Acme")
    phones = [phone["PhoneNumber"] for phone in acme["Phones"] if phone["PhoneType"] == "DEFAULT"]
    assert phones == ["7946 0999"], "applied from a file without any of it"
    desk.stage.salesforce.order("edit", object="Account", id=id_, fields={"Phone": "+44 20 7946 0111"})
    said += [desk.run("plan", "--out", "change.json", "--json"), desk.run("verify", "--json")]
    said += [desk.run("review", "export", "-o", "asked.csv"), desk.run("status", "--json"), desk.run("audit", "log")]
    last = said[2].report["run"]
    said.append(desk.run("undo", last, "--out", "undo.json", "--json"))
    files = [path for path in desk.folder.iterdir() if path.is_file()]
    written = {"open.csv", "first.json", "run.prom", "change.json", "asked.csv"}
    assert written <= {path.name for path in files}
    texts = [path.read_text("utf-8") for path in files] + [f"{one.out}{one.err}" for one in said]
    assert not [value for value in (*PERSON, "7946 0111") if any(value in text for text in texts)]
    assert "(masked)" in (desk.folder / "change.json").read_text("utf-8")

    export = desk.run("audit", "export", "-o", "log.jsonl")
    assert export.code == 0, export
    log = desk.folder / "log.jsonl"
    assert PERSON[4] in log.read_text("utf-8"), "whoever exports the log gets it in clear"
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.extended
def test_sx61_a_plan_whose_values_were_erased_writes_nothing(desk: Desk) -> None:
    id_ = desk.account("Acme", "A1", Phone=PERSON[0])
    desk.let_through()
    desk.stage.salesforce.order("edit", object="Account", id=id_, fields={"Phone": "+44 20 7946 0111"})
    planned = desk.run("plan", "--out", "change.json", "--json")
    erased = desk.run("audit", "erase", f"customers/crm:{id_}", "--yes")
    assert erased.code == 0, erased
    desk.stage.reset()
    by_file = desk.run("apply", "change.json")
    assert by_file.code == 2, "what is kept of it is not what the file shows any more"
    applied = desk.run("apply", planned.report["plan"], "--json")
    assert [one["ended"] for one in applied.report["passes"]] == [{}], applied
    assert desk.stage.xero.effects() == desk.stage.salesforce.effects() == {}
