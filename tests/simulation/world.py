"""One simulated world, drawn from a seed: two systems, their people, and everything that can go wrong on the way.

Every call of the port and every commit is a boundary; there, and only there, time passes: people edit, a request in
flight arrives, a process dies, or another process runs from start to end. So nothing needs a thread, and the same seed
gives the same transcript.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tieout.model import Record, Value
from tieout.store.database import Database
from tieout.testing.memory import MemorySystem, Row

from . import things
from .things import FIELDS, HORIZON, KEY, LATE, SIDES, THING, Temper

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a batch of seeds has in common; all else is drawn."""

    runners: int = 1
    tempers: Mapping[str, object] = field(default_factory=dict)
    faults: bool | None = None
    """None: drawn, in seven worlds of ten."""


class Crash(BaseException):
    """The process of a runner dies; nothing of it runs on, no `finally` either (the boundaries see to that)."""


@dataclass(slots=True)
class Flight:
    """A request whose answer is lost and that arrives later."""

    due: datetime
    arrive: Callable[[], object]


@dataclass(slots=True)
class Tally:
    """Counts of one world."""

    edits: int = 0
    writes: int = 0
    crashes: int = 0
    lost: int = 0
    fenced: int = 0
    runs: int = 0
    faults: int = 0


class World:
    """Two systems, one database, one clock, one source of chance."""

    def __init__(self, seed: int, profile: Profile) -> None:
        self.seed, self.profile = seed, profile
        self.random = Random(seed)  # noqa: S311  # chance that can be repeated, not a secret
        self.now = BEGIN
        self.chaos = True
        self.tally = Tally()
        self.transcript: list[str] = []
        self.flights: list[Flight] = []
        self.second: Callable[[], object] | None = None
        """Runs another process from start to end."""
        self.depth = 0
        self._serial = 100
        self.faults = self.random.random() < 0.7 if profile.faults is None else profile.faults
        self.tempers = (self._temper(0), self._temper(1))
        self.systems = (self._system(0), self._system(1))
        self.mapping = things.mapping(self.random, (self.tempers[0].type, self.tempers[1].type))
        self.haste = self.random.choice((0.02, 0.05, 0.1))
        self.most_edits = self.random.randrange(5, 50)
        self._salt = 0
        self.database = Database.open(
            "sqlite::memory:", clock=lambda: self.now, project_folder=Path(), salt=self._next_salt
        )
        self.windows: tuple[dict[int, int | None], dict[int, int | None]] = ({}, {})
        """Per end: place in the history of what we wrote -> how long the history was when we read the record."""
        self.made: tuple[dict[str, str], dict[str, str]] = ({}, {})
        """Per end: id of a record that we created -> the key with which we did."""
        self._populate()

    def _temper(self, end: int) -> Temper:
        return things.temper(self.random, end, self.profile.tempers)

    def _system(self, end: int) -> MemorySystem:
        temper = self.tempers[end]
        return MemorySystem(
            SIDES[end],
            {THING: (temper.type, temper.traits)},
            clock=lambda: self.now,
            late=lambda: self._late(temper),
            rule=lambda row, written: self._rule(temper, row, written),
        )

    def _late(self, temper: Temper) -> timedelta:
        if not temper.late or not self.chaos:
            return timedelta(0)
        return timedelta(seconds=self.random.randrange(int(LATE.total_seconds())))

    def _rule(self, temper: Temper, _row: Row, written: Record) -> Record:
        if not temper.automated or "phone" not in written or self.random.random() < 0.5:
            return {}
        return {"grade": f"T{self.fresh()}"}

    def _next_salt(self) -> str:
        self._salt += 1
        return f"{self._salt:032x}"

    def _populate(self) -> None:
        for _ in range(self.random.randrange(1, 4)):
            where, key = self.random.randrange(3), f"k{self.fresh()}"
            for end in (0, 1):
                if where in (end, 2):
                    values = {path: self.value() for path in FIELDS if self.random.random() < 0.7}
                    self.systems[end].create(THING, {KEY: key, **values}, by=PERSON)

    def close(self) -> None:
        self.database.close()

    # --- chance -------------------------------------------------------------------------------------------------------

    def fresh(self) -> str:
        """Give a number that was never used: it marks one value wherever it travels."""
        self._serial += 1
        return str(self._serial)

    def value(self) -> str:
        """Give a new value, spelt so that systems may store it in another way."""
        return self.random.choice(("U", "u", " U", "uU")) + self.fresh() + self.random.choice(("", " ", "x"))

    def trace(self, text: str) -> None:
        """Note what happened."""
        self.transcript.append(f"{int((self.now - BEGIN).total_seconds()):6} {text}")

    # --- time ---------------------------------------------------------------------------------------------------------

    def pass_time(self, seconds: int) -> None:
        """Let time go by; what was in flight arrives."""
        self.now += timedelta(seconds=seconds)
        for flight in list(self.flights):
            if flight.due <= self.now:
                self.flights.remove(flight)
                self.trace("a request arrives late")
                flight.arrive()

    def calm(self) -> None:
        """End the chaos: everything in flight arrives, all listings catch up, every horizon passes."""
        self.chaos = False
        self.trace("calm")
        self.pass_time(int((HORIZON + LATE).total_seconds()) + 60)
        self.pass_time(3600)

    def happen(self) -> None:
        """Let people do something, or not."""
        while self.chaos and self.tally.edits < self.most_edits and self.random.random() < self.haste:
            self.person()

    # --- people -------------------------------------------------------------------------------------------------------

    def person(self) -> None:
        """Somebody does something in one of the systems."""
        self.tally.edits += 1
        end = self.random.randrange(2)
        system = self.systems[end]
        live = [row for row in system.rows.values() if row.state == "live"]
        gone = [row for row in system.rows.values() if row.state == "gone" and row.into is None]
        x = self.random.random()
        if x < 0.06:
            values = {path: self.value() for path in FIELDS if self.random.random() < 0.6}
            made = system.create(THING, {KEY: f"k{self.fresh()}", **values}, by=PERSON)
            self.trace(f"person adds {made.id} {values}")
        elif x < 0.09 and live:
            self.trace(f"person deletes {system.remove(self.random.choice(live).id, by=PERSON).id}")
        elif x < 0.11 and gone:
            self.trace(f"person restores {system.restore(self.random.choice(gone).id, by=PERSON).id}")
        elif x < 0.13 and end == 0 and len(live) > 1:
            loser, winner = self.random.sample(live, 2)
            self.trace(f"person merges {system.remove(loser.id, by=PERSON, into=winner.id).id} into {winner.id}")
        elif x < 0.18 and live:
            row = self.random.choice(live)
            system.stick(row.id, stuck=not row.stuck, by=PERSON)
            self.trace(f"person sticks {row.id}: {row.stuck}")
        elif live:
            self._edit(system, self.random.choice(live))

    def _edit(self, system: MemorySystem, row: Row) -> None:
        path = self.random.choice(FIELDS)
        value: Value = None if self.random.random() < 0.03 else self.value()
        system.edit(row.id, {path: value}, by=PERSON)
        self.trace(f"person sets {row.id}.{path} to {value!r}")
