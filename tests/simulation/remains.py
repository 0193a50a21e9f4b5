"""What a world leaves behind: the systems' own histories, and the database read as plain rows."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select

from tieout.store.database import unstamp
from tieout.store.tables import audit, audit_value, child, endpoint, hold, link, pair, review
from tieout.testing.memory_port import USER

from .drafts import Draft
from .systems import FIELDS, KEY, MEMO, NAMES, OUT, ROW_ID, ROWS, SCOPE, TEXT
from .world import PERSON, World

Told = dict[tuple[int, str, str], set[str | None]]
"""(system, record, path) -> tokens of values that the audit log names as overwritten."""


def token(value: object) -> str | None:
    """Give the number in a value: it stays the same however systems spell it."""
    found = re.search(r"\d+", value) if isinstance(value, str) else None
    return found.group() if found else None


def path_of(rule: str) -> str:
    """Give the path that a rule is about: both its sides call it alike."""
    return rule.rpartition(".")[2]


def row_path(id_: object, name: str = "") -> str:
    """Name a row of the list, or a value in it, as histories do."""
    return f"{ROWS}[{id_}]" + (f".{name}" if name else "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One value that was stored, or (path "") one state that a record took."""

    place: int
    path: str
    value: object
    by: str
    at: datetime
    read: int | None
    """Of our own writes: how long the history was when we read the record before; None: we did not."""
    order: str
    """Of our own writes: the key of the operation."""
    spelt: object = None
    """Of our own writes of fields: the value as it was sent."""

    @property
    def ours(self) -> bool:
        return self.by == USER

    @property
    def persons(self) -> bool:
        return self.by == PERSON


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link as it is stored. `ends`: places of its two systems."""

    id: int
    pair: int
    ends: tuple[int, int]
    ids: tuple[str, str]
    state: str
    generation: int
    base: Mapping[str, tuple[object, object, str]]
    children: Mapping[str, Sequence[tuple[str, str, int, Mapping[str, Any]]]]
    created: bool
    """One of the two was made by us for the other."""

    @property
    def scope(self) -> str:
        return f"link:{self.id}"

    def end(self, place: int) -> int | None:
        """Give the end that a system is; None: it is none."""
        return self.ends.index(place) if place in self.ends else None


@dataclass(frozen=True, slots=True)
class Story:
    """One entry of the audit log."""

    kind: str
    payload: Mapping[str, Any]
    values: Mapping[str, Any]
    run: str = ""
    at: datetime | None = None


class Remains:
    """Everything that the laws are judged by."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows = [system.rows for system in world.systems]
        self.histories = [_histories(world, place) for place in range(len(world.systems))]
        with world.database.read() as tx:
            places = {row.id: _place(row.organisation) for row in tx.execute(select(endpoint))}
            self.places: dict[int, int] = places
            """Endpoint -> place of its system."""
            self.joints: dict[int, tuple[int, int]] = {
                row.id: (places[row.first], places[row.second]) for row in tx.execute(select(pair).order_by(pair.c.id))
            }
            """Pair -> places of its systems."""
            children = tx.execute(select(child).order_by(child.c.id)).all()
            found = tx.execute(select(link).order_by(link.c.id)).all()
            self.links = [_link(row, self.joints[row.pair], children) for row in found]
            self.audit = [_story(row, world.erased.values) for row in tx.execute(_AUDIT)]
            held = tx.execute(select(hold.c.pair, hold.c.scope, hold.c.rule, hold.c.code)).all()
            asked = select(review.c.pair, review.c.scope, review.c.rule).where(review.c.state == "open")
            self.reviews = {(row.pair, row.scope, row.rule) for row in tx.execute(asked)}
        self.locked = [(row.pair, row.scope, row.rule) for row in held if row.code == "locked"]
        self.not_stored = [(row.pair, row.scope, row.rule) for row in held if row.code == "not-stored"]
        tally = world.tally
        self.undisturbed = not (tally.lost or tally.crashes or tally.fenced)
        """Every answer came, and no process died or was overtaken."""
        self.standing = {*((row.pair, row.scope, row.rule) for row in held), *self.reviews}
        self.scopes = {(number, scope) for number, scope, _ in self.standing}
        self.active = [one for one in self.links if one.state == "active"]

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Give the paths of values that people write: the codes, too, where they change them."""
        return (KEY, *FIELDS) if "rekeyed" in self.world.features else FIELDS

    def draft(self, ends: tuple[int, int]) -> Draft:
        """Give the mapping over two systems, as it is written now."""
        return next(draft for draft in self.world.drafts if draft.ends == ends)

    def entries(self, place: int, id_: str, path: str) -> Sequence[Entry]:
        """Give all that was stored at a path of a record."""
        return self.histories[place].get((id_, path), ())

    def live(self, place: int, id_: str) -> bool:
        """Say whether a record is there, out of use or not."""
        return self.rows[place][id_].state != "gone"

    def carried(self, place: int, path: str) -> bool:
        """Say whether a mapping always read a path of a system's records."""
        if path in self.world.uncarried:
            return False
        if path == ROWS:
            return place in (0, 1)
        return any(rule.path == path for draft in self.world.drafts if place in draft.ends for rule in draft.rules)

    def deleter(self, death: Entry) -> Draft:
        """Give the mapping under which we deleted a record."""
        pairs = [
            int(story.payload["pair"])
            for story in self.audit
            if story.kind == "intent" and story.payload["key"] == death.order
        ]
        return self.draft(self.joints[pairs[0]])

    def inside(self, draft: Draft, end: int, id_: str) -> bool:
        """Say whether a record is in a mapping's scope."""
        if self.rows[draft.ends[end]][id_].state == "archived" and not draft.archived[end]:
            return False
        return not draft.filtered[end] or self.rows[draft.ends[end]][id_].record.get(SCOPE) != OUT

    def whole(self, one: LinkRow) -> bool:
        """Say whether a hold or question is about a link as a whole, or one whole side."""
        return any((one.pair, one.scope, rule) in self.standing for rule in ("", "@0", "@1", "removal", "merge"))

    def linked(self, ends: tuple[int, int], end: int) -> set[str]:
        """Give the records of one end that have a partner."""
        return {one.ids[end] for one in self.active if one.ends == ends}

    @cached_property
    def known(self) -> Told:
        """Give the values that the audit log names as overwritten."""
        found: Told = defaultdict(set)
        for story in self.audit:
            if story.kind == "intent":
                place, id_ = self._where(story)
                for path, value in _before(story):
                    found[place, id_, path].add(token(value))
        return found

    @cached_property
    def sent(self) -> dict[str, set[tuple[str, str | None]]]:
        """Give, by key of operation, (path, token) of all that was to be sent."""
        found: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
        for story in self.audit:
            if story.kind == "intent":
                of_this = found[str(story.payload["key"])]
                of_this.update((path_of(rule), token(row[1])) for rule, row in story.values["writes"].items())
                of_this.update((path_of(rule), None) for rule in story.values["lists"])
                of_this.add(("", str(story.payload["verb"])))
        return found

    @cached_property
    def ever_sent(self) -> set[tuple[str, str | None]]:
        """Give (path, token) of all that was ever to be sent."""
        return set[tuple[str, str | None]]().union(*self.sent.values())

    @cached_property
    def forgotten(self) -> set[int]:
        """Give the links of persons who were erased."""
        return {int(id_) for story in self.audit if story.kind == "erase" for id_ in story.payload["links"]}

    @cached_property
    def takes_back(self) -> set[str]:
        """Give the keys of operations with which a person took something back."""
        return {
            str(story.payload["key"])
            for story in self.audit
            if story.kind == "intent" and story.run in self.world.undoings
        }

    @cached_property
    def travelled(self) -> set[str]:
        """Give every number that was agreed, or sent, or stood in for what was sent: an edit of it had travelled."""
        numbers: set[str] = set()
        for story in self.audit:
            if story.kind == "intent":
                texts = [row[1:3] for row in story.values["writes"].values()]
                texts += [rows[1] for rows in story.values["lists"].values()]
                numbers.update(re.findall(r"\d+", json.dumps(texts)))
            elif story.kind in {"settled", "agreed"}:
                numbers.update(re.findall(r"\d+", json.dumps([story.values["base"], story.values["children"]])))
        return numbers

    @cached_property
    def everything(self) -> set[str]:
        """Give every number that the audit log holds."""
        return {number for story in self.audit for number in re.findall(r"\d+", json.dumps(story.values))}

    def _where(self, story: Story) -> tuple[int, str]:
        return self.joints[int(story.payload["pair"])][int(story.payload["end"])], str(story.payload["record"])


def _place(organisation: str) -> int:
    return next(place for place, name in enumerate(NAMES) if organisation.startswith(name))


def _before(story: Story) -> Iterator[tuple[str, object]]:
    for rule, write in story.values["writes"].items():
        yield path_of(rule), write[0]
    for rule, value in story.values["before"].items():
        yield from _rows_of(value) if isinstance(value, list) else [(path_of(rule), value)]
    for rows in story.values["lists"].values():
        yield from _rows_of(rows[0])


def _rows_of(rows: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, object]]:
    for row in rows:
        yield from ((row_path(row[ROW_ID], name), row.get(name)) for name in (TEXT, MEMO))


def _histories(world: World, place: int) -> dict[tuple[str, str], list[Entry]]:
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    windows, orders = world.windows[place], world.orders[place]
    for number, change in enumerate(world.systems[place].history):
        order, spelt = orders.get(number, ""), world.spelt[place].get(number)
        entry = Entry(number, change.path, change.value, change.by, change.at, windows.get(number), order, spelt)
        found[change.id, change.path].append(entry)
    return found


def _link(row: Any, ends: tuple[int, int], children: Sequence[Any]) -> LinkRow:
    base = {rule: tuple(kept) for rule, kept in json.loads(row.base).items()}
    paired: dict[str, list[tuple[str, str, int, Mapping[str, Any]]]] = {}
    for one in children:
        if one.link == row.id:
            paired.setdefault(one.list, []).append((one.first, one.second, one.ordinal, json.loads(one.base)))
    made = "created" in json.loads(row.evidence)
    return LinkRow(row.id, row.pair, ends, (row.first, row.second), row.state, row.generation, base, paired, made)


def _story(row: Any, erased: Mapping[int, str | None]) -> Story:
    value = row.value or erased.get(row.seq)
    return Story(row.kind, json.loads(row.payload), json.loads(value) if value else {}, row.run, unstamp(row.at))


_AUDIT = (
    select(audit.c.seq, audit.c.kind, audit.c.run, audit.c.at, audit.c.payload, audit_value.c.value)
    .outerjoin(audit_value, audit_value.c.seq == audit.c.seq)
    .order_by(audit.c.seq)
)
