"""check --online: what would stop or surprise a run is told before one is made, each thing at its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk, run_tieout
from system.forked import Ended
from system.northwind.stage import sandbox

NARROW = """\
mapping: people
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: AccountNumber, books: AccountNumber}
create: {crm: always, books: always}
conflict: crm
fields:
  - {crm: AccountNumber, books: AccountNumber}
  - {books: Name, from: crm.Description}
  - {crm: CreatedDate, from: books.UpdatedDateUTC}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def looks(desk: Desk, code: int = 0) -> dict[str, dict[str, Any]]:
    ended = desk.run("check", "--online", "--json")
    assert ended.code == code, ended
    return {look["name"]: look for look in ended.report["connections"]}


def told(look: dict[str, Any]) -> dict[str, str]:
    return {one["code"]: one["message"] for one in look["findings"]}


@pytest.mark.extended
def test_sx03_an_edition_without_the_api_is_named_with_the_right_to_ask_for(desk: Desk) -> None:
    found = told(looks(desk)["salesforce"])
    assert found["edition"] == "the org is a Developer Edition, and this login reaches its API"
    desk.stage.salesforce.order("limits", disabled=True)
    fault = looks(desk, code=6)["salesforce"]["fault"]
    assert (fault["class"], fault["exit_code"]) == ("Forbidden", 6)
    assert "API" in fault["message"]
    assert fault["mend"]


@pytest.mark.extended
def test_sx04_the_ledger_is_told_with_all_that_a_run_rests_on(desk: Desk) -> None:
    found = told(looks(desk)["xero"])
    assert {"organisation", "currencies", "tax-rates", "revenue-accounts", "calls-left"} <= found.keys()
    assert "base currency GBP" in found["organisation"]
    assert "edition" in found["organisation"]
    assert "200" in found["revenue-accounts"]
    assert "login-ends" not in found, "a custom connection has no login that runs out"
    desk.stage.xero.order("lock", period="2026-06-30")
    assert "2026-06-30" in told(looks(desk)["xero"])["lock-date"]


@pytest.mark.extended
def test_sx05_what_a_mapping_lacks_is_told_at_its_line(desk: Desk) -> None:
    (desk.folder / "mappings").mkdir()
    (desk.folder / "mappings" / "people.yaml").write_text(NARROW, "utf-8")
    desk.replace("  - use: salesforce-xero\n", "  - use: mappings/\n")
    ended: Ended = desk.run("check", "--online", "--json")
    assert ended.code == 2, ended
    found = {(one["code"], one["at"]["line"] if "at" in one else one["line"]) for one in ended.report["problems"]}
    assert {code for code, _ in found} >= {"required-without-source", "not-writable", "too-short"}
    assert ("not-writable", 13) in found


@pytest.mark.extended
def test_sx06_each_missing_right_is_named_by_object_and_verb_and_field(desk: Desk) -> None:
    desk.stage.salesforce.order("fls", object="Account", field="Phone", hidden=True)
    ended = desk.run("check", "--online", "--json")
    assert ended.code == 2, ended
    assert "Phone" in str([one["message"] for one in ended.report["problems"]])
    desk.stage.salesforce.order("fls", object="Account", field="Phone", hidden=False)
    assert desk.run("check", "--online").code == 0


READ_ONLY = " ".join(f"accounting.{one}.read" for one in ("contacts", "invoices", "payments", "settings"))


@pytest.mark.extended
def test_sx06_a_login_that_may_only_read_is_told_its_scopes_gets_its_plan_and_fails_once(desk: Desk) -> None:
    desk.replace("grant: custom_connection", f"grant: custom_connection, scopes: {READ_ONLY}")
    for number in range(3):
        desk.account(f"Acme {number}", f"A{number}")
    lacking = {one["object"]: one["message"] for one in looks(desk)["xero"]["findings"] if one["code"] == "read-only"}
    assert {"Contact", "Invoice", "CreditNote", "Quote", "Payment", "Item"} == lacking.keys()
    assert lacking["Contact"].endswith("create or note or update Contact: it has no scope accounting.contacts")
    planned = desk.run("plan", "--json")
    assert planned.code == 0, planned
    assert planned.report["summary"]["customers"]["create in books"] == "3"
    assert lacks(planned.report)["create in books"] == ["create Contact"]
    desk.stage.reset()
    refused = desk.run("apply", planned.report["plan"], "--allow", "first-run")
    assert refused.code == 6, refused
    assert "this login may not create Contact (3): 3 writes were not sent" in refused.out
    assert refused.out.count("add the scope accounting.contacts to options.scopes and to the app") == 1
    assert desk.stage.xero.effects() == {}
    assert desk.run("status", "--json").report["holds"] == [], "it is the login's fault, and no record's"


BOTH_WAYS = """\
mapping: people
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: Name, books: Name}
create: {crm: always, books: always}
conflict: books
fields:
  - {crm: Name, books: Name}
  - {crm: Description, from: books.FirstName}
"""


def missing(report: dict[str, Any]) -> list[tuple[str, int]]:
    return [(one["message"], one["line"]) for one in report["problems"] if one["code"] == "right-missing"]


def lacks(report: dict[str, Any]) -> dict[str, list[str]]:
    return {one["do"]: one.get("lacks", []) for one in report["operations"] if " in " in one["do"]}


def test_sx06_a_crm_that_may_only_be_read_gets_its_plan_and_the_rest_is_carried_out(desk: Desk) -> None:
    desk.use_own(BOTH_WAYS)
    desk.account("Acme", "A1")
    desk.contact("Bolt", FirstName="Bea")
    desk.stage.salesforce.order("rights", object="Account", create=False, update=False, delete=False)
    checked = desk.run("check", "--online", "--json")
    assert checked.code == 0, checked
    assert missing(checked.report) == [
        ("this login may not create Account (salesforce)", 8),
        ("this login may not update Account (salesforce)", 11),
    ]
    planned = desk.run("plan", "--json")
    assert planned.code == 0, planned
    assert lacks(planned.report) == {"create in crm": ["create Account"], "create in books": []}
    desk.stage.reset()
    refused = desk.run("apply", planned.report["plan"], "--allow", "first-run")
    assert refused.code == 6, refused
    assert refused.out.count("create Account") == 1
    assert "Object Settings, Account" in refused.out
    assert desk.stage.xero.effects() == {"Contact": {"created": 1}}
    assert desk.stage.salesforce.effects() == {}
    again = desk.run("run", "--json")
    assert again.code == 6, again
    assert [one["message"] for one in again.report["connections"]] == [
        "this login may not create Account (1): 1 write was not sent"
    ]
    assert desk.run("status", "--json").report["holds"] == [], "it is the login's fault, and no record's"
    desk.stage.salesforce.order("rights", object="Account", create=True, update=True)
    assert desk.run("run").code == 0
    assert desk.stage.salesforce.effects() == {"Account": {"created": 1}}
    assert missing(desk.run("check", "--json").report) == []


@pytest.mark.extended
def test_sx06_a_field_that_may_not_be_edited_is_named_and_stops_only_the_writes_that_need_it(desk: Desk) -> None:
    desk.use_own(BOTH_WAYS.replace("create: {crm: always, books: always}", "create: {crm: always}"))
    for name in ("Acme", "Bolt"):
        desk.contact(name, FirstName="Bea")
    desk.let_through()
    desk.stage.salesforce.order("fls", object="Account", field="Description", read_only=True)
    checked = desk.run("check", "--online", "--json")
    assert checked.code == 0, checked
    assert missing(checked.report) == [
        (f"this login may not {verb} Description of Account (salesforce)", 12) for verb in ("create", "update")
    ]
    rows = desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
    for row, change in zip(rows, ({"FirstName": "Zoe"}, {"Name": "Cole"}), strict=True):
        body = {"Contacts": [{"ContactID": row["ContactID"], **change}]}
        assert desk.stage.xero.http.post("/api.xro/2.0/Contacts", json=body).status_code == 200
    desk.stage.reset()
    ended = desk.run("run", "--json")
    assert ended.code == 6, ended
    assert [one["message"] for one in ended.report["connections"]] == [
        "this login may not update Account.Description (1): 1 write was not sent"
    ]
    assert desk.stage.salesforce.effects() == {"Account": {"updated": 1}}
    desk.stage.salesforce.order("fls", object="Account", field="Description", read_only=False)
    assert desk.run("run").code == 0
    assert desk.stage.salesforce.effects() == {"Account": {"updated": 2}}


@pytest.mark.extended
def test_sx06_what_the_system_never_takes_stays_an_error(desk: Desk) -> None:
    desk.use_own(BOTH_WAYS.replace("Description", "CreatedDate").replace("books.FirstName", "books.UpdatedDateUTC"))
    desk.stage.salesforce.order("rights", object="Account", create=False, update=False)
    ended = desk.run("plan", "--json")
    assert ended.code == 2, ended
    assert "CreatedDate of Account (salesforce) cannot be written" in ended.out + ended.err


@pytest.mark.extended
def test_sx06_a_right_that_is_withdrawn_meanwhile_is_found_out_by_the_next_run(desk: Desk) -> None:
    desk.use_own(BOTH_WAYS)
    desk.contact("Acme", FirstName="Ann")
    desk.let_through()
    desk.stage.salesforce.order("rights", object="Account", create=False)
    desk.contact("Bolt", FirstName="Bea")
    refused = desk.run("run", "--json")
    assert refused.code == 3, "what is kept of the org's objects is younger than a day, so the org itself says no"
    assert [one["class"] for one in refused.report["holds"]] == ["permission"]
    told = desk.run("run", "--json")
    assert told.code == 6, told
    assert "create Account (1)" in told.report["connections"][0]["message"]
    assert desk.run("status", "--json").report["holds"] == []
    desk.stage.salesforce.order("rights", object="Account", create=True)
    assert desk.run("run").code == 0


@pytest.mark.extended
def test_sx01_an_option_that_only_its_adapter_can_judge_is_told_at_its_line(tmp_path: Path) -> None:
    lines = [
        "tieout: 1",
        "mappings: [{use: ./mappings}]",
        "project: acme",
        "store: sqlite:state.db",
        "connections:",
        "  crm:",
        "    adapter: spotlercrm",
        '    credentials: {token: "${env:TOKEN}"}',
        "    options:",
        "      account: acme",
        "      timezone: Europe/Lundon",
    ]
    (tmp_path / "mappings").mkdir()
    (tmp_path / "tieout.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    ended = run_tieout(("check", "--online"), tmp_path, {"TOKEN": "t"})
    assert ended.code == 2
    assert "tieout.yaml:11" in ended.err
    assert "timezone 'Europe/Lundon' is no zone" in ended.err
    assert "write an IANA name" in ended.err
