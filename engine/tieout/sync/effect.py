"""What an operation does to the books: receivables, revenue, tax, in document currency and in base; status. Pure.

An effect is a sum: what it counts, by name. "receivables EUR" is the total with tax, "revenue 200 EUR" the net amount
by account, "tax OUTPUT2 EUR" by tax type; "base receivables EUR in GBP" and the like the same in the ledger's base
currency, at rates that "rates …" names; "documents new DRAFT" counts steps; "untold receivables EUR" and "unrated EUR"
count documents of which that cannot be told. A draft counts in full: it is what it comes to once it is approved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tieout.mapping.compiled import Side
from tieout.model import Value
from tieout.money.chart import Chart
from tieout.money.ledgers import LEDGERS, Ledger
from tieout.money.profiles import Profile, profile_of
from tieout.money.rates import Found, Rates, converted, shown
from tieout.money.totals import basis_of, predict
from tieout.sync.sight import Sight
from tieout.sync.words import Kind

Effect = dict[str, Value]
Sums = dict[str, Decimal]
Record = Mapping[str, Value]

BY_ITEM = "by item"
"""Stands for the account of a line whose item, or whose ledger, fills it in."""
UNTYPED = "of no type"
"""Stands for the tax type of a line that has tax and names none."""
_ENDS = {Kind.DELETE: "deleted", Kind.VOID: "voided", Kind.ARCHIVE: "archived", Kind.CREDIT: "credited"}
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger that a document stands in: how it computes, its own tables, the rates of the run."""

    side: Side
    chart: Chart | None = None
    rates: Callable[[], Rates] = Rates
    """Asked only for documents in another currency than the ledger's."""


def books_of(sight: Sight, end: int) -> Books:
    """Give the ledger of an end."""
    return Books(sight.mapping.sides[end], sight.facts.charts[end], sight.facts.rates)


def effect(books: Books, before: Record | None, after: Record | None, kind: Kind) -> Effect:
    """Give what changes by an operation on a document; nothing for other records."""
    side = books.side
    ledger, profile = LEDGERS.get(side.adapter), profile_of(side.adapter, side.rounding, side.object)
    if ledger is None or profile is None:
        return {}
    reading = _Reading(books, ledger, profile)
    if not reading.sale(before) and not reading.sale(after):
        return {}
    kept = reading.same_figures(before, after)
    was, will = reading.standing(before, computed=True), reading.standing(after, computed=kept)
    return {**_moved(was, will), **({} if kept and was.counts == will.counts else _unknown(was, will)),
            **reading.step(before, after, kind)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a document stands for."""

    currency: str = ""
    sums: Sums = field(default_factory=dict)
    untold: frozenset[str] = frozenset()
    """Which of the sums cannot be told."""
    rate: Found | None = None
    """To base currency; None: none is known."""
    counts: bool = False
    """False: there is none, or it counts for nothing."""
    charted: bool = False
    """The base currency is known, so that a rate to it can be missed."""


def _moved(was: _Standing, will: _Standing) -> Effect:
    untold = was.untold | will.untold
    names = [name for name in {**was.sums, **will.sums} if _what(name) not in untold]
    moved = {name: will.sums.get(name, Decimal(0)) - was.sums.get(name, Decimal(0)) for name in names}
    return {name: amount for name, amount in sorted(moved.items()) if amount}


def _what(name: str) -> str:
    return name.removeprefix("base ").partition(" ")[0]


def _unknown(was: _Standing, will: _Standing) -> Effect:
    """Name what cannot be told, and the rates that amounts in base currency rest on."""
    told: Effect = {}
    for one in (was, will):
        told |= {f"untold {name} {one.currency}": _ONE for name in one.untold}
        if one.charted and one.rate is None:
            told[f"unrated {one.currency}"] = _ONE
        elif one.rate is not None and one.rate.currency != one.rate.base:
            rate = one.rate
            told[f"rates {shown(rate.rate)} {rate.currency} for 1 {rate.base} of {rate.day} ({rate.source})"] = _ONE
    return told


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads documents of one ledger."""

    books: Books
    ledger: Ledger
    profile: Profile

    def sale(self, record: Record | None) -> bool:
        """Say whether a record is a sales document."""
        return record is not None and self.profile.sells(record)

    def same_figures(self, before: Record | None, after: Record | None) -> bool:
        """Say whether nothing that figures rest on differs, so that the ledger's own stand."""
        profile = self.profile
        names = (profile.lines, profile.basis, profile.currency, self.ledger.rate)
        return before is not None and after is not None and all(before.get(n) == after.get(n) for n in names)

    def standing(self, record: Record | None, *, computed: bool) -> _Standing:
        """Give what a document stands for; `computed`: its figures are there, as the ledger computed them."""
        ended = record is None or record.get(self.ledger.status) in self.ledger.ended
        if record is None or ended or not self.profile.sign or not self.sale(record):
            return _Standing()
        own = computed and isinstance(record.get(self.profile.total), Decimal)
        document = record if own else predict(record, self.profile, self.books.chart)
        currency, rate = self._currency(document), self._rate(document)
        sums: Sums = {}
        for name, amount in self._amounts(document):
            sums[f"{name} {currency}"] = sums.get(f"{name} {currency}", Decimal(0)) + amount * self.profile.sign
        if rate is not None:
            sums |= {f"base {name} in {rate.base}": self._based(amount, rate) for name, amount in sums.items()}
        return _Standing(currency, sums, frozenset(self._untold(document)), rate, counts=True, charted=bool(self._base))

    @property
    def _base(self) -> str:
        return "" if self.books.chart is None else self.books.chart.base

    def _currency(self, document: Record) -> str:
        """Name a document's currency; one that has none is in the ledger's base currency."""
        return str(document.get(self.profile.currency) or self._base or "base currency")

    def _amounts(self, document: Record) -> Iterator[tuple[str, Decimal]]:
        total = document.get(self.profile.total)
        if isinstance(total, Decimal):
            yield "receivables", total
        inclusive = basis_of(document, self.profile).inclusive
        for line in self._lines(document):
            amount, tax = line.get(self.profile.amount), line.get(self.profile.tax_amount)
            if isinstance(tax, Decimal) and tax:
                yield f"tax {line.get(self.profile.tax) or UNTYPED}", tax
            if isinstance(amount, Decimal) and not (inclusive and tax is None):
                net = amount - tax if inclusive and isinstance(tax, Decimal) else amount
                yield f"revenue {line.get(self.profile.account) or BY_ITEM}", net

    def _lines(self, document: Record) -> list[Record]:
        rows = document.get(self.profile.lines)
        return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []

    def _untold(self, document: Record) -> Iterator[str]:
        profile, lines = self.profile, self._lines(document)
        unread = not isinstance(document.get(profile.lines), list | tuple)
        if not isinstance(document.get(profile.total), Decimal):
            yield "receivables"
        if unread or not isinstance(document.get(profile.total_tax), Decimal):
            yield "tax"
        if unread or any(not isinstance(line.get(profile.amount), Decimal) for line in lines):
            yield "revenue"

    def _rate(self, document: Record) -> Found | None:
        """Give the rate to base currency: the document's own, else of the project's chain."""
        base, currency, day = self._base, self._currency(document), _day(document.get(self.profile.date))
        if not base or (day is None and currency != base):
            return None
        if currency == base or day is None:
            return Found(base, base, _ONE, _ONE, day or date.min, "", 0)
        own = document.get(self.ledger.rate)
        if isinstance(own, Decimal) and own:
            return Found(currency, base, own, _ONE, day, "the document", 0)
        found = self.books.rates().find(currency, base, day)
        return found if isinstance(found, Found) else None

    def _based(self, amount: Decimal, rate: Found) -> Decimal:
        return amount if rate.currency == rate.base else converted(amount, rate, self.ledger.base_places)

    def step(self, before: Record | None, after: Record | None, kind: Kind) -> Effect:
        """Count a document by the step of its status that this is."""
        was, will = self._status(before), self._status(after)
        if kind in _ENDS:
            step = f"{was} {_ENDS[kind]}"
        elif before is None:
            step = f"new {will}"
        elif was == will:
            step = f"{was} changed"
        else:
            ended = self.ledger.ended.get(will)
            step = f"{was} {ended}" if ended else f"{was} to {will}"
        return {f"documents {f'{self.profile.word} ' if self.profile.word else ''}{step}": _ONE}

    def _status(self, record: Record | None) -> str:
        return str((record or {}).get(self.ledger.status) or self.ledger.first)


def _day(value: Value) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
