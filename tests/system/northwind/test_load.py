"""A real shop's first load: every figure in the ledger is the one that its own files give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from system.northwind.conftest import World
from system.northwind.shop import CENT, DATA

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}"),
    pytest.mark.slow,
]


def cents(amount: Any) -> Decimal:
    """An amount as the ledger's client gives it, exact again."""
    return Decimal(str(amount)).quantize(CENT)


def test_the_first_run_waits_for_a_person_and_says_how_to_go_on(world: World) -> None:
    assert world.first.code == 5, world.first
    assert "first-run" in world.first.out
    assert world.applied.code == 0, world.applied
    assert world.rest.code == 0, world.rest
    assert world.rest.report["converged"]


def test_every_customer_is_a_contact_spelt_as_it_was(world: World) -> None:
    shop = world.shop
    assert len(world.contacts) == len(shop.customers) == 91
    assert len({order.customer for order in shop.orders.values()}) == 89
    for id, customer in shop.customers.items():
        contact = world.contacts[id]
        postal = next(one for one in contact.addresses if one.address_type == "POBOX")
        assert contact.name == customer.ledger_name
        assert postal.address_line1 == customer.street
        assert (postal.city, postal.region or "", postal.postal_code or "") == (
            customer.city,
            customer.region,
            customer.postcode,
        )
        assert postal.country == customer.country
        phones = {one.phone_type: one.phone_number or "" for one in contact.phones}
        assert (phones["DEFAULT"], phones["FAX"]) == (customer.phone, customer.fax)


def test_a_name_that_the_ledger_spells_in_its_own_way_stays_as_it_is_in_the_crm(world: World) -> None:
    assert world.contacts["WOLZA"].name == "Wolski Zajazd"
    assert world.names == {customer.name for customer in world.shop.customers.values()}
    assert "Wolski  Zajazd" in world.names


def test_every_product_is_an_item(world: World) -> None:
    assert len(world.items) == 77
    assert {code: item.name for code, item in world.items.items()} == world.shop.products


def test_sx30_every_order_is_a_draft_to_the_cent(world: World) -> None:
    shop = world.shop
    assert len(world.invoices) == len(shop.orders) == 830
    assert sum(len(one.line_items) for one in world.invoices.values()) == shop.lines == 2155
    for id, order in shop.orders.items():
        invoice = world.invoices[id]
        assert (invoice.status, invoice.type) == ("DRAFT", "ACCREC")
        assert invoice.contact.contact_id == world.contacts[order.customer].contact_id
        assert invoice.date.isoformat() == order.date
        assert invoice.currency_code.value == shop.currency(order)
        assert cents(invoice.sub_total) == order.subtotal
        assert [described(line) for line in invoice.line_items] == [
            (line.product, line.quantity, line.price, line.percent, line.amount) for line in order.lines
        ]


def described(line: Any) -> tuple[str, Decimal, Decimal, Decimal, Decimal]:
    numbers = (Decimal(str(number or 0)) for number in (line.quantity, line.unit_amount, line.discount_rate))
    quantity, price, percent = numbers
    return (line.item_code, quantity, price, percent, cents(line.line_amount))


def test_the_whole_adds_up(world: World) -> None:
    total = sum((cents(one.sub_total) for one in world.invoices.values()), Decimal(0))
    assert total == world.shop.total == Decimal("1265793.29")


def test_each_deal_shows_its_invoice(world: World) -> None:
    assert len(world.deals) == 830
    for row in world.deals:
        invoice = world.invoices[row["Name"]]
        assert row["Xero_Invoice_ID__c"] == invoice.invoice_id
        assert row["Xero_Invoice_Number__c"] == invoice.invoice_number
        assert (row["Xero_Invoice_Status__c"], row["Payment_Status__c"]) == ("DRAFT", "Unpaid")
        assert cents(row["Xero_Subtotal__c"]) == world.shop.orders[row["Name"]].subtotal
