"""Rules of price book entries (fact sheet, section 2.13)."""

from __future__ import annotations

from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.problems import refuse_row
from tieout_salesforce.simulator.table import Row


def standard_book(org: Org) -> str:
    """Give the id of the standard price book."""
    return next(str(row["Id"]) for row in org.tables["Pricebook2"].all() if row["IsStandard"])


def entry(org: Org, row: Row) -> None:
    """Hold an entry to its rules: one per book, product and currency, the standard price before any other."""
    same = [
        other
        for other in org.tables["PricebookEntry"].live("Product2Id", row["Product2Id"])
        if other["Id"] != row["Id"] and other.get("CurrencyIsoCode") == row.get("CurrencyIsoCode")
    ]
    if any(other["Pricebook2Id"] == row["Pricebook2Id"] for other in same):
        raise refuse_row("DUPLICATE_VALUE", "This price definition already exists in this price book")
    standard = standard_book(org)
    if row["Pricebook2Id"] != standard and not any(other["Pricebook2Id"] == standard for other in same):
        raise refuse_row("STANDARD_PRICE_NOT_DEFINED", "Before creating a custom price, create a standard price.")
