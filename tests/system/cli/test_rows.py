"""Rows that need no more than what is there already: soon on the other side, every value explained, nothing secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.cli.desk import Desk
from system.cli.test_running import valid
from system.northwind.stage import sandbox

SECRETS = ("SF_CLIENT_SECRET", "XERO_CLIENT_SECRET")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def test_sx21_sx62_a_change_is_there_after_one_poll_and_nothing_secret_is_anywhere(desk: Desk) -> None:
    one = desk.account("Acme", "A1")
    desk.let_through()
    assert desk.run("run").code == 0  # number and link come back
    assert valid("run-report", desk.run("run", "--json").report)["latency"] is None
    desk.stage.salesforce.order("edit", object="Account", id=one, fields={"BillingCity": "Lisbon"})
    ended = desk.run("run", "--json", "-vv")
    latency = valid("run-report", ended.report)["latency"]
    assert latency["changes"] == 1
    assert 0 <= latency["longest_seconds"] < 60
    (contact,) = desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
    assert "Lisbon" in {address.get("City") for address in contact["Addresses"]}

    shown = ended.out + ended.err + desk.run("audit", "log").out + desk.run("status", "--json").out
    kept = b"".join(path.read_bytes() for path in (desk.folder / ".tieout").rglob("*") if path.is_file())
    tokens = [line for line in shown.split() if line.startswith("Bearer")]
    assert tokens == []
    for name in SECRETS:
        secret = desk.stage.secrets[name]
        assert secret not in shown
        assert secret.encode() not in kept


@pytest.mark.extended
def test_sx32_every_value_of_an_invoice_names_its_line_and_what_is_missing_is_told(desk: Desk) -> None:
    account = desk.account("Acme", "A1")
    deal = desk.deal("One", account)
    plan = desk.run("plan", f"customers/crm:{account}", f"invoices/crm:{deal}", "--json").report
    (invoice,) = [one for one in plan["operations"] if one["source"] == f"invoices/crm:{deal}"]
    lines = {name: one["at"] for name, one in invoice["fields"].items()}
    assert all(at.partition(":")[0].endswith("invoices.yaml") for at in lines.values())
    assert {"books.Status", "books.Contact.ContactID", "books.DueDate"} <= set(lines)
    origins = {name: one["from"] for name, one in invoice["fields"].items()}
    assert origins["books.Contact.ContactID"] == "crm.AccountId"
    assert origins["books.Status"] == "constant"
    assert origins["books.Reference"] == "first of crm.Order_Number__c, crm.Name"
    assert invoice["lists"]["books.LineItems"]["from"]["Quantity"] == "crm.Quantity"
    assert "note" not in invoice["fields"]["books.Status"], "the note is about changes"
    text = desk.run("plan", f"invoices/crm:{deal}", f"customers/crm:{account}").out
    assert "GBP  from crm.CurrencyIsoCode\n" in text
    assert "ACCREC  constant\n" in text

    (desk.folder / "mappings").mkdir(exist_ok=True)
    bare = desk.folder / "mappings" / "bare.yaml"
    bare.write_text(
        "mapping: bare\nversion: 1\nbetween:\n  crm: {connection: salesforce, object: Product2}\n"
        "  books: {connection: xero, object: Invoice}\ncreate: {books: always}\nfields:\n"
        "  - {books: Reference, from: crm.Name}\n",
        "utf-8",
    )
    desk.replace("mappings:\n", "mappings:\n  - use: mappings/\n")
    told = desk.run("check", "--online")
    assert told.code == 2
    assert "required-without-source" in told.out + told.err


@pytest.mark.extended
def test_sx31_a_named_record_of_which_nothing_is_planned_says_why(desk: Desk) -> None:
    account = desk.account("Acme", "A1")
    open_ = desk.deal("Open", account, StageName="Prospecting")
    nobody = desk.deal("Nobody", "", AccountId=None)
    desk.let_through()
    assert desk.run("run").code == 0  # number and link come back

    shown = desk.run("plan", f"invoices/crm:{open_}", f"invoices/crm:{nobody}", f"customers/crm:{account}").out
    assert f"invoices/crm:{open_}: `create` of books says never for it: crm.IsWon" in shown
    assert "[check-failed]  The deal has no account" in shown
    assert f"customers/crm:{account}: it and customers/books:" in shown

    outside = desk.run("plan", f"credit_notes/crm:{open_}", "--create").out
    assert f"credit_notes/crm:{open_}: no partner is made of it: it is outside the mapping: `where` of crm" in outside
