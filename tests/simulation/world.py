"""One simulated world, drawn from a seed: its systems, its mappings, and everything that can go wrong on the way.

Every call of the port and every commit is a boundary; there, and only there, time passes: people edit, a request in
flight arrives, a process dies, or another process runs from start to end. So nothing needs a thread, and the same seed
gives the same transcript.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tieout.mapping.compiled import CompiledMapping
from tieout.model import Record
from tieout.store.database import Database
from tieout.testing.memory import AUTOMATION, MemorySystem, Row

from . import drafts, systems
from .compiling import compiled
from .drafts import Draft
from .systems import FIELDS, KEY, LATE, NAMES, THING

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
PERSON = "person"
SHARES = {
    "chain": 0.1,
    "lists": 0.2,
    "references": 0.15,
    "newest": 0.2,
    "scope": 0.2,
    "changing": 0.2,
    "answers": 0.4,
    "undo": 0.12,
    "torn": 0.2,
}
"""Feature -> the share of worlds that have it.

chain: a third system; lists, references, newest, scope: in the mappings; changing: people change the mappings between
runs, and apply plans that they made before; undo: they take runs back; answers: they answer questions; torn: first
listings mostly break off.

Only profiles have these: unmatched: no match rules; keeping: what loses its partner stays; recent: the newest value
always wins; erasure: persons are erased from the log and the state; untracked: fields change without a stamp;
locks: records refuse to be written; archives: they go out of use and come back; picked: people make plans of what they
pick (some partners only on request) and apply them at once, later, twice or never; tried: they try other mappings out,
take them back and apply plans from before; rekeyed: people change the codes that records are matched by.
"""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a batch of seeds has in common; all else is drawn."""

    runners: int = 1
    tempers: Mapping[str, object] = field(default_factory=dict)
    features: Mapping[str, bool] = field(default_factory=dict)
    faults: bool | None = None
    """None: drawn, in seven worlds of ten."""
    full: bool = True
    """False: after the first time nobody ever reads everything, not even when all is quiet."""
    cut: float = 0.12
    """How many listings break off, where there are faults."""
    lossy: float = 1.0
    """How many times more answers are lost than usual."""
    overtaken: float = 0.03
    """How likely a process is stopped at a boundary and overtaken by another one."""
    asked: bool = False
    """True: persons decide all conflicts."""
    verified: bool = False
    """In the end `tieout verify` compares both sides, and a difference is planted for it to find."""
    crowd: int = 0
    """How many more records there are from the beginning."""


class Crash(BaseException):
    """The process of a runner dies; nothing of it runs on, no `finally` either (the boundaries see to that)."""


@dataclass(slots=True)
class Flight:
    """Something that happens later: a request whose answer is lost arrives, an automation wakes up."""

    due: datetime
    what: str
    arrive: Callable[[], object]


@dataclass(slots=True)
class Call:
    """One call that wrote. `began`, `ended`: how long the system's history was."""

    reads: Mapping[str, int]
    """Id of each record that it wrote, or seemed to -> how long the history was when we read it before."""
    began: int
    ended: int
    heard: bool = False
    """The engine got the answer."""


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
    answers: int = 0
    changes: int = 0
    undone: int = 0
    partly: int = 0
    """Undoings that went through for some mappings, and left others that could not be read."""
    erased: int = 0
    """Persons whose data were erased."""
    arrived: int = 0
    """Things that happened later than they were begun: requests that came late, automations that woke up."""
    refused: int = 0
    """Plans that were refused, for the mapping is another one now."""


@dataclass(frozen=True, slots=True)
class Undone:
    """One taking back that went through. `began`, `ended`: how long each system's history was."""

    run: str
    undone: str
    began: Sequence[int]
    ended: Sequence[int]
    left: frozenset[tuple[str, str]]
    """(record, rule) that it names as left; rule "" is all of the record."""
    failed: frozenset[tuple[str, str]]
    """(record, rule) that it planned and that ended otherwise: somebody was at it meanwhile."""
    waits: frozenset[str]
    """Records that it leaves for the fate of an earlier write is not known yet, as it says."""
    unread: frozenset[str] = frozenset()
    """Records that it leaves for they, or what may refer to them, could not be read, as it says."""


@dataclass(slots=True)
class Erased:
    """What the judge still knows of persons who were erased."""

    values: dict[int, str | None] = field(default_factory=dict)
    """Entry of the audit log -> its values, before they were erased."""
    kept: list[str] = field(default_factory=list)
    """What was still kept of a person after the erasure."""


class World:
    """Systems, one database, one clock, one source of chance."""

    def __init__(self, seed: int, profile: Profile) -> None:
        self.seed, self.profile = seed, profile
        self.random = Random(seed)  # noqa: S311  # chance that can be repeated, not a secret
        self.now = BEGIN
        self.chaos, self.tally = True, Tally()
        self.transcript: list[str] = []
        self.flights: list[Flight] = []
        self.second: Callable[[], object] | None = None
        """Runs another process from start to end."""
        self.depth = 0
        self._serial, self._salt = 100, 0
        drawn = {name: self.random.random() < share for name, share in SHARES.items()} | dict(profile.features)
        self.features = frozenset(name for name, has in drawn.items() if has)
        self.faults = self.random.random() < 0.7 if profile.faults is None else profile.faults
        names = NAMES if "chain" in self.features else NAMES[:2]
        self.tempers = [systems.temper(self.random, n, self.features, profile.tempers) for n in range(len(names))]
        self.systems = [self._system(place, name) for place, name in enumerate(names)]
        self.drafts: Sequence[Draft] = ()
        self.mappings: Sequence[CompiledMapping] = ()
        self.chain = 0
        """d of law 1."""
        self.written: list[Draft] = []
        """Every mapping that ever was in force, in the order in which they were written."""
        types = [temper.type for temper in self.tempers]
        self.rewrite(drafts.draw(self.random, self.features, types, asked=profile.asked))
        self.haste = self.random.choice((0.02, 0.05, 0.1))
        self.most_edits = self.random.randrange(5, 50)
        self.database = Database.open(
            "sqlite::memory:", clock=lambda: self.now, project_folder=Path(), salt=self._next_salt
        )
        self.windows: list[dict[int, int | None]] = [{} for _ in names]
        """Per system: place in the history of what we wrote -> how long the history was when we read the record."""
        self.orders: list[dict[int, str]] = [{} for _ in names]
        """Per system: place in the history of what we wrote -> the key of the operation that did it."""
        self.spelt: list[dict[int, object]] = [{} for _ in names]
        """Per system: place in the history of what we wrote -> the field's value as it was sent."""
        self.calls: list[list[Call]] = [[] for _ in names]
        """Per system: every call that wrote, in the order in which they were carried out."""
        self.retried: list[tuple[int, str, str, Sequence[int]]] = []
        """(pair, scope, rule) of each write that a person had tried again, and how long each history was then.

        Who changes the mapping over two systems has all of it tried again: (0, "0-1", "").
        """
        self.made: list[dict[str, str]] = [{} for _ in names]
        """Per system: id of a record that we created -> the key with which we did."""
        self.touched: list[dict[str, datetime]] = [{} for _ in names]
        """Per system: id of a record -> when a person last did something to it that no field tells."""
        self.shown: list[str] = []
        """The questions that people answered, as they read them."""
        self.undoings: set[str] = set()
        """Runs that took another one back, or tried to."""
        self.undone: list[Undone] = []
        self.erased = Erased()
        self.misapplied: list[str] = []
        """Plans that were applied under another mapping than the one they were made for."""
        self._populate()

    def _system(self, place: int, name: str) -> MemorySystem:
        temper = self.tempers[place]
        return MemorySystem(
            name,
            {THING: (temper.type, temper.traits)},
            clock=lambda: self.now,
            late=lambda: self._some(LATE) if temper.late else timedelta(0),
            behind=lambda: self._some(LATE) if temper.behind else timedelta(0),
            rule=lambda row, written: self._rule(place, row, written),
        )

    def _some(self, most: timedelta) -> timedelta:
        return timedelta(seconds=self.random.randrange(int(most.total_seconds()))) if self.chaos else timedelta(0)

    def _rule(self, place: int, row: Row, written: Record) -> Record:
        automated = self.tempers[place].automated
        if not automated or "phone" not in written or self.random.random() < 0.5:
            return {}
        grade = f"T{self.fresh()}"
        if automated == "at once":
            return {"grade": grade}
        system = self.systems[place]
        self.later(
            self.random.randrange(3, 50),
            f"an automation sets {row.id}.grade to {grade}",
            lambda: row.state == "live" and system.edit(row.id, {"grade": grade}, by=AUTOMATION),
        )
        return {}

    def _next_salt(self) -> str:
        self._salt += 1
        return f"{self._salt:032x}"

    def _populate(self) -> None:
        for _ in range(self.random.randrange(1, 4) + self.profile.crowd):
            where, key = self.random.randrange(2 ** len(self.systems) - 1) + 1, f"k{self.fresh()}"
            for place, system in enumerate(self.systems):
                if where & 2**place:
                    values = {path: self.value() for path in FIELDS if self.random.random() < 0.7}
                    row = system.create(THING, {KEY: key, **values}, by=PERSON)
                    self.trace(f"there is {row.id} {key} {values}")
        if self.profile.crowd:
            self.now += timedelta(minutes=10)  # long enough for every listing to show them

    def rewrite(self, written: Sequence[Draft]) -> None:
        """Take these mappings as they are written from now on."""
        self.lay_open(written)
        self.written += written

    def lay_open(self, written: Sequence[Draft]) -> None:
        """Have these mappings stand in the project; those that are only tried out never were in force."""
        checked = compiled(written, [temper.type for temper in self.tempers])
        self.drafts, self.mappings, self.chain = written, checked.mappings, checked.depth

    @property
    def uncarried(self) -> set[str]:
        """Paths that a mapping once left out: then nobody reads them."""
        return set[str]().union(*(draft.left_out for draft in self.written))

    def revise(self) -> None:
        """Somebody changes a mapping."""
        place = self.random.randrange(len(self.drafts))
        now = drafts.change(self.random, self.drafts[place], self.features)
        if now != self.drafts[place]:
            self.tally.changes += 1
            self.trace(f"a consultant writes\n{now.text()}")
            lengths = [len(system.history) for system in self.systems]
            self.retried.append((0, "{}-{}".format(*now.ends), "", lengths))
            self.rewrite([*self.drafts[:place], now, *self.drafts[place + 1 :]])

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

    def later(self, seconds: int, what: str, arrive: Callable[[], object]) -> None:
        """Have something happen after so long."""
        self.flights.append(Flight(self.now + timedelta(seconds=seconds), what, arrive))

    def pass_time(self, seconds: int) -> None:
        """Let time go by; what was in flight arrives."""
        until = self.now + timedelta(seconds=seconds)
        while arriving := [flight for flight in self.flights if flight.due <= until]:
            flight = min(arriving, key=lambda one: one.due)
            self.flights.remove(flight)
            self.now = max(self.now, flight.due)  # at its own time, however far the clock jumps
            self.trace(flight.what)
            self.tally.arrived += 1
            flight.arrive()
        self.now = max(self.now, until)

    def calm(self) -> None:
        """End the chaos: everything in flight arrives, all listings catch up, every horizon passes."""
        self.chaos = False
        self.trace("calm")
        longest = max(temper.type.horizon for temper in self.tempers)
        self.pass_time(int((longest + LATE).total_seconds()) + 60)
        self.pass_time(3600)


__all__ = ["BEGIN", "PERSON", "SHARES", "Crash", "Flight", "Profile", "Tally", "World"]
