"""The rates that a ledger has put on its documents, as far as they are known: Xero offers no table of its own.

Facts: xero 2.7. A document that names no rate gets that of XE.com for its date, or the organisation's own, and keeps
it. Where documents of one currency and day carry different rates, people chose some of them, and none is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tieout.model import Value
from tieout.money.documents import DOCUMENTS, DocumentMoney
from tieout.money.rate_sources.systems import as_day
from tieout.money.rate_sources.table import Row, Table
from tieout.money.rates import Question
from tieout.rate_quote import Quote

Documents = Callable[[], Iterable[tuple[str, Mapping[str, Value]]]]
"""Gives object and record of every document."""


@dataclass
class Posted:
    """Reads the documents when a rate is first asked for: after they were observed."""

    name: str
    adapter: str
    base: str | None
    documents: Documents
    _table: Table | None = field(default=None, repr=False)

    def ask(self, question: Question) -> Quote | str:
        """Give the rate of the last day on which documents of that currency were posted."""
        if self.base is None:
            return "its base currency is not known"
        if self._table is None:
            self._table = Table.of(
                self.name, self._rows(self.base), doubt="documents", note="as its documents of that day carry it"
            )
        return self._table.ask(question)

    def _rows(self, base: str) -> Iterator[Row]:
        for object_, record in self.documents():
            money = DOCUMENTS.get((self.adapter, object_))
            row = None if money is None or not money.rate else _row(money, record, base)
            if row is not None:
                yield row


def _row(money: DocumentMoney, record: Mapping[str, Value], base: str) -> Row | None:
    code, rate, day = (_read(record, path) for path in (money.currency, money.rate, money.day))
    when = as_day(day)
    if not isinstance(code, str) or not isinstance(rate, Decimal) or when is None:
        return None
    return Row(code, base, when, rate) if code != base and rate > 0 and rate != 1 else None


def _read(record: Mapping[str, Value], path: str) -> Value:
    value: Value = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
