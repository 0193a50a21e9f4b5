"""The rate that the document in hand carries itself: the one its own ledger posted it at."""

from __future__ import annotations

from decimal import Decimal

from tieout.money.rates import DOCUMENT, Question
from tieout.rate_quote import Quote


class Document:
    """Answers with the document's own rate, turned round if need be; in doubt with nothing."""

    name = DOCUMENT

    def ask(self, question: Question) -> Quote | str:
        """Give the rate of the record whose value is converted, for the currencies that it is a rate of."""
        own = question.own
        if own is None:
            return "the record in hand carries no rate of its own"
        wanted = (question.currency, question.base)
        note = f"as {own.path} has it"
        if wanted == (own.currency, own.base):
            return Quote(own.rate, own.day, note)
        if wanted == (own.base, own.currency):
            return Quote(Decimal(1), own.day, note, per=own.rate)
        return f"{own.path} is a rate of {own.currency} against {own.base}"
