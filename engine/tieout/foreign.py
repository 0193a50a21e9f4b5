"""A stranger's adapter, held to the port: what it raises or gives beside it is its own fault, and is told as such.

Its connection stops, with all mappings that use it; the others go on. What ships with Tieout is not wrapped: there such
a thing is a fault of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from tieout.adapter import Connection
from tieout.errors import AdapterFault, TieoutError
from tieout.finding import Finding
from tieout.model import (
    Applied,
    Batch,
    Found,
    Gone,
    InDoubt,
    Merged,
    NotApplied,
    ObjectType,
    Observation,
    Organisation,
    Outcome,
    Page,
    Present,
    Query,
    Refused,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from tieout.plugins import Plugin

T = TypeVar("T")
MOST = 200
"""Characters of an exception's own words."""


@dataclass(frozen=True, slots=True)
class Blame:
    """Whose fault it is, in words."""

    connection: str
    adapter: str
    plugin: Plugin
    mask: Callable[[str], str]
    """Takes secrets out of a stranger's words."""

    def because(self, what: str) -> AdapterFault:
        """Make the exception for this fault."""
        who = f"{self.plugin.distribution or self.plugin.name} {self.plugin.version}".strip()
        return AdapterFault(
            f"{self.connection}: the adapter {self.adapter} of {who} is at fault: {what}",
            connection=self.connection,
            mend=f"take another version of {self.plugin.distribution or self.plugin.name}, or send its authors what"
            " the same command prints with --debug",
        )

    def raised(self, call: str, error: BaseException) -> AdapterFault:
        """Make the exception for another one that should not have left the adapter."""
        first = self.mask(str(error)).partition("\n")[0][:MOST]
        return self.because(f"{call} raised {type(error).__name__}{': ' if first else ''}{first}")

    def asked(self, call: str, work: Callable[[], T]) -> T:
        """Call the adapter."""
        try:
            return work()
        except TieoutError:
            raise
        except (Exception, SystemExit) as error:
            raise self.raised(call, error) from error

    def given(self, call: str, value: object, *kinds: type) -> None:
        """Hold a value to what the port promises. Raises AdapterFault."""
        if not isinstance(value, kinds):
            promised = " or ".join(kind.__name__ for kind in kinds)
            raise self.because(f"{call} gave {type(value).__name__} instead of {promised}")


class Foreign(Connection):
    """A stranger's connection."""

    def __init__(self, inner: Connection, blame: Blame) -> None:
        self._inner = inner
        self._blame = blame

    def organisation(self) -> Organisation:
        """Ask the adapter."""
        found = self._blame.asked("organisation", self._inner.organisation)
        self._blame.given("organisation", found, Organisation)
        self._blame.given("the id of organisation", found.id, str)
        return found

    def objects(self) -> Sequence[str]:
        """Ask the adapter."""
        return self._all("objects", self._inner.objects, str)

    def describe(self, name: str) -> ObjectType:
        """Ask the adapter."""
        found = self._blame.asked("describe", lambda: self._inner.describe(name))
        self._blame.given("describe", found, ObjectType)
        return found

    def changes(self, query: Query) -> Iterator[Page]:
        """Ask the adapter."""
        for page in self._each("changes", lambda: self._inner.changes(query)):
            self._blame.given("changes", page, Page)
            for seen in page.observations:
                self._observed("changes", seen)
            yield page

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        """Ask the adapter."""
        for seen in self._each("fetch", lambda: self._inner.fetch(query, ids)):
            self._observed("fetch", seen)
            yield seen

    def write(self, batch: Batch) -> Sequence[Outcome]:
        """Ask the adapter; what it breaks off may have been done, so the engine settles it later."""
        outcomes = self._all("write", lambda: self._inner.write(batch), Applied, Refused, InDoubt)
        self._as_many("write", outcomes, batch)
        for outcome in outcomes:
            if isinstance(outcome, Applied) and outcome.now is not None:
                self._observed("write", outcome.now)
        return outcomes

    def find_created(self, batch: Batch) -> Sequence[Found]:
        """Ask the adapter."""
        found = self._all("find_created", lambda: self._inner.find_created(batch), Applied, NotApplied, InDoubt)
        self._as_many("find_created", found, batch)
        return found

    def check(self) -> Sequence[Finding]:
        """Ask the adapter."""
        return self._all("check", self._inner.check, Finding)

    def url(self, name: str, id: str) -> str | None:
        """Ask the adapter."""
        found = self._blame.asked("url", lambda: self._inner.url(name, id))
        self._blame.given("url", found, str, type(None))
        return found

    def disconnect(self) -> bool:
        """Ask the adapter."""
        found = self._blame.asked("disconnect", self._inner.disconnect)
        self._blame.given("disconnect", found, bool)
        return found

    # --- what comes back ----------------------------------------------------------------------------------------------

    def _all(self, call: str, work: Callable[[], Sequence[T]], *kinds: type) -> Sequence[T]:
        found = self._blame.asked(call, lambda: list(work()))
        for one in found:
            self._blame.given(call, one, *kinds)
        return found

    def _each(self, call: str, work: Callable[[], Iterable[T]]) -> Iterator[T]:
        found = self._blame.asked(call, lambda: iter(work()))
        nothing = object()
        while True:
            one = self._blame.asked(call, lambda: next(found, nothing))
            if one is nothing:
                return
            yield one  # type: ignore[misc]  # `nothing` is out

    def _as_many(self, call: str, found: Sequence[object], batch: Batch) -> None:
        if len(found) != len(batch.operations):
            raise self._blame.because(f"{call} gave {len(found)} answers to {len(batch.operations)} operations")

    def _observed(self, call: str, seen: object) -> None:
        self._blame.given(call, seen, Present, Merged, Gone, Unknown)
        self._blame.given(f"the id that {call}", getattr(seen, "id", None), str)
        if isinstance(seen, Present):
            self._blame.given(f"the record that {call}", seen.record, Mapping)
            self._plain(f"a value that {call}", seen.record)

    def _plain(self, call: str, value: Value | Mapping[str, Value]) -> None:
        if isinstance(value, Mapping):
            for inner in value.values():
                self._plain(call, inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                self._plain(call, inner)
        else:
            self._blame.given(call, value, type(None), bool, str, Decimal, date, datetime)
