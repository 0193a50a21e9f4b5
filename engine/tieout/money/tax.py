"""Tax tables: what class of goods has which of a ledger's tax types, in which edition, and from when until when. Pure.

A table is data of a jurisdiction; the organisation's own list of tax rates has the last word (`money.chart`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """The tax type of a class, for a time; both days count, "" = open."""

    type: str
    percent: Decimal | None = None
    """None: the table does not know it."""
    since: str = ""
    until: str = ""
    source: str = ""
    verify: str = ""

    def holds(self, day: str) -> bool:
        """Say whether it is valid on an ISO day."""
        return (not self.since or self.since <= day) and (not self.until or day <= self.until)


@dataclass(frozen=True, slots=True)
class TaxTable:
    """One jurisdiction."""

    name: str
    adapter: str
    classes: Mapping[str, Sequence[Entry]]
    editions: frozenset[str] = frozenset()
    """The ledger's words; empty: any."""
    countries: frozenset[str] = frozenset()
    """ISO codes; empty: any."""
    description: str = ""

    def find(self, class_: str, day: str) -> Entry | None:
        """Give the entry of a class that is valid on a day."""
        return next((entry for entry in self.classes.get(folded(class_), ()) if entry.holds(day)), None)

    def find_classes(self, day: str) -> list[str]:
        """Name the classes that have a tax type on a day."""
        return [name for name, entries in self.classes.items() if any(entry.holds(day) for entry in entries)]

    def fits(self, adapter: str, edition: str, country: str) -> bool:
        """Say whether it is for an organisation of this edition and country."""
        right = not self.editions or edition in self.editions
        return adapter == self.adapter and right and (not self.countries or country in self.countries)


def folded(class_: str) -> str:
    """Give the word of a class as tables spell it: "Reverse charge" is reverse_charge."""
    return re.sub(r"[\s_-]+", "_", class_.strip().casefold())


def table_for(tables: Iterable[TaxTable], adapter: str, edition: str, country: str) -> TaxTable | None:
    """Give the table of an organisation: one for its country comes before one for its edition alone."""
    fitting = [table for table in tables if table.fits(adapter, edition, country)]
    return max(fitting, key=lambda table: (bool(table.countries), bool(table.editions)), default=None)
