"""Won deals and their draft invoices, as people edit them: what each side shows, and what it must show after a run."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from system.northwind import crm
from system.northwind.conftest import World
from system.northwind.shop import CENT, Line

PAYMENT_DAYS = 30
"""The pack's own, where an account has none."""
QUERY = """
    SELECT Id, Name, CloseDate, Order_Number__c, Xero_Invoice_ID__c, Xero_Invoice_Number__c, Xero_Subtotal__c,
    (SELECT Id, Quantity, Product2.ProductCode FROM OpportunityLineItems) FROM Opportunity
"""
ACCOUNTS = ("200", "260")

Shown = dict[str, str]


@dataclass
class Deal:
    """One deal: its ids, its lines (product -> price and discount), and what each side shows."""

    name: str
    id: str
    invoice: str
    lines: Mapping[str, Line]
    rows: Mapping[str, str]
    """Product -> id of the deal's line."""
    crm: Shown
    books: Shown
    agreed: Shown = field(default_factory=dict)
    """What the deal showed after the last run."""

    def rest(self) -> None:
        self.agreed = dict(self.crm)

    def settle(self) -> None:
        """Work out what both sides must show after the next run.

        What the deal gives is written when the deal changes; until then a bookkeeper's date and account stay. What the
        invoice gives always stands on the deal, whatever was typed there.
        """
        if self.crm["date"] != self.agreed["date"]:
            closed = date.fromisoformat(self.crm["date"])
            self.books |= {"date": self.crm["date"], "due": (closed + timedelta(PAYMENT_DAYS)).isoformat()}
        if self.crm["order"] != self.agreed["order"]:
            self.books["reference"] = self.crm["order"] or self.name
        for product in self.lines:
            self.books[f"quantity {product}"] = self.crm[f"quantity {product}"]
        self.books["subtotal"] = str(self._subtotal())
        self.crm |= {name: self.books[name] for name in ("number", "subtotal")}

    def _subtotal(self) -> Decimal:
        amounts = (
            Line(product, Decimal(self.crm[f"quantity {product}"]), line.price, line.discount).amount
            for product, line in self.lines.items()
        )
        return sum(amounts, Decimal(0)).quantize(CENT)


def read_deals(world: World) -> dict[str, Deal]:
    """Read both systems through the clients that others wrote: order -> deal."""
    invoices = {one.invoice_id: one for one in world.ledger.invoices()}
    rows = crm.all_rows(world.salesforce, QUERY)
    assert {row["Xero_Invoice_ID__c"] for row in rows} == invoices.keys()
    deals = {row["Name"]: _deal(world, row, invoices[row["Xero_Invoice_ID__c"]]) for row in rows}
    for deal in deals.values():
        deal.rest()
    return deals


def _deal(world: World, row: Mapping[str, Any], invoice: Any) -> Deal:
    lines = {line.product: line for line in world.shop.orders[row["Name"]].lines}
    sold = {one["Product2"]["ProductCode"]: one for one in row["OpportunityLineItems"]["records"]}
    booked = {one.item_code: one for one in invoice.line_items}
    assert lines.keys() == sold.keys() == booked.keys()
    ours = {
        "date": row["CloseDate"],
        "order": row["Order_Number__c"] or "",
        "number": row["Xero_Invoice_Number__c"],
        "subtotal": _cents(row["Xero_Subtotal__c"]),
        **{f"quantity {product}": _whole(one["Quantity"]) for product, one in sold.items()},
    }
    theirs = {
        "date": invoice.date.isoformat(),
        "due": invoice.due_date.isoformat(),
        "reference": invoice.reference,
        "number": invoice.invoice_number,
        "subtotal": _cents(invoice.sub_total),
        **{f"quantity {product}": _whole(one.quantity) for product, one in booked.items()},
        **{f"account {product}": one.account_code for product, one in booked.items()},
    }
    rows = {product: one["Id"] for product, one in sold.items()}
    return Deal(row["Name"], row["Id"], invoice.invoice_id, lines, rows, ours, theirs)


def _cents(amount: Any) -> str:
    return str(Decimal(str(amount)).quantize(CENT))


def _whole(number: Any) -> str:
    return str(int(number))


# --- edits --------------------------------------------------------------------------------------------------------


def edit_deal(world: World, deal: Deal, moment: int, dice: random.Random) -> None:
    """Change one thing about a deal or its invoice, as a person does."""
    edits = (_close, _order, _overtype, _quantity, _book_date, _book_account, _renumber)
    act: Callable[[World, Deal, int, random.Random], None] = dice.choice(edits)
    act(world, deal, moment, dice)


def _update(world: World, deal: Deal, values: Mapping[str, Any]) -> None:
    assert world.salesforce.Opportunity.update(deal.id, values) == 204


def _some_day(dice: random.Random) -> str:
    return (date(2025, 1, 1) + timedelta(dice.randrange(400))).isoformat()


def _close(world: World, deal: Deal, moment: int, dice: random.Random) -> None:
    deal.crm["date"] = _some_day(dice)
    _update(world, deal, {"CloseDate": deal.crm["date"]})


def _order(world: World, deal: Deal, moment: int, dice: random.Random) -> None:
    deal.crm["order"] = dice.choice([f"PO-{moment} Ø", ""])
    _update(world, deal, {"Order_Number__c": deal.crm["order"] or None})


def _overtype(world: World, deal: Deal, moment: int, dice: random.Random) -> None:
    deal.crm["number"] = f"typed {moment}"
    _update(world, deal, {"Xero_Invoice_Number__c": deal.crm["number"]})


def _quantity(world: World, deal: Deal, moment: int, dice: random.Random) -> None:
    product = dice.choice(sorted(deal.lines))
    deal.crm[f"quantity {product}"] = str(dice.randrange(1, 90))
    changed = {"Quantity": int(deal.crm[f"quantity {product}"])}
    assert world.salesforce.OpportunityLineItem.update(deal.rows[product], changed) == 204


def _type(world: World, deal: Deal, fields: Mapping[str, Any]) -> None:
    world.stage.xero.order("edit", object="Invoice", id=deal.invoice, fields=dict(fields))


def _book_date(world: World, deal: Deal, moment: int, dice: random.Random) -> None:
    deal.books["date"] = _some_day(dice)
    _type(world, deal, {"Date": deal.books["date"]})


def _book_account(world: World, deal: Deal, moment: int, dice: random.Random) -> None:
    product = dice.choice(sorted(deal.lines))
    deal.books[f"account {product}"] = dice.choice(ACCOUNTS)
    books = world.ledger
    shown = books.api.get_invoice(books.tenant, deal.invoice, unitdp=4).invoices[0]
    _type(world, deal, {"LineItems": [_row(deal, line) for line in shown.line_items]})


def _row(deal: Deal, line: Any) -> dict[str, Any]:
    return {
        "LineItemID": line.line_item_id,
        "Description": line.description,
        "ItemCode": line.item_code,
        "Quantity": float(line.quantity),
        "UnitAmount": float(line.unit_amount),
        "DiscountRate": float(line.discount_rate or 0),
        "TaxType": line.tax_type,
        "AccountCode": deal.books[f"account {line.item_code}"],
    }


def _renumber(world: World, deal: Deal, moment: int, dice: random.Random) -> None:
    deal.books["number"] = f"N-{moment}"
    world.stage.xero.order("renumber", invoice=deal.invoice, number=deal.books["number"])
