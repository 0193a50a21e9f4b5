"""The shop in its customers' currencies: it ties out in each of them and in the ledger's own."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from system.northwind import rates
from system.northwind.conftest import World
from system.northwind.shop import CENT, DATA, Order

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}"),
    pytest.mark.slow,
]
VAT = Decimal("0.20")
"""No line names a tax type, so that of its account applies: sales bear 20 percent."""
RULE = "books.CurrencyRate"
CURRENCIES = {"ARS", "BRL", "CAD", "CHF", "DKK", "EUR", "GBP", "MXN", "NOK", "PLN", "SEK", "USD", "VES"}


def exact(number: Any, unit: Decimal = CENT) -> Decimal:
    """A number as the ledger's client gives it, exact again."""
    return Decimal(str(number)).quantize(unit)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def total(order: Order) -> Decimal:
    """What an order comes to: tax on each line, to the cent, then added."""
    return sum((line.amount + cents(line.amount * VAT) for line in order.lines), Decimal(0))


def summed(world: World, amount: Callable[[str, str], Decimal]) -> dict[str, Decimal]:
    """Add something up over all orders, by currency."""
    found = defaultdict[str, Decimal](Decimal)
    for id, order in world.shop.orders.items():
        code = world.shop.currency(order)
        found[code] += amount(id, code)
    return dict(found)


def day(world: World, id: str) -> date:
    return date.fromisoformat(world.shop.orders[id].date)


def test_sx41_every_document_has_the_rate_of_its_day(world: World) -> None:
    assert {world.shop.currency(order) for order in world.shop.orders.values()} == CURRENCIES
    wrong = {
        id: (exact(invoice.currency_rate, rates.RATE), wanted)
        for id, invoice in world.invoices.items()
        if exact(invoice.currency_rate, rates.RATE)
        != (wanted := rates.expected(invoice.currency_code.value, day(world, id)))
    }
    assert wrong == {}
    foreign = [one for one in world.invoices.values() if one.currency_code.value != rates.BASE]
    assert all(exact(one.currency_rate, rates.RATE) != 1 for one in foreign)


def test_sx40_the_shop_ties_out_in_each_currency_and_in_base(world: World) -> None:
    books = world.invoices
    in_currency = summed(world, lambda id, _: exact(books[id].total))
    assert in_currency == summed(world, lambda id, _: total(world.shop.orders[id]))
    assert sum(summed(world, lambda id, _: exact(books[id].sub_total)).values()) == world.shop.total
    in_base = summed(world, lambda id, _: cents(exact(books[id].total) / exact(books[id].currency_rate, rates.RATE)))
    assert in_base == summed(
        world, lambda id, code: cents(total(world.shop.orders[id]) / rates.expected(code, day(world, id)))
    )
    assert in_base[rates.BASE] == in_currency[rates.BASE]
    assert in_base["ARS"] < in_currency["ARS"] / 1000


def test_sx41_the_audit_log_keeps_rate_day_source_and_age_of_every_use(world: World) -> None:
    ended = world.project.tieout("audit", "log", "--kind", "intent", "--last", "0", "--json")
    assert ended.code == 0, ended
    about = [entry["about"] for entry in json.loads(ended.out)]
    creates = [one for one in about if (one["mapping"], one["verb"]) == ("invoices", "create")]
    used = {one["source"]: one["evidence"][RULE] for one in creates if RULE in one.get("evidence", {})}
    foreign = {id for id, order in world.shop.orders.items() if world.shop.currency(order) != rates.BASE}
    assert used.keys() == {world.ids.deals[id] for id in foreign}
    for id in foreign:
        told, code = used[world.ids.deals[id]], world.shop.currency(world.shop.orders[id])
        known = date.fromisoformat(told["date"])
        assert told["pair"] == f"{code}/{rates.BASE}"
        assert Decimal(told["rate"]).quantize(rates.RATE, ROUND_HALF_UP) == rates.expected(code, day(world, id))
        assert told["source"] == (rates.TABLE if code in {"ARS", "VES"} else "ecb")
        assert int(told["age_days"]) == (day(world, id) - known).days in range(8)
