"""A plugin's source of rates, held to the port: what it raises, or gives beside it, is a reason to ask the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tieout.money.rates import Question
from tieout.rate_quote import Quote

if TYPE_CHECKING:
    from tieout.hookspecs import RateSource

_MOST = 200
"""Characters of an exception's own words."""


@dataclass(frozen=True, slots=True)
class Plugged:
    """One source that a plugin offers."""

    source: RateSource

    @property
    def name(self) -> str:
        """Give its own name."""
        return self.source.name

    def ask(self, question: Question) -> Quote | str:
        """Ask it, and check what it says."""
        try:
            answer: object = self.source.rate(question.currency, question.base, question.day)
        except Exception as error:  # noqa: BLE001  # a stranger's source may raise anything
            return f"it failed: {type(error).__name__}: {str(error)[:_MOST]}"
        if answer is None:
            return f"it has no rate of {question.currency} against {question.base}"
        if isinstance(answer, Quote) and isinstance(answer.rate, Decimal) and isinstance(answer.per, Decimal):
            dated = isinstance(answer.day, date) and not isinstance(answer.day, datetime)
            return answer if dated else f"it gave {type(answer.day).__name__} for a date"
        return f"it gave {type(answer).__name__}, which is no Quote of Decimals"
