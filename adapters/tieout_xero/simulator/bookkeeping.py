"""Controls of an organisation's money: its edition, its own exchange rates, its tax rates as a person sets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tieout_xero.simulator import settings
from tieout_xero.simulator.codec import read_date
from tieout_xero.simulator.problems import Malformed
from tieout_xero.simulator.resource import number, text

if TYPE_CHECKING:
    from tieout_xero.simulator.codec import Row
    from tieout_xero.simulator.tenants import Tenant

Answer = Mapping[str, object]


def set_rate(tenant: Tenant, order: Row) -> Answer:
    """`{"currency", "date", "rate"?}`: the organisation's own rate from a day on; without a rate, show the day's.

    A rate is document currency per ONE unit of base currency, with six decimals (facts 2.7).
    """
    books, currency = tenant.books, text(order, "currency") or ""
    day = read_date(order.get("date"), "date")
    if (rate := number(order, "rate")) is not None:
        books.rates.set(currency, day, rate)
    if currency not in books.currencies:
        raise Malformed(f"currency must be one of {', '.join(books.currencies)}")
    return {"currency": currency, "base": books.rates.base, "date": f"{day}", "rate": books.rates.find(currency, day)}


def set_tax_rate(tenant: Tenant, order: Row) -> Answer:
    """`{"type", "percent"?, "status"?}`: change any rate, a system one too; DELETED and ARCHIVED cannot be used."""
    type = text(order, "type") or ""
    return settings.change_tax_rate(tenant.books, type, number(order, "percent"), text(order, "status"))


def set_organisation(tenant: Tenant, order: Row) -> Answer:
    """`{"country"?, "base_currency"?, "currencies"?}`: become an organisation of another edition, while still empty."""
    now = tenant.books.profile
    codes = order.get("currencies", list(now.currencies))
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise Malformed("currencies must be a list of codes")
    tenant.books.become(
        replace(
            now,
            country=text(order, "country") or now.country,
            base_currency=text(order, "base_currency") or now.base_currency,
            currencies=tuple(codes),
        )
    )
    return settings.organisation(tenant.books)
