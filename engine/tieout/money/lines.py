"""One line of a document as the ledger will have it: what stands in for what is not sent, its amount, its tax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tieout.model import Value
from tieout.money.chart import Chart, Item
from tieout.money.profiles import Profile
from tieout.money.rounding import exactly, to_places

Line = Mapping[str, Value]

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Basis:
    """Whether a document's amounts hold tax."""

    inclusive: bool
    taxed: bool


def line_amount(line: Line, profile: Profile) -> Decimal | None:
    """Give a line's amount; None if it cannot be told from what is sent. A line of text alone amounts to nothing."""
    quantity, price = line.get(profile.quantity), line.get(profile.price)
    if quantity is None and price is None and not line.get(profile.item):
        return Decimal(0)
    if not isinstance(quantity, Decimal) or not isinstance(price, Decimal):
        return None
    discount = line.get(profile.discount)
    if discount is None and line.get(profile.discount_amount):
        return None
    rate = discount if isinstance(discount, Decimal) else Decimal(0)
    context = exactly()
    gross = context.multiply(quantity, to_places(price, profile.price_places, profile.rounding))
    net = context.divide(context.multiply(gross, context.subtract(_HUNDRED, rate)), _HUNDRED)
    return to_places(net, profile.places, profile.rounding)


def tax_of(amount: Decimal, percent: Decimal, basis: Basis, profile: Profile) -> Decimal:
    """Give the tax of an amount, rounded once: on top of a net amount, within one that holds tax."""
    if not basis.taxed:
        return Decimal(0)
    context = exactly()
    of = context.add(_HUNDRED, percent) if basis.inclusive else _HUNDRED
    if not of:
        return Decimal(0)
    return to_places(context.divide(context.multiply(amount, percent), of), profile.places, profile.rounding)


@dataclass(frozen=True, slots=True)
class Filled:
    """A line with what the ledger fills in, and the percent of its tax type; None: it cannot be told."""

    line: dict[str, Value]
    percent: Decimal | None


def filled(line: Line, chart: Chart, profile: Profile, *, currency: str, sale: bool) -> Filled:
    """Fill in what the ledger does for what is not sent: by the line's item first, then by its account.

    What cannot be told stays away: a price of the item in a document of another currency, and anything of an item in
    a document that is no sale, or in a row that was there before (whether its item is asked again is not documented).
    A line without tax type, account and item has no tax.
    """
    made = dict(line)
    item = _item(line, chart, profile) if sale and not line.get(profile.line_id) else None
    if item is not None:
        _fill(made, profile.price, item.price if currency in {"", chart.base} else None)
        _fill(made, profile.account, item.account)
        _fill(made, profile.tax, item.tax)
    if not made.get(profile.tax) and line.get(profile.item) and item is None:
        return Filled(made, None)
    account = chart.accounts.get(str(made.get(profile.account) or ""))
    _fill(made, profile.tax, account.tax if account is not None else None)
    code = made.get(profile.tax)
    if not code:
        return Filled(made, None if made.get(profile.account) else Decimal(0))
    rate = chart.tax_rates.get(str(code))
    return Filled(made, None if rate is None else rate.percent)


def _item(line: Line, chart: Chart, profile: Profile) -> Item | None:
    code = line.get(profile.item)
    return chart.items.get(code) if isinstance(code, str) and chart.items is not None else None


def _fill(line: dict[str, Value], name: str, value: Value) -> None:
    if line.get(name) in {None, ""} and value not in {None, ""}:
        line[name] = value
