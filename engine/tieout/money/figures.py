"""The figures that a ledger computes of a document: what was predicted is compared with what it answers. Pure.

A figure has a name that people understand: "line 2 TaxAmount", "TotalTax", "tax OUTPUT2" (of all lines of that type),
"lines OUTPUT2" (their amounts, so that another tax type shows also where its tax is nought), "Total in GBP".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tieout.model import Value
from tieout.money.chart import Chart
from tieout.money.ledgers import Ledger
from tieout.money.profiles import Profile
from tieout.money.rounding import exactly, to_places
from tieout.values import number

Line = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that is expected of a ledger."""

    name: str
    amount: Decimal
    rule: str
    """What it rests on: the rounding profile, the tax type with its rate, where a default comes from."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that the ledger has otherwise."""

    figure: Figure
    answered: Decimal
    meant: str = ""
    """The currency that was expected, where the ledger has the document in another one."""

    def told(self, currency: str) -> str:
        """Say it in one line; amounts as the data has them. `currency`: the answered document's."""
        money = f" {currency}" if currency else ""
        meant = f" {self.meant}" if self.meant else ""
        return (
            f"{self.figure.name} is {number(self.answered)}{money} and not {number(self.figure.amount)}{meant}"
            f" ({self.figure.rule})"
        )


def figures(document: Mapping[str, Value], profile: Profile, ledger: Ledger, base: str = "") -> dict[str, Decimal]:
    """Give the figures of a document by name; what it does not tell is absent. `base`: the ledger's base currency."""
    found: dict[str, Decimal] = {}
    for place, line in enumerate(_lines(document, profile), 1):
        for name in (profile.amount, profile.tax_amount):
            amount = line.get(name)
            if isinstance(amount, Decimal):
                found[f"line {place} {name}"] = amount
    found |= _by_type(document, profile)
    for name in (profile.subtotal, profile.total_tax, profile.total):
        amount = document.get(name)
        if isinstance(amount, Decimal):
            found[name] = amount
    total = _in_base(document, profile, ledger, base)
    return found if total is None else {**found, f"{profile.total} in {base}": total}


def expected(
    document: Mapping[str, Value], sent: Mapping[str, Value], profile: Profile, ledger: Ledger, chart: Chart | None
) -> list[Figure]:
    """Give the figures of a predicted document, each with what it rests on; `sent`: the document before."""
    rules = _Rules(profile, chart, _lines(document, profile), _lines(sent, profile))
    found = figures(document, profile, ledger, "" if chart is None else chart.base)
    return [Figure(name, amount, rules.of(name)) for name, amount in found.items()]


def differences(
    wanted: Sequence[Figure],
    document: Mapping[str, Value],
    profile: Profile,
    ledger: Ledger,
    base: str,
    currency: str = "",
) -> list[Difference]:
    """Give the figures that an answered document has otherwise; one that it leaves out counts as nought.

    `currency`: the one that was expected. A document in another one has no figure as it was predicted.
    """
    found = figures(document, profile, ledger, base)
    meant = currency if document.get(profile.currency) not in {None, "", currency} else ""
    return [
        Difference(one, answered, "" if in_base_currency(one.name) else meant)
        for one in wanted
        if ((answered := found.get(one.name, Decimal(0))) != one.amount or (meant and not in_base_currency(one.name)))
        and _told(one, found, base)
    ]


def in_base_currency(name: str) -> bool:
    """Say whether a figure is in the ledger's base currency, which its name tells, and not in the document's."""
    return " in " in name


def _told(one: Figure, found: Mapping[str, Decimal], base: str) -> bool:
    # A ledger that names no rate says nothing of base currency; it can't be compared.
    return not (base and one.name.endswith(f" in {base}")) or one.name in found


def _lines(document: Mapping[str, Value], profile: Profile) -> list[Line]:
    rows = document.get(profile.lines)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []


def _by_type(document: Mapping[str, Value], profile: Profile) -> dict[str, Decimal]:
    """Add lines up by tax type; nothing if the type of a line that amounts to something is not known."""
    lines: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    for line in _lines(document, profile):
        code, amount, tax = line.get(profile.tax), line.get(profile.amount), line.get(profile.tax_amount)
        if not code and not amount:
            continue
        if not isinstance(code, str) or not code or not isinstance(amount, Decimal):
            return {}
        lines[f"lines {code}"] = lines.get(f"lines {code}", Decimal(0)) + amount
        if isinstance(tax, Decimal):
            taxes[f"tax {code}"] = taxes.get(f"tax {code}", Decimal(0)) + tax
    return {**lines, **taxes}


def in_base(amount: Decimal, rate: Decimal, ledger: Ledger, profile: Profile) -> Decimal:
    """Give an amount in base currency, rounded once: `rate` is units of its currency for one of base."""
    return to_places(exactly().divide(amount, rate), ledger.base_places, profile.rounding)


def _in_base(document: Mapping[str, Value], profile: Profile, ledger: Ledger, base: str) -> Decimal | None:
    total, rate, currency = document.get(profile.total), document.get(ledger.rate), document.get(profile.currency)
    if not base or currency in {None, "", base} or not isinstance(total, Decimal) or not isinstance(rate, Decimal):
        return None
    return in_base(total, rate, ledger, profile) if rate else None


@dataclass(frozen=True, slots=True)
class _Rules:
    """Says what each figure rests on."""

    profile: Profile
    chart: Chart | None
    lines: Sequence[Line]
    sent: Sequence[Line]

    def of(self, name: str) -> str:
        """Give the rule of a figure."""
        kind, _, rest = name.partition(" ")
        if kind == "line":
            place, _, what = rest.partition(" ")
            return self._line(int(place) - 1, what)
        if kind in {"lines", "tax"} and rest:
            return f"the sum of the lines with the tax type {rest}{self._percent(rest)}"
        return f"at the rate of the document, {self._rounded()}" if " in " in name else "the sum of the lines"

    def _line(self, place: int, what: str) -> str:
        if what == self.profile.amount:
            price = f"unit price with {self.profile.price_places} decimals"
            return f"quantity times {price} less discount, {self._rounded()}"
        tax = ", ".join(self._tax(place)) or "no tax type"
        return f"{tax}, by {self.profile.tax_by}, {self._rounded()}"

    def _tax(self, place: int) -> Iterator[str]:
        line, sent = self.lines[place], self.sent[place] if place < len(self.sent) else {}
        code = line.get(self.profile.tax)
        if isinstance(code, str) and code:
            yield f"tax type {code}{self._percent(code)}"
            if not sent.get(self.profile.tax):
                yield f"the default of {self._default(line, code)}"

    def _default(self, line: Line, code: str) -> str:
        item, account = str(line.get(self.profile.item) or ""), line.get(self.profile.account)
        items = {} if self.chart is None or self.chart.items is None else self.chart.items
        own = items[item].tax if item in items else ""
        return f"item {item}" if own == code else f"account {account}" if account else "the ledger"

    def _percent(self, code: str) -> str:
        rate = None if self.chart is None else self.chart.tax_rates.get(code)
        return "" if rate is None else f" of {number(rate.percent)} %"

    def _rounded(self) -> str:
        return f"{self.profile.rounding.replace('_', ' ')} to {self.profile.places} decimals"
