"""Quotes through the adapter: any object is read by its describe, this one with its lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from contract.salesforce.world import World, fetched, read, record, seen
from tieout.adapter import Connection, Gone

LINES = ("QuoteLineItems", "QuoteLineItems.Quantity", "QuoteLineItems.UnitPrice", "QuoteLineItems.Product2.Name")


def _quoted(world: World) -> tuple[str, str]:
    account = world.make("Account", Name="Acme")
    deal, entry = world.deal("Deal", account), world.product("P1")
    quote = world.make("Quote", Name="Offer", OpportunityId=deal, ExpirationDate="2026-12-01")
    line = {"QuoteId": quote, "PricebookEntryId": entry, "Quantity": 3, "UnitPrice": 10.5, "Discount": 10}
    return quote, world.make("QuoteLineItem", **line)


def test_sx35_a_quote_is_described_with_its_lines(crm: Connection) -> None:
    found = crm.describe("Quote")
    assert {"Opportunity.AccountId", "QuoteLineItems.Product2.Family", "QuoteLineItems.Discount"} <= set(found.fields)
    assert found.children["QuoteLineItems"] == "Id"
    assert found.fields["QuoteLineItems.UnitPrice"].currency == "QuoteLineItems.CurrencyIsoCode"
    assert not found.fields["GrandTotal"].updatable
    assert {name for name, one in found.fields.items() if one.required} == {"Name", "OpportunityId"}


def test_sx35_a_quote_is_read_with_its_lines(world: World, crm: Connection) -> None:
    quote, line = _quoted(world)
    paths = ("Name", "Opportunity.AccountId", "ExpirationDate", "TotalPrice", "CurrencyIsoCode", *LINES)
    (account,) = world.rows("SELECT Id FROM Account")
    assert record(fetched(crm, "Quote", quote, *paths)) == {
        "Name": "Offer",
        "Opportunity": {"AccountId": account["Id"]},
        "ExpirationDate": date(2026, 12, 1),
        "TotalPrice": Decimal("28.35"),
        "CurrencyIsoCode": "GBP",
        "QuoteLineItems": [
            {"Id": line, "Quantity": Decimal(3), "UnitPrice": Decimal("10.5"), "Product2": {"Name": "Product P1"}}
        ],
    }


def test_sx35_a_changed_line_shows_its_quote_though_the_quotes_stamp_stays(world: World, crm: Connection) -> None:
    quote, line = _quoted(world)
    (first,) = read(crm, "Quote", "Name", "TotalPrice", *LINES)
    world.pass_time(3600)
    (second,) = read(crm, "Quote", "Name", "TotalPrice", *LINES, since=first.cursor)
    world.edit("QuoteLineItem", line, Quantity=4)
    changed = seen(read(crm, "Quote", "Name", "TotalPrice", *LINES, since=second.cursor))
    assert record(changed[quote])["TotalPrice"] == Decimal("37.8")
    world.control("delete", object="Quote", id=quote)
    assert isinstance(seen(read(crm, "Quote", "Name", *LINES, since=second.cursor))[quote], Gone)
