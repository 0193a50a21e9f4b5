"""A login that may not use one object: the mappings that need it are refused by name, the others run (row SX-06)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.northwind.stage import sandbox

PEOPLE = """\
mapping: people
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: Name, books: Name}
create: {books: always}
fields:
  - {books: Name, from: crm.Name}
"""
RECEIPTS = """\
mapping: receipts
version: 1
between:
  crm: {connection: salesforce, object: Product2}
  books: {connection: xero, object: Payment}
match:
  - {crm: ProductCode, books: PaymentID}
create: {crm: always}
fields:
  - {crm: ProductCode, from: books.PaymentID, only: create}
  - {crm: Name, from: books.Reference}
"""
GOODS = (
    RECEIPTS.replace("receipts", "goods")
    .replace("Payment}", "Item}")
    .replace("PaymentID", "Code")
    .replace("books.Reference", "books.Name")
)
SCOPES = "accounting.contacts accounting.invoices accounting.settings"
NO_SCOPE = "this login cannot read Payment: it has neither the scope accounting.payments nor accounting.payments.read"
NO_RIGHT = "this login has no right to Product2"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.use_own(PEOPLE)
        yield made


def barred(report: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    assert all(one["exit_code"] == 6 and one["mend"] for one in report["connections"])
    return [(one["name"], one["object"], one["class"], one["message"]) for one in report["connections"]]


def test_sx06_a_scope_for_one_object_that_is_missing_stops_only_the_mappings_over_it(desk: Desk) -> None:
    (desk.folder / "mappings" / "receipts.yaml").write_text(RECEIPTS, "utf-8")
    desk.replace("grant: custom_connection", f"grant: custom_connection, scopes: {SCOPES}")
    desk.account("Acme", "A1")
    checked = desk.run("check", "--online", "--json")
    assert checked.code == 6, checked
    xero = next(one for one in checked.report["connections"] if one["name"] == "xero")
    told = {(one["severity"], one["code"], one["object"], one["message"]) for one in xero["findings"]}
    assert ("error", "object-forbidden", "Payment", NO_SCOPE) in told
    assert [one for one in told if one[1] == "no-scope" and one[2] == "Payment"] == [], "it is said once"
    planned = desk.run("plan")
    assert planned.code == 6, planned
    assert f"left out  receipts: xero: {NO_SCOPE}" in planned.err
    assert "next: add the scope accounting.payments to options.scopes and to the app" in planned.err
    digest = desk.run("plan", "--json").report["plan"]
    assert desk.run("apply", digest, "--allow", "first-run").code == 6
    desk.account("Bolt", "B1")
    ended = desk.run("run", "--json")
    assert ended.code == 6, ended
    assert barred(ended.report) == [("xero", "Payment", "permission", NO_SCOPE)]
    assert ended.report["refused"] == {"receipts": f"xero: {NO_SCOPE}"}
    assert desk.stage.xero.effects()["Contact"] == {"created": 2}
    assert desk.run("status", "--json").report["holds"] == [], "it is the login's fault, and no record's"
    desk.replace(f"scopes: {SCOPES}", f"scopes: {SCOPES} accounting.payments.read")
    assert desk.run("check", "--online").code == 6, "what counts is what was granted, not what is asked for by now"
    assert desk.run("connect", "xero").code == 0, "the token that is kept has the scopes of before"
    assert desk.run("run").code == 0


@pytest.mark.extended
def test_sx06_an_object_that_the_login_does_not_see_stops_only_the_mappings_over_it(desk: Desk) -> None:
    (desk.folder / "mappings" / "goods.yaml").write_text(GOODS, "utf-8")
    desk.account("Acme", "A1")
    desk.stage.salesforce.order("rights", object="Product2", read=False)
    checked = desk.run("check", "--online", "--json")
    assert checked.code == 6, checked
    look = next(one for one in checked.report["connections"] if one["name"] == "salesforce")
    assert look["fault"] is None
    assert [(one["object"], one["message"]) for one in look["findings"] if one["code"] == "object-forbidden"] == [
        ("Product2", NO_RIGHT)
    ]
    assert NO_RIGHT in desk.run("check", "--online").out
    refused = desk.run("plan", "goods")
    assert (refused.code, "the mapping goods can't run now: salesforce: " + NO_RIGHT in refused.err) == (6, True)
    assert "Object Settings, Product2" in refused.err
    digest = desk.run("plan", "--json").report["plan"]
    assert desk.run("apply", digest, "--allow", "first-run").code == 6
    assert desk.stage.xero.effects() == {"Contact": {"created": 1}}
    ended = desk.run("run", "--json")
    assert ended.code == 6, ended
    assert barred(ended.report) == [("salesforce", "Product2", "permission", NO_RIGHT)]
    assert ended.report["refused"] == {"goods": f"salesforce: {NO_RIGHT}"}
    described = desk.run("describe", "salesforce", "Product2")
    assert (described.code, NO_RIGHT in described.err) == (6, True), described
    verified = desk.run("verify", "--json")
    assert (verified.code, [*verified.report["refused"]]) == (6, ["goods"]), verified
    desk.stage.salesforce.order("rights", object="Product2", read=True)
    assert desk.run("check", "--online").code == 0
    assert desk.run("run").code == 0


@pytest.mark.extended
def test_sx06_a_right_that_is_withdrawn_between_two_runs_stops_only_the_mappings_over_it(desk: Desk) -> None:
    (desk.folder / "mappings" / "goods.yaml").write_text(GOODS, "utf-8")
    desk.account("Acme", "A1")
    desk.let_through()
    desk.stage.salesforce.order("rights", object="Product2", read=False)
    for name in ("Bolt", "Cole"):
        desk.account(name, name)
        ended = desk.run("run", "--json")
        assert (ended.code, [*ended.report["refused"]]) == (6, ["goods"]), ended
        assert [found[:3] for found in barred(ended.report)] == [("salesforce", "Product2", "permission")]
    assert desk.stage.xero.effects()["Contact"] == {"created": 3}
    desk.stage.salesforce.order("rights", object="Product2", read=True)
    assert desk.run("run").code == 0


@pytest.mark.extended
def test_sx06_an_optional_mapping_over_what_the_login_does_not_see_is_left_out(desk: Desk) -> None:
    optional = GOODS.replace("version: 1\n", "version: 1\noptional: true\n")
    (desk.folder / "mappings" / "goods.yaml").write_text(optional, "utf-8")
    desk.account("Acme", "A1")
    desk.stage.salesforce.order("rights", object="Product2", read=False)
    planned = desk.run("plan")
    assert planned.code == 0, planned
    assert "the mapping goods is left out here" in planned.err


@pytest.mark.extended
def test_sx03_a_mapping_that_is_named_while_its_connection_is_refused_ends_as_a_run_does(desk: Desk) -> None:
    wrong = {"XERO_CLIENT_SECRET": "wrong-wrong-wrong"}
    codes = [desk.run(*words, env=wrong).code for words in (("run",), ("plan", "people"), ("verify", "people"))]
    assert codes == [6, 6, 6]
    assert "then: tieout connect xero" in desk.run("match", "people", env=wrong).err


@pytest.mark.extended
def test_t06_sx53_what_the_login_does_not_see_is_left_and_named_and_the_rest_is_taken_back(desk: Desk) -> None:
    (desk.folder / "mappings" / "goods.yaml").write_text(GOODS, "utf-8")
    desk.account("Acme", "A1")
    desk.let_through()
    desk.account("Bolt", "B1")
    desk.stage.xero.http.put("/api.xro/2.0/Items", json={"Items": [{"Code": "X1", "Name": "Chair"}]})
    run = desk.run("run", "--json").report["run"]
    assert desk.stage.salesforce.effects()["Product2"] == {"created": 1}
    desk.stage.salesforce.order("rights", object="Product2", read=False)
    planned = desk.run("undo", run, "--json")
    assert planned.code == 6, planned
    assert [(one["do"], one["source"].partition("/")[0]) for one in planned.report["operations"]] == [
        ("archive in books", "people")
    ]
    (left,) = planned.report["left"]
    assert left["record"].startswith("goods/crm:")
    assert left["why"].startswith("it can't be read now: salesforce: this login cannot read what a mapping uses:")
    assert left["ways_out"][-1] == f"tieout undo {run} again, once it can be read"
    shown = desk.run("undo", run)
    assert (shown.code, "left out  goods: salesforce refuses Product2" in shown.err) == (6, True), shown
    assert "next: tieout check --online" in shown.err
    applied = desk.run("apply", planned.report["plan"], "--allow", "deletes")
    assert applied.code == 0, "the plan is carried out as a whole, and says itself what it leaves"
    verified = desk.run("verify")
    assert verified.code == 6, verified
    assert "left out  goods: salesforce refuses Product2" in verified.out
    assert "people  1 links compared" in verified.out
    assert "what is left out could not be read" in verified.out
    desk.stage.salesforce.order("rights", object="Product2", read=True)
    again = desk.run("undo", run, "--json")
    assert (again.code, [one["do"] for one in again.report["operations"]]) == (0, ["delete in crm"]), again


OWNERS = (
    PEOPLE.replace("people", "owners").replace("Contact}", "Item}")
    + "  - {books: Code, from: crm.AccountNumber}\n  - {books: Description, from: crm.Owner.Name}\n"
)


@pytest.mark.extended
def test_sx06_a_mapping_that_reads_through_what_the_login_does_not_see_lacks_a_right(desk: Desk) -> None:
    (desk.folder / "mappings" / "owners.yaml").write_text(OWNERS, "utf-8")
    desk.account("Acme", "A1")
    assert desk.run("check", "--online").code == 0
    desk.stage.salesforce.order("rights", object="User", read=False)
    checked = desk.run("check", "--online")
    assert checked.code == 6, checked
    assert "error[object-forbidden]  Owner.Name of Account (salesforce) is read through User" in checked.out
    assert "permission set in Salesforce: Object Settings" in checked.out
    assert desk.run("check").code == 6, "by what is kept of the describe"
    ended = desk.run("run", "--json")
    assert ended.code == 6, ended
    assert barred(ended.report) == [("salesforce", "User", "permission", "this login has no right to User")]
    assert ended.report["refused"] == {"owners": "salesforce: this login has no right to User"}
    (stopped,) = [ended.report["stopped"]]
    assert desk.run(*stopped["command"].split()[1:]).code == 6
    assert desk.stage.xero.effects() == {"Contact": {"created": 1}}, "the other mapping runs"
    desk.stage.salesforce.order("rights", object="User", read=True)
    assert desk.run("run").code in {0, 5}, "the right is asked for anew, and given"
    misspelt = desk.folder / "mappings" / "owners.yaml"
    desk.replace("crm.Owner.Name", "crm.Owner.Nmae", misspelt)
    wrong = desk.run("check", "--online")
    assert wrong.code == 2, wrong
    assert "it is misspelt, or the login has no right to it" in wrong.out
    assert "tieout describe salesforce Account lists what it sees" in wrong.out
