"""A system in memory: records that people edit, and that an adapter reads and writes (`tieout.testing.memory_port`).

It behaves as its `ObjectType` declares and as its `Traits` say, so that one small peer can be a CRM that answers writes
with the record, names authors and refuses twins, or a ledger that answers nothing and spells values in its own way.
What really happened stands in `history`: a test compares against that, never against what the adapter says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tieout.model import Archived, Gone, Lock, Merged, ObjectType, Observation, Outcome, Present, Record, Value

AUTOMATION = "automation"
"""Who changed what the system's own rules changed."""
WHOLE = ""
"""`Change.path` of what happened to a record as a whole."""
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Traits:
    """How one object behaves beyond what its ObjectType declares."""

    answers: bool = True
    """Writes are answered with the record as it is stored."""
    partial: bool = False
    """An answer holds only the paths that were sent."""
    names_author: bool = True
    upserts: bool = False
    """A create with a known key writes over the record that carries it, as an upsert by external id does."""
    atomic: bool = False
    """One bad operation spoils its batch."""
    overlap: timedelta = timedelta(0)
    """How far a cursor stays behind; at least what `late` may add to a stamp's grain."""
    page: int = 100
    """Records in one page of a listing."""
    shifting: bool = False
    """Pages are cut by number: a record that changes while others are read moves, and one may be left out."""
    spelling: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    """Path -> how a text is stored there, whatever was sent."""
    renumbers: bool = False
    """A write of a list through the API gives new ids to all its rows."""
    credits: str = ""
    """The object of the documents that take a record of this one back (Verb.CREDIT); each tells in `of` whose it is."""
    ignored: frozenset[str] = frozenset()
    """Paths of a stuck record that a write leaves as they are, without a word."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened; `value` is what is stored now, or the new state of the record as a whole."""

    object: str
    id: str
    path: str
    value: Value
    by: str
    at: datetime


@dataclass(slots=True)
class Row:
    """One record and all that was ever seen of it."""

    id: str
    object: str
    key: str | None
    record: dict[str, Value] = field(default_factory=dict)
    state: str = "live"
    """live, archived or gone"""
    into: str | None = None
    version: int = 0
    modified: datetime = BEGINNING
    by: str = ""
    stuck: bool = False
    lock: Lock | None = None
    items: int = 0
    """Rows that its lists ever had."""
    sightings: list[tuple[datetime, Observation]] = field(default_factory=list)
    """(when listings begin to show it, what they show)"""


def _by_id(rows: Value, inner: str) -> dict[str, Record]:
    return {str(row[inner]): row for row in rows if isinstance(row, Mapping)} if isinstance(rows, list) else {}


def _at_once() -> timedelta:
    return timedelta(0)


def _no_rule(_row: Row, _written: Record) -> Record:
    return {}


class MemorySystem:
    """All objects of one organisation. `late`: how long listings take to show a change; `rule`: an automation.

    The rule is handed a row and the paths just written, and gives what the system changes besides. `behind`: how far
    the replica that serves one page of a listing is behind. Lists in `ObjectType.children` whose rows have ids are
    written whole: a row with a known id stays, one without gets a new id, or its own where that can be written.
    """

    def __init__(
        self,
        name: str,
        objects: Mapping[str, tuple[ObjectType, Traits]],
        *,
        clock: Callable[[], datetime],
        late: Callable[[], timedelta] = _at_once,
        behind: Callable[[], timedelta] = _at_once,
        rule: Callable[[Row, Record], Record] = _no_rule,
    ) -> None:
        self.name = name
        self.objects = objects
        self.clock = clock
        self.history: list[Change] = []
        self.rows: dict[str, Row] = {}
        self.answered: dict[str, tuple[datetime, Sequence[Outcome]]] = {}
        """Idempotency key -> when it was first seen, and the answer then."""
        self._late = late
        self._behind = behind
        self._rule = rule

    # --- what people do (and, with `api`, the adapter) ------------------------------------------------------------

    def create(self, name: str, values: Record, *, by: str, key: str | None = None, api: bool = False) -> Row:
        """Add a record."""
        row = Row(f"{self.name[:1].upper()}{len(self.rows) + 1}", name, key)
        type_ = self.objects[name][0]
        row.record = {path: [] if path in type_.children else None for path in type_.fields if "." not in path}
        self.rows[row.id] = row
        self._happened(row, WHOLE, "live", by)
        self.edit(row.id, values, by=by, api=api)
        return row

    def edit(self, id_: str, values: Record, *, by: str, api: bool = False) -> Row:
        """Change fields of a record; its other fields stay."""
        row = self.rows[id_]
        traits = self.objects[row.object][1]
        for path, value in values.items():
            if api and row.stuck and path in traits.ignored:
                continue
            self._store(row, path, self._spelt(traits, path, value), by, api=api)
        followed = self._rule(row, values)
        for path, value in followed.items():
            self._store(row, path, self._spelt(traits, path, value), AUTOMATION, api=False)
        if api or followed or not values or self._tracks(row.object, values):
            self._touch(row, by)
        else:
            self._show(row)
        return row

    def remove(self, id_: str, *, by: str, into: str | None = None) -> Row:
        """Delete a record, or merge it into another one."""
        return self._become(self.rows[id_], "gone", by, into)

    def archive(self, id_: str, *, by: str) -> Row:
        """Take a record out of use."""
        return self._become(self.rows[id_], "archived", by)

    def restore(self, id_: str, *, by: str) -> Row:
        """Bring a deleted or archived record back."""
        return self._become(self.rows[id_], "live", by)

    def stick(self, id_: str, *, stuck: bool, by: str) -> Row:
        """Have writes of `Traits.ignored` left undone from now on, or not any more."""
        row = self.rows[id_]
        row.stuck = stuck
        self._touch(row, by)
        return row

    def lock(self, id_: str, lock: Lock | None, *, by: str) -> Row:
        """Have writes refused from now on, but for what the lock leaves editable; None: not any more."""
        row = self.rows[id_]
        row.lock = lock
        self._touch(row, by)
        return row

    # --- what can be seen -----------------------------------------------------------------------------------------

    def of(self, name: str) -> Iterator[Row]:
        """Give the rows of one object, deleted ones too."""
        return (row for row in self.rows.values() if row.object == name)

    def observed(self, row: Row) -> Observation:
        """Give a record as a read of it by id shows it now."""
        type_, traits = self.objects[row.object]
        if row.state == "gone":
            return Gone(row.id, row.modified) if row.into is None else Merged(row.id, row.into)
        kind = Archived if row.state == "archived" else Present
        return kind(
            row.id,
            dict(row.record),
            modified=row.modified,
            by=row.by if traits.names_author else None,
            version=str(row.version) if type_.conditional else None,
            lock=row.lock,
            key=row.key if type_.marker is not None else None,
        )

    def as_of(self) -> datetime:
        """Give the moment whose state one page of a listing shows."""
        return self.clock() - self._behind()

    def listed(self, row: Row, as_of: datetime | None = None) -> Observation | None:
        """Give a record as listings show it now, or as those of a replica do; None: not yet."""
        now = self.clock() if as_of is None else as_of
        shown = [seen for visible, seen in row.sightings if visible <= now]
        return shown[-1] if shown else None

    # --- inside ---------------------------------------------------------------------------------------------------

    def _spelt(self, traits: Traits, path: str, value: Value) -> Value:
        spell = traits.spelling.get(path)
        return spell(value) if spell is not None and isinstance(value, str) else value

    def _store(self, row: Row, path: str, value: Value, by: str, *, api: bool) -> None:
        inner = self.objects[row.object][0].children.get(path)
        if inner is not None:
            self._store_rows(row, path, inner, value, by, api=api)
            return
        # A person who writes what is there already changes nothing; a write through the API is always on record.
        if api or row.record.get(path) != value:
            row.record[path] = value
            self._happened(row, path, value, by)

    def _store_rows(self, row: Row, path: str, inner: str, value: Value, by: str, *, api: bool) -> None:
        type_, traits = self.objects[row.object]
        names = [name.removeprefix(f"{path}.") for name in type_.fields if name.startswith(f"{path}.")]
        before = _by_id(row.record.get(path), inner)
        free = type_.fields[f"{path}.{inner}"].creatable
        kept: dict[str, dict[str, Value]] = {}
        for sent in value if isinstance(value, list) else ():
            id_ = "" if api and traits.renumbers else str(sent.get(inner) or "")
            if id_ in kept or not (id_ in before or (free and id_)):
                row.items += 1
                id_ = f"{row.id}.{row.items}"
            kept[id_] = {name: self._spelt(traits, f"{path}.{name}", sent.get(name)) for name in names} | {inner: id_}
        row.record[path] = list(kept.values())
        for id_ in [*kept, *(id_ for id_ in before if id_ not in kept)]:
            self._tell_row(row, f"{path}[{id_}]", before.get(id_), kept.get(id_), by)

    def _tell_row(self, row: Row, path: str, then: Record | None, now: Record | None, by: str) -> None:
        if (then is None) != (now is None):
            self._happened(row, path, "gone" if now is None else "live", by)
        for name, value in (now or {}).items():
            if value != (then or {}).get(name):
                self._happened(row, f"{path}.{name}", value, by)

    def _become(self, row: Row, state: str, by: str, into: str | None = None) -> Row:
        row.state, row.into = state, into
        self._happened(row, WHOLE, state, by)
        self._touch(row, by)
        return row

    def _happened(self, row: Row, path: str, value: Value, by: str) -> None:
        self.history.append(Change(row.object, row.id, path, value, by, self.clock()))

    def _touch(self, row: Row, by: str) -> None:
        grain = self.objects[row.object][0].grain
        now = self.clock()
        row.version += 1
        row.by = by
        row.modified = now - ((now - BEGINNING) % grain)
        self._show(row)

    def _show(self, row: Row) -> None:
        row.sightings.append((self.clock() + self._late(), self.observed(row)))

    def _tracks(self, name: str, values: Record) -> bool:
        """Say whether one of these paths leaves a stamp; what does not (a formula) shows in complete listings alone."""
        fields = self.objects[name][0].fields
        return any(path not in fields or fields[path].tracked for path in values)
