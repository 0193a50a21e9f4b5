"""Failures as a work list: told with all that a person needs, tried again when something changed, and not before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_running import valid
from system.forked import Ended
from system.northwind.stage import sandbox

MAPPING = """\
mapping: people
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: AccountNumber, books: AccountNumber}
create: {books: always}
fields:
  - {crm: Name, books: Name}
  - {crm: AccountNumber, books: AccountNumber}
  - {crm: Phone, books: Phones.DEFAULT, as: xero_phone, pii: true}
  - {books: EmailAddress, from: crm.Site}
"""
NAME_LINE = "mappings/people.yaml:10:"
PHONE = "+44 20 5550 1234"
BY_NUMBER = """\
  - use: salesforce-xero
    change: {customers: {match: [{crm: AccountNumber, books: AccountNumber}]}}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project of one small mapping, on a sandbox of its own, for these tests write."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.use_own(MAPPING, "guards: {share: 100%}\n")
        yield made


def edit(desk: Desk, id_: str, **fields: object) -> None:
    desk.stage.salesforce.order("edit", object="Account", id=id_, fields=fields)


def through(desk: Desk) -> Ended:
    """Run, let the plan through as the report says, and give what that came to."""
    first = desk.run("run", "--json")
    assert first.code == 5, first
    return desk.run(*first.report["stopped"]["command"].split()[1:], "--json")


def work_list(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = valid("status", desk.run("status", "--json").report)["holds"]
    return [one for one in found if not one["quiet"]]


def names(desk: Desk) -> set[str]:
    return {str(row["Name"]) for row in desk.stage.xero.read("/api.xro/2.0/Contacts")["Contacts"]}


def writes(desk: Desk) -> int:
    """Count the requests that wanted to write to the ledger, refused ones too."""
    return sum(many for call, many in desk.stage.xero.calls().items() if call.split()[0] in {"POST", "PUT"})


def taken(desk: Desk) -> str:
    """Have a customer whose name another contact has already."""
    desk.contact("Brook")
    id_ = desk.account("Brook", "B1", Phone=PHONE)
    ended = through(desk)
    assert ended.code == 3, ended
    return id_


# --- SX-50 ----------------------------------------------------------------------------------------------------------


def test_sx50_a_failure_is_told_with_all_that_a_person_needs(desk: Desk) -> None:
    id_ = desk.account("Acme", "A1", Phone=PHONE)
    assert through(desk).code == 0
    assert desk.run("run").code == 0
    (acme,) = (row for row in desk.stage.xero.read("/api.xro/2.0/Contacts")["Contacts"] if row["Name"] == "Acme")
    desk.contact("Brook")
    edit(desk, id_, Name="Brook", Phone="+44 20 5550 9999")
    ended = desk.run("run", "--json")
    assert ended.code == 3, ended
    (failure,) = valid("run-report", ended.report)["failures"]
    (held,) = work_list(desk)
    for told in (failure, held):
        assert (told["code"], told["class"]) == ("contact-name-taken", "conflict")
        assert {told["record"], told["partner"]} == {f"people/crm:{id_}", f"people/books:{acme['ContactID']}"}
        assert told["message"] == "books refused to update Contact (Name): another record there has it already"
        assert "already assigned" in told["words"] or "unique" in told["words"]
        assert told["at"].startswith(NAME_LINE)
        assert told["ways_out"][0].endswith(f"tieout retry people/crm:{id_}")
        pages = {told["record"]: told["page"], told["partner"]: told["partner_page"]}
        assert pages[f"people/crm:{id_}"] == f"{desk.stage.salesforce.access['url']}/lightning/r/Account/{id_}/view"
        books = pages[f"people/books:{acme['ContactID']}"]
        assert re.search(rf"shortcode=!\w+&.*/Contacts/View/{acme['ContactID']}$", books), books
    text = desk.run("status").out
    assert f"    page: {held['page']}\n" in text
    assert f"    page of {held['partner']}: {held['partner_page']}\n" in text
    assert "contact-name-taken  conflict" in text
    assert f"it says: {held['words']}" in text
    assert f"mapping: {held['at']}" in text
    shown = [ended.out, ended.err, text, desk.run("status", "--json").out, desk.run("run").out]
    numbers = ["5550 1234", "55501234", "5550 9999", "55509999"]  # four digits alone may stand in any digest
    hidden = [*numbers, *desk.stage.secrets.values(), desk.stage.xero.access["access_token"]]
    assert not [word for word in hidden for one in shown if word in one]


@pytest.mark.extended
def test_sx50_what_waits_names_what_it_waits_for(desk: Desk) -> None:
    desk.replace("  - use: mappings/\n", BY_NUMBER)
    desk.contact("Brook")
    account = desk.account("Brook", "B1")
    deal = desk.deal("Tea", account)
    ended = through(desk)
    assert ended.code == 3, ended
    assert desk.run("run", "--json").code in {0, 3}
    found = valid("status", desk.run("status", "--json").report)["holds"]
    (failed,) = [one for one in found if one["code"] == "contact-name-taken"]
    waits = [one for one in found if one["code"] == "blocked"]
    assert {one["record"] for one in waits} == {f"invoices/crm:{deal}"}
    assert {one["blocked_by"] for one in waits} == {f"customers/crm:{account}"}
    assert {one["class"] for one in waits} == {"conflict"}
    assert all("contact-name-taken" in one["message"] for one in waits)
    assert failed["blocks"] == [f"invoices/crm:{deal}"]
    assert f"blocks: invoices/crm:{deal}" in desk.run("status").out


# --- SX-51 ----------------------------------------------------------------------------------------------------------


def test_sx51_corrected_data_succeeds_and_clears_and_the_unchanged_is_not_sent_again(desk: Desk) -> None:
    id_ = taken(desk)
    desk.stage.reset()
    for _ in range(3):
        again = desk.run("run", "--json")
        assert [one["code"] for one in again.report["holds"]] == ["contact-name-taken"]
    assert writes(desk) == 0
    assert again.code == 0, again
    assert (again.report["failures"], again.report["holds"][0]["new"]) == ([], False)

    edit(desk, id_, Name="Brook and Sons")
    mended = desk.run("run", "--json")
    assert mended.code == 0, mended
    assert mended.report["holds"] == []
    assert work_list(desk) == []
    assert "Brook and Sons" in names(desk)
    assert "nothing failed" in desk.run("retry").out


@pytest.mark.extended
def test_sx51_a_corrected_mapping_tries_all_of_its_failures_again(desk: Desk) -> None:
    for number in range(3):
        desk.account(f"Firm {number}", f"F{number}", Site="no address")
    ended = through(desk)
    assert ended.code == 3, ended
    failed = [one for one in ended.report["failures"] if one["code"] == "email-invalid"]
    assert [one["class"] for one in failed] == ["data"] * 3
    assert {one["at"].rpartition(":")[0] for one in failed} == {"mappings/people.yaml:13"}
    desk.replace("  - {books: EmailAddress, from: crm.Site}\n", "", desk.folder / "mappings" / "people.yaml")
    mended = through(desk)
    assert mended.code == 0, mended
    assert mended.report["passes"][0]["ended"] == {"create done": 3}
    assert desk.run("run").code == 0
    assert work_list(desk) == []


@pytest.mark.extended
def test_sx51_another_mapping_tries_once_again_what_it_would_send_as_before(desk: Desk) -> None:
    taken(desk)
    path = desk.folder / "mappings" / "people.yaml"
    desk.replace("create: {books: always}\n", "create: {books: always}\nconflict: crm\n", path)
    desk.stage.reset()
    tried = through(desk)
    assert tried.code == 3, tried
    assert [one["code"] for one in tried.report["failures"]] == ["contact-name-taken"]
    once = writes(desk)
    assert once > 0
    for _ in range(2):
        assert desk.run("run").code == 0
    assert writes(desk) == once


@pytest.mark.extended
def test_sx51_retry_takes_a_code_a_mapping_or_a_record(desk: Desk) -> None:
    id_ = taken(desk)
    assert desk.run("run").code == 0
    wrong = desk.run("retry", "--code", "contact-name-takn")
    assert wrong.code == 2
    assert "did you mean contact-name-taken?" in wrong.err
    for words in (["--code", "contact-name-taken"], ["people"], [f"people/crm:{id_}"], []):
        (again,) = desk.run("retry", *words, "--json").report
        assert (again["record"], again["code"]) == (f"people/crm:{id_}", "contact-name-taken")
        desk.stage.reset()
        assert [one["code"] for one in desk.run("run", "--json").report["failures"]] == ["contact-name-taken"]
        assert writes(desk) > 0


# --- SX-52 ----------------------------------------------------------------------------------------------------------


@pytest.mark.extended
def test_sx52_a_used_up_day_stops_at_once_and_is_not_asked_again_that_day(desk: Desk) -> None:
    desk.account("Acme", "A1")
    desk.stage.xero.order("limits", off=False, day=1, day_used=1)
    desk.stage.reset()
    stopped = desk.run("run", "--json")
    assert stopped.code == 75, stopped
    (fault,) = valid("run-report", stopped.report)["connections"]
    assert (fault["name"], fault["fault"], fault["class"]) == ("xero", "NotNow", "rate")
    used = sum(desk.stage.xero.calls().values())
    assert used <= 2
    again = desk.run("run", "--json")
    assert (again.code, again.report["connections"][0]["class"]) == (75, "rate")
    assert sum(desk.stage.xero.calls().values()) == used
    assert "again at" in again.report["connections"][0]["message"]


@pytest.mark.extended
def test_sx52_a_system_that_is_down_is_tried_again_by_the_next_run(desk: Desk) -> None:
    desk.account("Acme", "A1")
    url = desk.stage.xero.access["url"]
    desk.replace(url, "http://127.0.0.1:9")
    down = desk.run("run", "--json")
    assert down.code == 75, down
    (fault,) = valid("run-report", down.report)["connections"]
    assert (fault["fault"], fault["class"]) == ("Unreachable", "connection")
    desk.replace("http://127.0.0.1:9", url)
    assert through(desk).code == 0
    assert "Acme" in names(desk)


@pytest.mark.extended
def test_sx52_the_moment_of_a_system_is_waited_for_and_nobody_is_asked(desk: Desk) -> None:
    path = desk.folder / "mappings" / "people.yaml"
    desk.replace("create: {books: always}\n", "create: {books: always}\nconflict: books\n", path)
    id_ = desk.account("Acme", "A1")
    assert through(desk).code == 0
    assert desk.run("run").code == 0
    rows = desk.stage.xero.read("/api.xro/2.0/Contacts")["Contacts"]
    (contact,) = (row for row in rows if row["Name"] == "Acme")
    desk.stage.xero.order("edit", object="Contact", id=contact["ContactID"], fields={"Name": "Acme Ltd"})
    desk.stage.salesforce.order("lock", object="Account", id=id_, times=1)
    ended = desk.run("run", "--json")
    assert ended.code == 0, ended
    assert (ended.report["failures"], ended.report["holds"]) == ([], [])
    account = desk.stage.salesforce.read(f"/services/data/v66.0/sobjects/Account/{id_}")
    assert account["Name"] == "Acme Ltd"


@pytest.mark.extended
def test_sx52_a_closed_document_waits_for_a_person(desk: Desk) -> None:
    desk.replace("  - use: mappings/\n", "  - use: salesforce-xero\n")
    deal = desk.deal("Tea", desk.account("Acme", "A1"))
    assert through(desk).code == 0
    assert desk.run("run").code == 0
    (invoice,) = desk.stage.xero.read("/api.xro/2.0/Invoices")["Invoices"]
    desk.stage.xero.order("approve", invoice=invoice["InvoiceID"])
    desk.stage.salesforce.order("edit", object="Opportunity", id=deal, fields={"CloseDate": "2026-11-09"})
    ended = desk.run("run", "--json")
    assert ended.code == 3, ended
    (held,) = [one for one in work_list(desk) if one["code"] == "locked"]
    assert held["class"] == "locked"
    assert {held["record"], held["partner"]} == {f"invoices/crm:{deal}", f"invoices/books:{invoice['InvoiceID']}"}
    assert held["ways_out"]
    desk.stage.reset()
    assert desk.run("run").code == 0
    assert writes(desk) == 0


WAITS = "nothing to do now: 1 record waits for others"


@pytest.mark.extended
def test_sx50_a_plan_of_nothing_says_what_waits_and_what_to_do(desk: Desk) -> None:
    desk.replace("  - use: mappings/\n", BY_NUMBER)
    account = desk.account("Brook", "B1", Type="Prospect")
    deal = desk.deal("Tea", account)
    shown = desk.run("plan").out
    assert f"waits  invoices/crm:{deal} books.Contact.ContactID [blocked]" in shown
    assert f"way out: bring customers/crm:{account} into the scope of customers (where: contains(" in shown
    assert shown.rstrip().endswith(WAITS)
    assert "waits" not in desk.run("plan", "customers").out, "an invoice is nothing of the customers'"
    assert WAITS in desk.run("plan", f"invoices/crm:{deal}").out
    assert f"waits  invoices/crm:{deal}" in desk.run("run").out
    assert "1 waits since earlier" in desk.run("run").out
    status = desk.run("status")
    assert "waiting: 1 for other records" in status.out
    assert status.out.rstrip().endswith("nothing waits for a person")
    desk.stage.salesforce.order("edit", object="Account", id=account, fields={"Type": "Customer - Direct"})
    assert "waits" not in desk.run("plan").out, "both are made by one plan"
