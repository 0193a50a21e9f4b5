"""A listing too long for one request, cut into spans of document dates.

Xero refuses a request that matches more than 100,000 records, whatever page is asked for. Only invoices can be narrowed
without losing any: each has a `Date`, and ranges of it are optimised `where` terms, which stay allowed over that many
records (facts 2.3, (c) Paging). Contacts can be narrowed by equality alone, payments by nothing that is documented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRST, LAST = date(1980, 1, 1), date(2100, 1, 1)
"""Between these lie the dates of documents; what lies outside is asked for as well, but never cut up."""


@dataclass(frozen=True, slots=True)
class Window:
    """Documents dated from `start` on, and before `end`; None: no bound on that side."""

    start: date | None = None
    end: date | None = None

    def where(self) -> Mapping[str, str]:
        """Give the filter as query parameters; none for the window of everything."""
        terms = [
            f"Date {sign} DateTime({day.year}, {day.month:02}, {day.day:02})"
            for sign, day in ((">=", self.start), ("<", self.end))
            if day is not None
        ]
        return {"where": " AND ".join(terms)} if terms else {}

    def parts(self) -> Sequence[Window]:
        """Cut in parts that together match the same documents, oldest first; a single day has none."""
        if self.start is None and self.end is None:
            return [Window(None, FIRST), Window(FIRST, LAST), Window(LAST, None)]
        if self.start is None or self.end is None or self.end - self.start <= timedelta(days=1):
            return []
        middle = self.start + (self.end - self.start) // 2
        return [Window(self.start, middle), Window(middle, self.end)]


EVERYTHING = Window()
"""All documents: no filter."""
