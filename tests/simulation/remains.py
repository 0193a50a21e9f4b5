"""What a world leaves behind: the systems' own histories, and the database read as plain rows."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from tieout.store.tables import audit, audit_value, hold, link, review
from tieout.testing.memory_port import USER

from .world import PERSON, World


def _path(rule: str) -> str:
    return rule.rpartition(".")[2]


def token(value: object) -> str | None:
    """Give the number in a value: it stays the same however systems spell it."""
    found = re.search(r"\d+", value) if isinstance(value, str) else None
    return found.group() if found else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One value that was stored, or (path "") one state that a record took."""

    place: int
    path: str
    value: object
    by: str
    at: str
    read: int | None
    """Of our own writes: how long the history was when we read the record before; None: we did not."""

    @property
    def ours(self) -> bool:
        return self.by == USER

    @property
    def persons(self) -> bool:
        return self.by == PERSON


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link as it is stored."""

    id: int
    ids: tuple[str, str]
    state: str
    generation: int
    base: Mapping[str, tuple[object, object, str]]
    created: bool
    """One of the two was made by us for the other."""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the audit log."""

    kind: str
    payload: Mapping[str, Any]
    values: Mapping[str, Any]


class Remains:
    """Everything that the laws are judged by."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows = tuple(system.rows for system in world.systems)
        self.histories = tuple(_histories(world, end) for end in (0, 1))
        with world.database.read() as tx:
            self.links = [_link(row) for row in tx.execute(select(link).order_by(link.c.id))]
            self.audit = [_told(row) for row in tx.execute(_AUDIT)]
            held = tx.execute(select(hold.c.scope, hold.c.rule, hold.c.code)).all()
            standing = [(row.scope, row.rule) for row in held]
            self.not_stored = [(row.scope, row.rule) for row in held if row.code == "not-stored"]
            asked = select(review.c.scope, review.c.rule).where(review.c.state == "open")
            self.reviews = {(row.scope, row.rule) for row in tx.execute(asked)}
        tally = world.tally
        self.undisturbed = not (tally.lost or tally.crashes or tally.fenced)
        """Every answer came, and no process died or was overtaken."""
        self.standing = {*standing, *self.reviews}
        self.scopes = {scope for scope, _ in self.standing}
        self.active = [one for one in self.links if one.state == "active"]

    def entries(self, end: int, id_: str, path: str) -> Sequence[Entry]:
        """Give all that was stored at a path of a record."""
        return self.histories[end].get((id_, path), ())

    def known(self) -> dict[tuple[int, str, str], set[str | None]]:
        """Give the values that the audit log names as overwritten: (end, record, path) -> tokens."""
        found: dict[tuple[int, str, str], set[str | None]] = defaultdict(set)
        for told in self.audit:
            if told.kind != "intent":
                continue
            end, id_ = int(told.payload["end"]), str(told.payload["record"])
            for rule, write in told.values["writes"].items():
                found[end, id_, _path(rule)].add(token(write[0]))
            for rule, value in told.values["before"].items():
                found[end, id_, _path(rule)].add(token(value))
        return found


def _histories(world: World, end: int) -> dict[tuple[str, str], list[Entry]]:
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for place, change in enumerate(world.systems[end].history):
        read = world.windows[end].get(place)
        entry = Entry(place, change.path, change.value, change.by, change.at.isoformat(), read)
        found[change.id, change.path].append(entry)
    return found


def _link(row: Any) -> LinkRow:
    base = {rule: tuple(kept) for rule, kept in json.loads(row.base).items()}
    return LinkRow(
        row.id, (row.first, row.second), row.state, row.generation, base, "created" in json.loads(row.evidence)
    )


def _told(row: Any) -> Told:
    return Told(row.kind, json.loads(row.payload), json.loads(row.value) if row.value else {})


_AUDIT = (
    select(audit.c.kind, audit.c.payload, audit_value.c.value)
    .outerjoin(audit_value, audit_value.c.seq == audit.c.seq)
    .order_by(audit.c.seq)
)
