"""What a ledger will compute from the lines it is sent, so that it can be compared with what it answers.

A rounding profile says where the ledger keeps which figure and how it rounds; it is data, one a ledger. Nothing here
is shared with a simulator: the two compute the same figures from the same facts, each for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import cast

from tieout.model import Value
from tieout.money.rounding import Rounding, exactly, to_places

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Profile:
    """How a ledger computes a document. Names are paths: of the document, or of a line."""

    lines: str
    quantity: str
    price: str
    discount: str
    """Percent taken off the line."""
    discount_amount: str
    """Another discount, whose rounding no fact confirms: a line with one is not predicted."""
    item: str
    """An item fills in a price that is not given, so such a line is not predicted."""
    amount: str
    """The line's amount, computed."""
    subtotal: str
    """The document's, computed."""
    currency: str
    basis: str
    """Says whether amounts hold tax."""
    net: frozenset[str]
    """Values of `basis` without tax, folded; blank counts as net if `net_default`."""
    derived: tuple[str, ...]
    """Figures that follow from the subtotal and are unknown as soon as it changes."""
    places: int
    """Decimal places of computed figures."""
    price_places: int
    rounding: Rounding = Rounding.HALF_UP
    net_default: bool = True


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        # facts: xero 2.3 and 2.6. LineAmount = Quantity * UnitAmount * (100 - DiscountRate) / 100, half up; UnitAmount
        # to four places (the adapter asks for unitdp=4), all else to two whatever the currency.
        "xero": Profile(
            lines="LineItems",
            quantity="Quantity",
            price="UnitAmount",
            discount="DiscountRate",
            discount_amount="DiscountAmount",
            item="ItemCode",
            amount="LineAmount",
            subtotal="SubTotal",
            currency="CurrencyCode",
            basis="LineAmountTypes",
            net=frozenset({"exclusive", "notax"}),
            derived=("TotalTax", "Total", "TotalDiscount", "AmountDue"),
            places=2,
            price_places=4,
        ),
    }
)
"""Adapter -> profile."""


def line_amount(line: Mapping[str, Value], profile: Profile) -> Decimal | None:
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


def predict(record: Mapping[str, Value], profile: Profile) -> dict[str, Value]:
    """Give a copy of a document as the ledger will have it.

    Amounts are the ledger's to compute: a figure that cannot be predicted (tax inside, an item's own price) is absent,
    not stale.
    """
    predicted = dict(record)
    lines = record.get(profile.lines)
    if not isinstance(lines, list | tuple):
        return predicted
    amounts = [line_amount(cast("Mapping[str, Value]", line), profile) for line in lines]
    predicted[profile.lines] = [
        _with_amount(cast("Mapping[str, Value]", line), profile.amount, amount)
        for line, amount in zip(lines, amounts, strict=True)
    ]
    subtotal = _sum(amounts) if _net(record, profile) else None
    if subtotal is None or subtotal != record.get(profile.subtotal):
        for name in profile.derived:
            predicted.pop(name, None)
    predicted.pop(profile.subtotal, None)
    if subtotal is not None:
        predicted[profile.subtotal] = subtotal
    return predicted


def _with_amount(line: Mapping[str, Value], name: str, amount: Decimal | None) -> dict[str, Value]:
    copy = {key: value for key, value in line.items() if key != name}
    return copy if amount is None else {**copy, name: amount}


def _sum(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _net(record: Mapping[str, Value], profile: Profile) -> bool:
    basis = record.get(profile.basis)
    if not isinstance(basis, str) or not basis:
        return profile.net_default
    return basis.casefold() in profile.net
