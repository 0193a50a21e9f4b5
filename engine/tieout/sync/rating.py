"""The exchange rates of a run: the project's chain, read when a rule or a figure first needs it, then left as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tieout.hookspecs import RateSource
from tieout.mapping.rate_chain import Origin, Resolved
from tieout.model import Value
from tieout.money.rate_sources.document import Document
from tieout.money.rate_sources.ecb import Ecb
from tieout.money.rate_sources.plugin import Plugged
from tieout.money.rate_sources.posted import Posted
from tieout.money.rate_sources.systems import PROFILES, system
from tieout.money.rates import STALE_AFTER, Question, Rates, Source
from tieout.rate_quote import Quote

Records = Sequence[Mapping[str, Value]]
ReadTables = Callable[[str, Sequence[str]], Mapping[str, Records] | str]
"""Connection, objects -> the records of those that its organisation has; or why they could not be read."""
ReadPosted = Callable[[str], Iterable[tuple[str, Mapping[str, Value]]]]
"""Connection -> object and record of every document that is known of it."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a chain is made of."""

    chain: tuple[Resolved, ...] = ()
    stale_after: timedelta | None = None
    plugins: Mapping[str, RateSource] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outside:
    """Where the rates of systems are read."""

    adapters: Mapping[str, str]
    """Connection -> adapter, of those that work."""
    bases: Mapping[str, str]
    """Connection -> the currency in which its organisation keeps its books."""
    tables: ReadTables
    posted: ReadPosted


class Rating:
    """The rates of one run."""

    def __init__(self, given: Given | None = None, outside: Outside | None = None) -> None:
        self._given = given or Given()
        self._outside = outside
        self._rates: Rates | None = None

    @property
    def chained(self) -> bool:
        """Say whether the project names a source of rates."""
        return bool(self._given.chain)

    def rates(self) -> Rates:
        """Give the rates; the systems' tables are read now if they were not yet: never call it in a transaction."""
        if self._rates is None:
            sources = tuple(self._source(link) for link in self._given.chain)
            bases = {} if self._outside is None else self._outside.bases
            self._rates = Rates(sources, self._given.stale_after or STALE_AFTER, bases)
        return self._rates

    def _source(self, link: Resolved) -> Source:
        match link.origin:
            case Origin.DOCUMENT:
                return Document()
            case Origin.ECB:
                return Ecb()
            case Origin.PLUGIN:
                return Plugged(self._given.plugins[link.name])
            case Origin.FILE if link.table is not None:
                return link.table
        return self._of_system(link)

    def _of_system(self, link: Resolved) -> Source:
        outside = self._outside
        adapter = None if outside is None else outside.adapters.get(link.connection)
        if outside is None or adapter is None:
            return _Silent(link.name, f"the connection {link.connection} is not open in this run")
        base = outside.bases.get(link.connection)
        if link.origin is Origin.POSTED:
            return Posted(link.name, adapter, base, lambda: outside.posted(link.connection))
        profile = PROFILES[adapter]
        read = outside.tables(link.connection, [table.object for table in profile.tables])
        return _Silent(link.name, read) if isinstance(read, str) else system(link.name, profile, base, read)


@dataclass(frozen=True, slots=True)
class _Silent:
    """A source that could not be read, and why."""

    name: str
    why: str

    def ask(self, _question: Question) -> Quote | str:
        return self.why
