"""Quotes and credit notes through the command line, by mappings of the project beside the pack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import made, query
from system.northwind.stage import sandbox

QUOTES = """\
mapping: quotes
version: 1
between:
  crm: {connection: salesforce, object: Quote}
  books: {connection: xero, object: Quote}
create: {books: always, crm: never}
update: {books: {when: books.Status == 'DRAFT', otherwise: hold}}
fields:
  - {books: Contact.ContactID, from: crm.Opportunity.AccountId, link: customers}
  - {books: Status, value: DRAFT, only: create}
  - {books: Title, from: crm.Name}
  - {books: Date, from: crm.CreatedDate, as: date, only: create}
  - {books: ExpiryDate, from: crm.ExpirationDate}
  - {books: CurrencyCode, from: crm.CurrencyIsoCode}
  - {books: LineAmountTypes, value: EXCLUSIVE, only: create}
lists:
  - books: LineItems
    from: crm.QuoteLineItems
    key: {crm: Id, books: LineItemID}
    fields:
      - {books: Description, from: crm.Product2.Name}
      - {books: Quantity, from: crm.Quantity}
      - {books: UnitAmount, from: crm.UnitPrice, as: money}
      - {books: DiscountRate, from: crm.Discount}
      - {books: AccountCode, value: '200'}
"""
CREDITS = """\
mapping: credit_notes
version: 1
between:
  crm: {connection: salesforce, object: Opportunity, where: "crm.Amount < `0`"}
  books: {connection: xero, object: CreditNote, where: books.Type == 'ACCRECCREDIT'}
create: {books: {when: crm.IsWon}, crm: never}
update: {books: {when: books.Status == 'DRAFT', otherwise: hold}}
fields:
  - {books: Type, value: ACCRECCREDIT, only: create}
  - {books: Status, value: DRAFT, only: create}
  - {books: Contact.ContactID, from: crm.AccountId, link: customers}
  - {books: Date, from: crm.CloseDate, only: create}
  - {books: CurrencyCode, from: crm.CurrencyIsoCode}
  - {books: LineAmountTypes, value: Exclusive, only: create}
lists:
  - books: LineItems
    from: "[{Id: 'all', Name: crm.Name, Amount: crm.Amount, CurrencyIsoCode: crm.CurrencyIsoCode}]"
    key: {crm: Id, books: LineItemID}
    fields:
      - {books: Description, from: crm.Name}
      - {books: Quantity, value: 1}
      - {books: UnitAmount, from: crm.Amount, as: negate}
      - {books: AccountCode, value: '200'}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with sandbox() as running:
        desk = Desk(tmp_path, running)
        desk.write()
        yield desk


def beside(desk: Desk, name: str, text: str) -> str:
    """Put a mapping beside the pack, and a customer into both systems; give the customer."""
    (desk.folder / f"{name}.yaml").write_text(text, "utf-8")
    desk.replace("  - use: salesforce-xero\n", f"  - use: salesforce-xero\n  - use: {name}.yaml\n")
    account = desk.account("Acme", "A1")
    desk.let_through()
    return account


def listed(desk: Desk, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.stage.xero.http.get(f"/api.xro/2.0/{name}?page=1").json()[name]
    return found


@pytest.mark.extended
def test_sx35_a_quote_of_the_crm_is_a_draft_quote_in_the_ledger(desk: Desk) -> None:
    account = beside(desk, "quotes", QUOTES)
    deal = desk.deal("Tea", account, StageName="Prospecting", CurrencyIsoCode="GBP")
    (book,) = query(desk, "SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    product = made(desk, "Product2", Name="Tea", ProductCode="T", IsActive=True)
    price = {"UnitPrice": 10, "IsActive": True, "CurrencyIsoCode": "GBP"}
    entry = made(desk, "PricebookEntry", Product2Id=product, Pricebook2Id=book["Id"], **price)
    quote = made(desk, "Quote", Name="Offer", OpportunityId=deal, ExpirationDate="2026-12-31")
    made(desk, "QuoteLineItem", QuoteId=quote, PricebookEntryId=entry, Quantity=3, UnitPrice=10, Discount=10)
    ended = desk.run("run", "--json")
    assert ended.code == 0, ended.out
    (sent,) = listed(desk, "Quotes")
    assert (sent["Status"], sent["Title"], sent["SubTotal"], sent["Total"]) == ("DRAFT", "Offer", 27.0, 32.4)
    assert sent["ExpiryDateString"].startswith("2026-12-31")
    desk.stage.salesforce.order("edit", object="Quote", id=quote, fields={"Name": "Better offer"})
    assert desk.run("run").code == 0
    (changed,) = listed(desk, "Quotes")
    assert (changed["Title"], changed["Total"], changed["Reference"]) == ("Better offer", 32.4, sent["Reference"])
    assert desk.run("plan", "--exit-code").code == 0


@pytest.mark.extended
def test_sx33_a_negative_deal_is_a_draft_credit_note_that_takes_off_the_books(desk: Desk) -> None:
    account = beside(desk, "credits", CREDITS)
    desk.deal("Returned", account, Amount=-100, CurrencyIsoCode="GBP")
    plan = desk.run("plan", "credit_notes", "--json").report
    assert plan["effect"]["receivables"] == {"GBP": "-120"}
    assert plan["effect"]["documents"] == {"credit note new DRAFT": "1"}
    guards = ",".join(dict.fromkeys(one["guard"] for one in plan["guards"]))
    assert desk.run("apply", plan["plan"], *(("--allow", guards) if guards else ())).code == 0
    (note,) = listed(desk, "CreditNotes")
    assert (note["Type"], note["Status"], note["Total"], note["RemainingCredit"]) == (
        "ACCRECCREDIT",
        "DRAFT",
        120.0,
        120.0,
    )
