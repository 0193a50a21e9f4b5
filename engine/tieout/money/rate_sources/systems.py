"""Rates that a system keeps as ordinary objects: which tables it has, and what their columns mean.

Data, one profile an adapter. Facts: salesforce 2.13. `CurrencyType` has one rate for each currency, against the
corporate one, and no history; it is of the day on which it was last changed. With Advanced Currency Management
`DatedConversionRate` has a rate for each period, whose end is exclusive; Salesforce applies it to opportunities, their
lines and their history, and the rates of `CurrencyType` to everything else, and so does this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from tieout.model import Value
from tieout.money.rate_sources.table import Row, Table
from tieout.money.rates import Question
from tieout.rate_quote import Quote


@dataclass(frozen=True, slots=True)
class Columns:
    """One table of rates. Names are paths of its records; each rate is in units for ONE unit of the system's base."""

    object: str
    currency: str
    rate: str
    day: str
    """A date, or an instant: from when on the rate holds."""
    until: str = ""
    """The first day on which it does not hold any more; empty: there is none."""

    @property
    def paths(self) -> frozenset[str]:
        """Give what is read of the table."""
        return frozenset(path for path in (self.currency, self.rate, self.day, self.until) if path)


@dataclass(frozen=True, slots=True)
class Profile:
    """How a system keeps its rates."""

    plain: Columns
    """One rate for each currency, for everything that `dated` does not apply to."""
    dated: Columns | None = None
    """Rates by period; not every organisation has it."""
    objects: frozenset[str] = frozenset()
    """The objects to which `dated` applies."""

    @property
    def tables(self) -> tuple[Columns, ...]:
        """Give both tables."""
        return (self.plain,) if self.dated is None else (self.plain, self.dated)


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "salesforce": Profile(
            plain=Columns("CurrencyType", "IsoCode", "ConversionRate", "SystemModstamp"),
            dated=Columns("DatedConversionRate", "IsoCode", "ConversionRate", "StartDate", "NextStartDate"),
            objects=frozenset({"Opportunity", "OpportunityLineItem", "OpportunityHistory"}),
        ),
    }
)
"""Adapter -> profile."""


@dataclass(frozen=True, slots=True)
class System:
    """The rates of one organisation, as they were read."""

    name: str
    plain: Table | str
    """Or why there is none."""
    dated: Table | None = None
    """None: the organisation has none."""
    objects: frozenset[str] = frozenset()

    def ask(self, question: Question) -> Quote | str:
        """Give the rate that the system itself applies to this object."""
        if self.dated is not None and question.object in self.objects:
            return self.dated.ask(question)
        return self.plain if isinstance(self.plain, str) else self.plain.ask(question)


def system(name: str, profile: Profile, base: str | None, read: Mapping[str, Sequence[Mapping[str, Value]]]) -> System:
    """Make the source. `read`: object -> its records, for those that the organisation has; `base`: its own currency."""
    if profile.plain.object not in read:
        return System(
            name, f"it keeps no {profile.plain.object}: its organisation has one currency, or this login sees none"
        )
    if base is None:
        return System(name, "its own currency is not known")
    plain = Table.of(name, _rows(profile.plain, base, read[profile.plain.object]))
    if profile.dated is None or profile.dated.object not in read:
        return System(name, plain)
    dated = Table.of(name, _rows(profile.dated, base, read[profile.dated.object]))
    return System(name, plain, dated, profile.objects)


def _rows(columns: Columns, base: str, records: Sequence[Mapping[str, Value]]) -> Iterator[Row]:
    for record in records:
        code, rate, day = record.get(columns.currency), record.get(columns.rate), as_day(record.get(columns.day))
        until = as_day(record.get(columns.until)) if columns.until else None
        if isinstance(code, str) and isinstance(rate, Decimal) and day is not None and code != base:
            yield Row(code, base, day, rate, until)


def as_day(value: Value) -> date | None:
    """Give the day of a date or an instant in ISO text (UTC); None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None
