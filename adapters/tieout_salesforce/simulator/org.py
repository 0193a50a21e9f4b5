"""The simulated organisation: its tables, its clock, its users, and transactions over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from tieout_salesforce.simulator import ids
from tieout_salesforce.simulator.automation import Automation
from tieout_salesforce.simulator.counters import KEY, Counters, Effect
from tieout_salesforce.simulator.encoding import stamp
from tieout_salesforce.simulator.problems import refuse
from tieout_salesforce.simulator.schema import Field, Layout, Object
from tieout_salesforce.simulator.table import Row, Table


@dataclass(slots=True)
class Settings:
    """How this org is set up, and what no fact decides."""

    multi_currency: bool = True
    dated_rates: bool = False
    """Advanced currency management: DatedConversionRate, which only counts with several currencies (section 2.13)."""
    open_end: Literal["null", "far"] = "null"
    """NextStartDate of the last dated rate: none, or 9999-12-31 (not confirmed)."""
    line_moves_parent: bool = False
    """Whether a change of a line moves its opportunity's SystemModstamp. Not confirmed (section 8, 9): no, so that
    a reader must watch the lines themselves."""
    excess_decimals: Literal["keep", "round"] = "keep"
    """More decimals than a field's scale: rounded at display, not in storage (section 2.11, not confirmed)."""
    case_fold_text: bool = True
    """`=` on text heeds case only for a unique, case-sensitive field."""


@dataclass(slots=True)
class _Transaction:
    journal: list[tuple[Table, str, Row | None]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


class Org:
    """One organisation. Used by one thread; every request runs to its end before the next begins."""

    def __init__(self, clock: Callable[[], datetime], objects: dict[str, Object], settings: Settings) -> None:
        self.settings = settings
        self.layout = Layout(objects)
        self.tables = {name: Table(one) for name, one in objects.items()}
        self.automation = Automation()
        self.counters = Counters()
        self.id = ids.make("00D", 1)
        self.integration_user = ids.make("005", 1)
        self.human_user = ids.make("005", 2)
        self._clock = clock
        self._ahead = timedelta()
        self._open: _Transaction | None = None

    # --- time

    def now(self) -> datetime:
        """Tell the org's time: the machine's, as far ahead as it was set."""
        return self._clock().astimezone(UTC) + self._ahead

    def stamp(self) -> str:
        """Tell the time as records carry it."""
        return stamp(self.now())

    def advance(self, by: timedelta) -> None:
        """Set the clock forward; it never goes back."""
        if by < timedelta():
            raise refuse(400, "INVALID_CLOCK", "the simulator's clock can only be set forward")
        self._ahead += by

    # --- schema

    def sees_all(self, user: str) -> bool:
        """Say whether field-level security hides nothing from this user: it does from the integration user only."""
        return user != self.integration_user

    def fields(self, name: str, user: str) -> dict[str, Field]:
        """Give the fields of an object that a user sees now (per user: section 0, 8)."""
        return self.layout.visible(name, all_fields=self.sees_all(user))

    def allowed(self, name: str, user: str) -> Object:
        """Give an object with what a user may do with it now."""
        return self.layout.allowed(name, everything=self.sees_all(user))

    def add_field(self, name: str, one: Field) -> None:
        """Add a custom field while the org runs."""
        self.layout.objects[name].fields[one.name] = one
        self.tables[name].index(one)
        self.layout.changed[name] = self.stamp()

    def remove_field(self, name: str, field_name: str) -> None:
        """Remove a field and what it holds; records keep their stamps."""
        self.layout.objects[name].fields.pop(field_name, None)
        table = self.tables[name]
        table.unindex(field_name)
        for row in table.rows.values():
            row.pop(field_name, None)
        self.layout.changed[name] = self.stamp()

    # --- rows

    def row(self, name: str, id: str | None) -> Row | None:
        """Find a record by its id, deleted or not."""
        return self.tables[name].rows.get(id) if id else None

    def object_of(self, id: str) -> str | None:
        """Tell an object by the first three characters of an id (section 2.11)."""
        return next((name for name, one in self.layout.objects.items() if one.prefix == id[:3]), None)

    def new_id(self, name: str) -> str:
        """Make the next id of an object."""
        return ids.make(self.layout.objects[name].prefix, self.tables[name].next_number())

    def put(self, name: str, row: Row) -> None:
        """Store a row within the open transaction."""
        table = self.tables[name]
        old = table.put(row)
        if self._open:
            self._open.journal.append((table, row["Id"], old))

    def erase(self, name: str, id: str) -> None:
        """Remove a row for good within the open transaction."""
        table = self.tables[name]
        old = table.remove(id)
        if self._open:
            self._open.journal.append((table, id, old))

    def note(self, verb: str, name: str, row: Row, user: str) -> None:
        """Count a change once the transaction that made it is through."""
        effect = Effect(verb, name, row["Id"], row.get(KEY), user)
        if self._open:
            self._open.effects.append(effect)
        else:
            self.counters.note(effect)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that happens inside, or on an exception none of it. Nested ones are savepoints."""
        outer = self._open
        transaction = outer or _Transaction()
        journal, effects = len(transaction.journal), len(transaction.effects)
        self._open = transaction
        try:
            yield
        except BaseException:
            self._undo(transaction, journal)
            del transaction.effects[effects:]
            raise
        finally:
            self._open = outer
        if outer is None:
            for effect in transaction.effects:
                self.counters.note(effect)

    @staticmethod
    def _undo(transaction: _Transaction, mark: int) -> None:
        while len(transaction.journal) > mark:
            table, id, old = transaction.journal.pop()
            if old is not None:
                table.put(old)
            elif id in table.rows:
                table.remove(id)
