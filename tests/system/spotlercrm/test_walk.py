"""A first walk between SpotlerCRM and Xero at the command line: accounts are contacts, whoever makes or edits them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from system.cli.test_running import valid
from system.spotlercrm.office import Office

CUSTOMERS = """\
mapping: customers
version: 1

between:
  crm: {connection: spotlercrm, object: accounts}
  books: {connection: xero, object: Contact}

match:
  - {crm: ledgercode, books: AccountNumber}
  - all:
      - {crm: name, books: Name, compare: company_name}
      - {crm: addresspostcode/zip, books: Addresses.POBOX.PostalCode, compare: postcode}

create: {books: always, crm: always}
delete: {books: {do: archive}, crm: keep}
conflict: newest
on_link: crm

fields:
  - {crm: name, books: Name, as: xero_name}
  - {crm: ledgercode, books: AccountNumber}
  - {crm: addresscity, books: Addresses.POBOX.City}
  - {crm: addresscounty/state, books: Addresses.POBOX.Region}
  - {crm: addresspostcode/zip, books: Addresses.POBOX.PostalCode}
  - {crm: phone, books: Phones.DEFAULT, as: xero_phone, pii: true}
"""


@pytest.fixture
def project(firm: Office) -> Office:
    firm.write(customers=CUSTOMERS)
    return firm


def pobox(row: dict[str, object]) -> dict[str, object]:
    addresses = row["Addresses"]
    assert isinstance(addresses, list)
    (found,) = [one for one in addresses if one["AddressType"] == "POBOX"]
    return dict(found)


def by_name(rows: dict[str, dict[str, object]], key: str) -> dict[object, dict[str, object]]:
    return {row[key]: row for row in rows.values()}


def test_accounts_and_contacts_become_each_other_and_rest(project: Office) -> None:
    project.crm.make("accounts", name="Acme Ltd", ledgercode="ACME", **{"addresscounty/state": "Kent"})
    project.books.contact("Zenith GmbH", AccountNumber="ZEN")
    project.crm.make("accounts", name="Both Ltd", **{"addresspostcode/zip": "N1 9GU"})
    project.books.contact(
        "BOTH LIMITED", AccountNumber="BOTH", Addresses=[{"AddressType": "POBOX", "PostalCode": "N19GU"}]
    )

    project.let_through()

    accounts, contacts = by_name(project.crm.rows("accounts"), "name"), by_name(project.books.rows(), "Name")
    assert set(accounts) == set(contacts) == {"Acme Ltd", "Zenith GmbH", "Both Ltd"}
    assert contacts["Acme Ltd"]["AccountNumber"] == "ACME"
    assert pobox(contacts["Acme Ltd"])["Region"] == "Kent"
    assert accounts["Zenith GmbH"]["ledgercode"] == "ZEN"
    assert accounts["Zenith GmbH"]["tieoutkey"]
    assert accounts["Both Ltd"]["ledgercode"] == "BOTH"
    project.quiet()


@pytest.mark.extended
def test_sx20_px20_a_change_on_either_side_travels_and_sends_what_changed_alone(project: Office) -> None:
    acme = project.crm.make("accounts", name="Acme Ltd", ledgercode="ACME", phone="+44 20 7946 0958")
    project.let_through()
    (contact,) = project.books.rows()
    project.crm.order("counters/reset")

    project.books.edit(contact, Addresses=[{"AddressType": "POBOX", "City": "Leeds"}])
    assert project.run("run").code == 0
    assert project.crm.rows("accounts")[acme]["addresscity"] == "Leeds"
    project.crm.edit("accounts", acme, **{"addresspostcode/zip": "LS1 4DY"})
    assert project.run("run").code == 0
    assert pobox(project.books.rows()[contact])["PostalCode"] == "LS1 4DY"

    counted = project.crm.order("counters")
    assert counted["effects"]["accounts"] == {"updated": 2}
    assert counted["calls"]["PATCH /accounts/ID"] == 1
    assert "POST /accounts" not in counted["calls"]
    project.quiet()


@pytest.mark.extended
def test_a_run_without_changes_costs_a_call_for_the_account_and_one_for_its_records(project: Office) -> None:
    for number in range(3):
        project.crm.make("accounts", name=f"Account {number}")
    project.let_through()
    project.quiet()
    project.crm.order("counters/reset")
    assert project.run("run").code == 0
    calls = project.crm.order("counters")["calls"]
    assert calls == {"GET /accounts": Decimal(2)}


def test_a_deleted_account_archives_its_contact_only_when_a_full_read_proved_it(project: Office) -> None:
    acme = project.crm.make("accounts", name="Acme Ltd", ledgercode="ACME")
    project.crm.make("accounts", name="Zenith Ltd", ledgercode="ZEN")
    project.let_through()
    project.crm.order("delete", object="accounts", id=acme)

    assert project.run("run", "--json").code == 0
    assert {row["ContactStatus"] for row in project.books.rows().values()} == {"ACTIVE"}

    stopped = project.run("run", "--full", "--json")
    assert stopped.code == 5, stopped
    applied = project.run(*stopped.report["stopped"]["command"].split()[1:])
    assert applied.code == 0, applied
    assert by_name(project.books.rows(), "Name")["Acme Ltd"]["ContactStatus"] == "ARCHIVED"
    assert by_name(project.books.rows(), "Name")["Zenith Ltd"]["ContactStatus"] == "ACTIVE"


@pytest.mark.extended
@pytest.mark.parametrize("status", [403, 404])
def test_accounts_outside_the_plan_stop_the_mapping_and_delete_nothing(project: Office, status: int) -> None:
    project.crm.make("accounts", name="Acme Ltd")
    project.let_through()
    project.crm.order("plan", object="accounts", status=status)
    ended = project.run("run", "--full", "--json")
    assert ended.code == 6, ended
    assert {row["ContactStatus"] for row in project.books.rows().values()} == {"ACTIVE"}


def test_sx03_check_online_tells_the_account_and_the_days_until_the_token_dies(project: Office) -> None:
    ended = project.run("check", "--online", "--json")
    assert ended.code == 0, ended
    (look,) = [one for one in ended.report["connections"] if one["name"] == "spotlercrm"]
    assert look["organisation"]["id"] == "office"
    found = {one["code"]: one["message"] for one in look["findings"]}
    end = datetime.now(UTC) + timedelta(days=365)
    assert f"ends on {end:%Y-%m-}" in found["token-ends"]
    assert "in 36" in found["token-ends"]
    assert "account-unproved" in found


@pytest.mark.extended
@pytest.mark.parametrize("order", ["expire", "revoke"])
def test_px01_a_token_that_was_ended_on_the_other_side_needs_a_person(project: Office, order: str) -> None:
    project.crm.make("accounts", name="Acme Ltd")
    project.let_through()
    project.crm.order(order)
    for words in (("run",), ("check", "--online"), ("connect", "spotlercrm")):
        ended = project.run(*words)
        assert ended.code == 6, ended
        assert "Settings, Integrations, API V4" in ended.out + ended.err
        assert project.crm.access["access_token"] not in ended.out + ended.err
        assert "no problem" not in ended.out
    shown = project.run("status")
    assert "spotlercrm refused since" in shown.out
    assert "next: tieout connect spotlercrm" in shown.out
    assert "nothing waits for a person" not in shown.out
    assert [one["state"] for one in valid("status", project.run("status", "--json").report)["barred"]] == ["refused"]


@pytest.mark.extended
def test_px01_reconnecting_to_another_account_is_refused_and_nothing_is_written(project: Office) -> None:
    ourselves = project.crm.make("accounts", name="Ourselves")
    yaml = project.folder / "tieout.yaml"
    text = yaml.read_text("utf-8").replace("account: office,", f"account: office, witness: accounts/{ourselves},")
    yaml.write_text(text, "utf-8")
    project.let_through()
    assert "is connected to office" in project.run("connect", "spotlercrm").out
    yaml.write_text(text.replace(f"accounts/{ourselves}", "accounts/95950731"), "utf-8")
    project.crm.make("accounts", name="Not seen")
    for words in (("connect", "spotlercrm"), ("run",)):
        ended = project.run(*words)
        assert ended.code == 6, ended
        assert "does not find accounts 95950731" in ended.out + ended.err
    assert {row["Name"] for row in project.books.rows().values()} == {"Ourselves"}


@pytest.mark.extended
def test_sx02_a_token_is_stored_encrypted_and_used_by_its_name(project: Office) -> None:
    yaml = project.folder / "tieout.yaml"
    yaml.write_text(yaml.read_text("utf-8").replace("${env:SPOTLERCRM_TOKEN}", "${secret:spotler}"), "utf-8")
    token = project.crm.access["access_token"]
    assert project.run("connect", "--secret", "spotler", stdin=token).code == 0
    told = project.run("connect", "spotlercrm")
    assert told.code == 0, told
    assert "is connected to office" in told.out
    files = [path for path in (project.folder / ".tieout").rglob("*") if path.is_file()]
    assert files
    assert not any(token.encode() in path.read_bytes() for path in files)


def test_describe_and_adapters_and_help_know_spotlercrm(project: Office) -> None:
    described = project.run("describe", "spotlercrm", "accounts")
    assert described.code == 0, described
    assert "addresspostcode/zip" in described.out
    assert "lost creates can be found; our key in tieoutkey; deletions: known by complete reads" in described.out
    assert "opportunity_lines" in project.run("describe", "spotlercrm").out
    assert "access token" in project.run("adapters", "spotlercrm").out
    assert "labelled Ledger Code or Account Code" in project.run("help", "ledger-code-missing").out


@pytest.mark.extended
def test_a_ledger_code_that_is_called_otherwise_is_no_field_to_be_dropped(project: Office) -> None:
    project.crm.order("field/remove", object="accounts", field="ledgercode")
    project.crm.order("field/add", object="accounts", label="Ledger Kode")
    ended = project.run("check", "--online")
    assert ended.code == 2, ended
    assert "ledgerkode" in ended.out
    project.crm.order("field/add", object="accounts", label="Account Code")
    assert project.run("check", "--online").code == 0


@pytest.mark.extended
def test_px01_a_fixed_token_is_forgotten_here_and_a_person_ends_it_there(project: Office) -> None:
    yaml = project.folder / "tieout.yaml"
    yaml.write_text(yaml.read_text("utf-8").replace("${env:SPOTLERCRM_TOKEN}", "${secret:spotler}"), "utf-8")
    token = project.crm.access["access_token"]
    assert project.run("connect", "--secret", "spotler", stdin=token).code == 0
    assert project.run("connect", "spotlercrm").code == 0
    (row,) = [one for one in project.run("audit", "access", "--json").report if one["connection"] == "spotlercrm"]
    assert (row["grant"], row["expires"] > row["used"]) == ("a fixed token", True)
    ended = project.run("disconnect", "spotlercrm")
    assert ended.code == 0, ended
    assert "${secret:spotler} forgotten" in ended.out
    assert "Settings, Integrations, API V4, revoke the access token" in ended.out
    stopped = project.run("run")
    assert stopped.code == 6, stopped
    assert "tieout connect spotlercrm" in stopped.out + stopped.err
    assert project.run("connect", "--secret", "spotler", stdin=token).code == 0
    assert project.run("run").code == 6, "a secret alone connects nothing"
    assert project.run("connect", "spotlercrm").code == 0
    assert project.run("plan").code == 0
