"""retry: what a system refused goes again once its cause is mended, and not before."""

from __future__ import annotations

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


def name_of(desk: Desk, contact: str) -> str:
    rows = desk.stage.xero.http.get(f"/api.xro/2.0/Contacts/{contact}").json()["Contacts"]
    return str(rows[0]["Name"])


@pytest.mark.extended
def test_what_was_refused_goes_again_once_its_cause_is_mended(desk: Desk) -> None:
    account = desk.account("Acme", "A1")
    desk.let_through()
    assert desk.run("run").code == 0
    acme = str(desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"][0]["ContactID"])
    brook = desk.contact("Brook", AccountNumber="B1")
    desk.stage.salesforce.order("edit", object="Account", id=account, fields={"Name": "Brook"})
    refused = desk.run("run", "--json")
    assert refused.code == 3, refused
    (held,) = refused.report["holds"]
    assert held["code"] == "contact-name-taken"
    assert any("tieout retry" in way for way in held["ways_out"])

    desk.stage.xero.order("edit", object="Contact", id=brook, fields={"Name": "Brook and Sons"})
    assert desk.run("run").code == 0
    assert name_of(desk, acme) == "Acme"

    wrong = desk.run("retry", "customers/crm:001")
    assert wrong.code == 2
    assert f"customers/crm:{account}" in wrong.err
    (again,) = desk.run("retry", f"customers/crm:{account}", "--json").report
    assert again["code"] == "contact-name-taken"
    ended = desk.run("run", "--json")
    assert ended.code == 0, ended
    assert ended.report["holds"] == []
    assert name_of(desk, acme) == "Brook"
    assert "nothing failed" in desk.run("retry").out
    assert desk.run("audit", "verify").code == 0


@pytest.mark.extended
def test_what_ended_is_asked_about_in_the_same_run(desk: Desk) -> None:
    always = "  - use: salesforce-xero\n    change: {products: {create: {books: always}}}\n"
    desk.replace("  - use: salesforce-xero\n", always)
    desk.account("Acme", "A1")
    desk.let_through()
    assert desk.run("run").code == 0
    made = desk.stage.salesforce.http.post(
        "/services/data/v66.0/sobjects/Product2", json={"Name": "Tea", "ProductCode": "TEA", "IsActive": True}
    )
    assert made.status_code == 201, made.text
    assert desk.run("run").code == 0
    (item,) = desk.stage.xero.http.get("/api.xro/2.0/Items").json()["Items"]
    assert desk.stage.xero.http.delete(f"/api.xro/2.0/Items/{item['ItemID']}").status_code == 204
    ended = desk.run("run", "--json")
    assert ended.code == 3, ended
    assert [one["code"] for one in ended.report["reviews"]] == ["create"]


@pytest.mark.extended
def test_t07_a_field_that_is_rewritten_freezes_is_shown_and_thaws(desk: Desk) -> None:
    account = desk.account("Acme", "A1")
    desk.account("Brook", "B1")
    desk.let_through()
    assert desk.run("run").code == 0
    (acme,) = (row["ContactID"] for row in desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
               if row["Name"] == "Acme")  # fmt: skip
    sides = (
        (desk.stage.salesforce, {"object": "Account", "id": account}, "Acme Left"),
        (desk.stage.xero, {"object": "Contact", "id": acme}, "Acme Right"),
    )
    codes = []
    for _ in range(4):
        for system, record, name in sides:
            system.order("edit", **record, fields={"Name": name})
            codes.append(desk.run("run", "--json").code)
    assert codes.count(3) == 1, "it is news once"
    (held,) = desk.run("status", "--json").report["holds"]
    assert (held["code"], held["rule"]) == ("frozen", "crm.Name=books.Name")
    assert "Acme Left" in held["message"]
    assert "Acme Right" in held["message"]
    (again,) = desk.run("retry", held["record"], "--json").report
    assert again["code"] == "frozen"
    ended = desk.run("run", "--json")
    assert (ended.code, ended.report["holds"]) == (0, [])
    crm = desk.stage.salesforce.http.get(f"/services/data/v66.0/sobjects/Account/{account}").json()["Name"]
    assert crm == name_of(desk, acme)
    assert desk.run("audit", "verify").code == 0
    assert desk.run("audit", "replay", "--compare").code == 0
