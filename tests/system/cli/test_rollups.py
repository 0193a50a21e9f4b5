"""Figures on the account: what the ledger's invoices come to, from the command line to the wire."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import invoiced, pay, query, set_status
from system.northwind.stage import sandbox

FIGURES = """\
    change:
      customers:
        rollups:
          owed:
            of: {books: Invoice}
            by: Contact.ContactID
            where: item.Type == 'ACCREC' && item.Status == 'AUTHORISED'
            sum: item.AmountDue
            per: item.CurrencyCode
          invoices: {of: {books: Invoice}, by: Contact.ContactID, where: item.Status != 'DRAFT', count: true}
        fields:
          - {crm: Description, from: rollup.owed, as: money_text}
          - {crm: NumberOfEmployees, from: rollup.invoices}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project whose accounts show figures, on a sandbox of its own, with one customer in both systems."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.yaml.write_text(made.yaml.read_text("utf-8") + FIGURES, "utf-8")
        made.account("Acme", "A1")
        made.let_through()
        yield made


def account(desk: Desk) -> dict[str, Any]:
    (row,) = query(
        desk, "SELECT Id, Description, NumberOfEmployees, Xero_Last_Invoice__c, Xero_Total_Sales__c FROM Account"
    )
    return row


def due(desk: Desk, *invoices: str) -> str:
    """Give by hand what is still to be paid of these."""
    rows = [desk.stage.xero.read(f"/api.xro/2.0/Invoices/{one}")["Invoices"][0] for one in invoices]
    return f"GBP {sum((Decimal(str(row['AmountDue'])) for row in rows), Decimal()):,.2f}"


def credited(desk: Desk, amount: int) -> None:
    """Credit the customer as the bookkeeper does, approved at once."""
    (contact,) = desk.stage.xero.http.get("/api.xro/2.0/Contacts?page=1").json()["Contacts"]
    line = {"Description": "Regret", "Quantity": 1, "UnitAmount": amount, "AccountCode": "200"}
    note = {"Type": "ACCRECCREDIT", "Status": "AUTHORISED", "Date": "2026-11-20", "LineAmountTypes": "Exclusive"}
    body = {**note, "Contact": {"ContactID": contact["ContactID"]}, "LineItems": [line]}
    answer = desk.stage.xero.http.put("/api.xro/2.0/CreditNotes", json=body)
    assert answer.status_code == 200, answer.text


def sales(desk: Desk) -> tuple[str | None, str | None]:
    """Give what the pack itself shows of an account: the last invoice, and what was sold."""
    row = account(desk)
    return row["Xero_Last_Invoice__c"], row["Xero_Total_Sales__c"]


@pytest.mark.extended
def test_px22_what_an_account_owes_follows_its_invoices(desk: Desk) -> None:
    assert desk.run("run").code in {0, 3}
    assert (account(desk)["Description"], account(desk)["NumberOfEmployees"]) == (None, 0)
    _, first = invoiced(desk, "One")
    _, second = invoiced(desk, "Two")
    assert account(desk)["Description"] is None, "drafts are owed by nobody"
    for one in (first, second):
        set_status(desk, one, "AUTHORISED")
    ended = desk.run("run", "--json")
    assert ended.code in {0, 3}, ended
    assert account(desk)["Description"] == due(desk, first, second)
    assert account(desk)["NumberOfEmployees"] == 2
    assert sales(desk) == ("2026-11-02", "GBP 200.00"), "two deals of 100, without tax"
    pay(desk, first, 30)
    credited(desk, 15)
    assert desk.run("run").code in {0, 3}
    assert account(desk)["Description"] == due(desk, first, second)
    assert sales(desk) == ("2026-11-02", "GBP 185.00")
    set_status(desk, second, "VOIDED")
    assert desk.run("run").code in {0, 3}
    assert sales(desk) == ("2026-11-02", "GBP 85.00")
    assert account(desk)["Description"] == due(desk, first)
    again = desk.run("plan", "--json")
    assert again.report["operations"] == []
    log = desk.run("audit", "log", "--kind", "settled", "--json").report
    told = [one["about"].get("evidence", {}).get("crm.Description") for one in log]
    assert {"records of rollup.owed": "2"} in told


IN_POUNDS = """\
    change:
      customers:
        rollups:
          owed:
            of: {books: Invoice}
            by: Contact.ContactID
            where: item.Type == 'ACCREC' && item.Status == 'AUTHORISED'
            sum: item.AmountDue
            in: GBP
          asked: {of: {crm: Opportunity}, by: AccountId, where: "!item.IsClosed", sum: item.Amount, in: GBP}
        fields:
          - {crm: Description, from: rollup.owed, as: money_text}
          - {crm: Site, from: rollup.asked, as: money_text}
rates: {chain: [document, {file: rates.csv}]}
"""


def posted(desk: Desk, contact: str, code: str, amount: int, **more: Any) -> None:
    """Post an invoice as the bookkeeper does, without tax."""
    line = {"Description": "Tea", "Quantity": 1, "UnitAmount": amount, "AccountCode": "200", "TaxType": "NONE"}
    body = {"Type": "ACCREC", "Status": "AUTHORISED", "Date": "2026-11-20", "DueDate": "2026-12-20",
            "CurrencyCode": code, "Contact": {"ContactID": contact}, "LineItems": [line], **more}  # fmt: skip
    answer = desk.stage.xero.http.put("/api.xro/2.0/Invoices", json=body)
    assert answer.status_code == 200, answer.text


@pytest.mark.extended
def test_px22_amounts_in_several_currencies_are_added_in_one_each_at_its_own_rate(tmp_path: Path) -> None:
    with sandbox() as running:
        desk = Desk(tmp_path, running)
        desk.write()
        desk.yaml.write_text(desk.yaml.read_text("utf-8") + IN_POUNDS, "utf-8")
        rates = desk.folder / "rates.csv"
        rates.write_text("date,currency,base,rate\n2026-11-02,EUR,GBP,1.25\n2026-11-20,EUR,GBP,9.99\n", "utf-8")
        id_ = desk.account("Acme", "A1")
        desk.let_through()
        (contact,) = desk.stage.xero.http.get("/api.xro/2.0/Contacts?page=1").json()["Contacts"]
        posted(desk, contact["ContactID"], "GBP", 10)
        posted(desk, contact["ContactID"], "EUR", 117, CurrencyRate=1.30)
        posted(desk, contact["ContactID"], "EUR", 100, CurrencyRate=1.60)
        desk.deal("Perhaps", id_, StageName="Prospecting", CurrencyIsoCode="EUR", Amount=100)
        desk.deal("Likely", id_, StageName="Prospecting", CurrencyIsoCode="GBP", Amount=7)
        assert desk.run("run").code == 0

        def shown() -> tuple[str, str]:
            (row,) = query(desk, "SELECT Description, Site FROM Account")
            return row["Description"], row["Site"]

        assert shown() == ("GBP 162.50", "GBP 87.00"), "10 + 117/1.30 + 100/1.60 by their documents; 100/1.25 + 7"
        desk.deal("Too late", id_, StageName="Prospecting", CurrencyIsoCode="NOK", Amount=50)
        ended = desk.run("run", "--json")
        assert ended.code == 3, ended
        (hold,) = ended.report["holds"]
        assert (hold["record"], hold["code"]) == (f"customers/crm:{id_}", "no-rate")
        assert "NOK" in hold["message"]
        assert shown() == ("GBP 162.50", "GBP 87.00"), "a sum of which a part has no rate is not written"
        rates.write_text(f"{rates.read_text('utf-8')}2026-11-02,NOK,GBP,12.50\n", "utf-8")
        assert desk.run("run").code == 0
        assert shown() == ("GBP 162.50", "GBP 91.00")
