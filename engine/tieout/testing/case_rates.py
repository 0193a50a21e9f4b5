"""Exchange rates as a mapping test tells them: of whatever day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tieout.money.rate_sources.table import Row, Table
from tieout.money.rates import Question
from tieout.rate_quote import Quote


@dataclass(frozen=True, slots=True)
class Told:
    """Answers with the rates of the case, the other way round and through one third currency, too."""

    rates: Mapping[str, Decimal]
    """Currency/base -> units of the currency for one of base."""
    name: str = "test"

    def ask(self, question: Question) -> Quote | str:
        """Give the rate, as if it were of that very day."""
        pairs = [(pair.partition("/"), rate) for pair, rate in self.rates.items()]
        rows = [Row(currency, base, question.day, rate) for (currency, _, base), rate in pairs]
        return Table.of(self.name, rows).ask(question)
