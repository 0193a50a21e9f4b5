"""What a ledger will compute from the lines it is sent, so that it can be compared with what it answers.

A rounding profile says where the ledger keeps which figure and how it rounds; it is data, one a ledger. Nothing here
is shared with a simulator: the two compute the same figures from the same facts, each for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from tieout.model import Value
from tieout.money.chart import Chart
from tieout.money.lines import Basis, Filled, Line, filled, line_amount, tax_of
from tieout.money.profiles import PROFILES, Profile, TaxBy

__all__ = ["PROFILES", "Profile", "basis_of", "line_amount", "predict", "tax_by_type"]

Figures = dict[str, Decimal]
"""Name of a figure of the document -> amount; what cannot be told is not in it."""


def predict(record: Mapping[str, Value], profile: Profile, chart: Chart | None = None) -> dict[str, Value]:
    """Give a copy of a document as the ledger will have it.

    Amounts are the ledger's to compute: a figure that cannot be predicted (an item's own price) is absent, not stale.
    Without a chart nothing is known of tax: no total, and no subtotal of amounts that hold tax.
    """
    predicted = dict(record)
    lines = record.get(profile.lines)
    if not isinstance(lines, list | tuple):
        return predicted
    rows = [cast("Line", line) for line in lines]
    if chart is None:
        return _untaxed(record, predicted, rows, profile)
    document = _Document(record, profile, chart)
    made = [document.line(row) for row in rows]
    predicted[profile.lines] = [one.shown(profile) for one in made]
    for name in (profile.subtotal, *profile.derived):
        predicted.pop(name, None)
    predicted.update(document.figures(made))
    return predicted


def tax_by_type(predicted: Mapping[str, Value], profile: Profile) -> Figures:
    """Give the tax of a predicted document by tax type; a line whose tax cannot be told is left out."""
    sums: Figures = {}
    rows = predicted.get(profile.lines)
    for row in rows if isinstance(rows, list | tuple) else ():
        tax = row.get(profile.tax_amount) if isinstance(row, Mapping) else None
        if isinstance(row, Mapping) and isinstance(tax, Decimal) and (code := row.get(profile.tax)):
            sums[str(code)] = sums.get(str(code), Decimal(0)) + tax
    return sums


def basis_of(record: Mapping[str, Value], profile: Profile) -> Basis:
    """Say whether a document's amounts hold tax, by what stands in it; blank: what the ledger takes by itself."""
    value = record.get(profile.basis)
    if not isinstance(value, str) or not value:
        return Basis(inclusive=not profile.net_default, taxed=True)
    return Basis(inclusive=value.casefold() not in profile.net, taxed=value.casefold() not in profile.untaxed)


@dataclass(frozen=True, slots=True)
class _Made:
    """A line with its figures, None where they cannot be told."""

    filled: Filled
    amount: Decimal | None
    tax: Decimal | None
    taxed: bool

    def shown(self, profile: Profile) -> dict[str, Value]:
        """Give the line as the ledger will have it."""
        figures = {profile.amount: self.amount, profile.tax_amount: self.tax}
        left = {profile.amount, profile.tax_amount} if self.taxed else {profile.amount, profile.tax_amount, profile.tax}
        shown = {name: value for name, value in self.filled.line.items() if name not in left}
        return {**shown, **{name: value for name, value in figures.items() if value is not None}}


class _Document:
    """One document over its organisation's chart."""

    def __init__(self, record: Mapping[str, Value], profile: Profile, chart: Chart) -> None:
        self.record, self.profile, self.chart = record, profile, chart
        self.basis = basis_of(record, profile)
        self.currency = str(record.get(profile.currency) or "")
        self.sale = profile.sells(record)

    def line(self, row: Line) -> _Made:
        """Compute one line."""
        made = filled(row, self.chart, self.profile, currency=self.currency, sale=self.sale)
        amount = line_amount(made.line, self.profile)
        tax = None
        if not self.basis.taxed:
            tax = Decimal(0)
        elif self.profile.tax_by is TaxBy.LINE and amount is not None and made.percent is not None:
            tax = tax_of(amount, made.percent, self.basis, self.profile)
        return _Made(made, amount, tax, self.basis.taxed)

    def figures(self, made: Sequence[_Made]) -> Figures:
        """Compute the document's figures, as far as all lines can be told."""
        amount, tax = _sum([one.amount for one in made]), self._tax(made)
        profile = self.profile
        if amount is None or (tax is None and self.basis.inclusive):
            return {}
        subtotal = amount - tax if self.basis.inclusive and tax is not None else amount
        if tax is None:
            return {profile.subtotal: subtotal}
        total = subtotal + tax
        open_ = {profile.due: total - self._settled()} if profile.due else {}
        return {profile.subtotal: subtotal, profile.total_tax: tax, profile.total: total, **open_}

    def _tax(self, made: Sequence[_Made]) -> Decimal | None:
        if self.profile.tax_by is TaxBy.LINE or not self.basis.taxed:
            return _sum([one.tax for one in made])
        taxable: dict[Decimal, Decimal] = {}
        for one in made:
            if one.amount is None or one.filled.percent is None:
                return None
            taxable[one.filled.percent] = taxable.get(one.filled.percent, Decimal(0)) + one.amount
        return sum((tax_of(sum_, rate, self.basis, self.profile) for rate, sum_ in taxable.items()), Decimal(0))

    def _settled(self) -> Decimal:
        if not self.profile.settled:
            total, open_ = self.record.get(self.profile.total), self.record.get(self.profile.due)
            return total - open_ if isinstance(total, Decimal) and isinstance(open_, Decimal) else Decimal(0)
        found = (self.record.get(name) for name in self.profile.settled)
        return sum((value for value in found if isinstance(value, Decimal)), Decimal(0))


def _untaxed(
    record: Mapping[str, Value], predicted: dict[str, Value], rows: Sequence[Line], profile: Profile
) -> dict[str, Value]:
    """Predict as far as no table of the organisation is needed."""
    amounts = [line_amount(row, profile) for row in rows]
    predicted[profile.lines] = [
        _with_amount(row, profile.amount, amount) for row, amount in zip(rows, amounts, strict=True)
    ]
    subtotal = None if basis_of(record, profile).inclusive else _sum(amounts)
    if subtotal is None or subtotal != record.get(profile.subtotal):
        for name in profile.derived:
            predicted.pop(name, None)
    predicted.pop(profile.subtotal, None)
    if subtotal is not None:
        predicted[profile.subtotal] = subtotal
    return predicted


def _with_amount(line: Line, name: str, amount: Decimal | None) -> dict[str, Value]:
    copy = {key: value for key, value in line.items() if key != name}
    return copy if amount is None else {**copy, name: amount}


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None
