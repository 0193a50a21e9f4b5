"""What a rule calls personal is shown nowhere, and reaches the system as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.cli.desk import Desk
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
