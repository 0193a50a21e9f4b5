"""Reading the audit log: entries by what they are about, each as it was hashed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from tieout.store.audit import STREAMED
from tieout.store.instants import stamp
from tieout.store.person import Concern, Person
from tieout.store.tables import audit, audit_value
from tieout.values import loads_object


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries are wanted; all of it must hold, None: whatever it is."""

    person: Person | None = None
    links: frozenset[int] = frozenset()
    run: str | None = None
    who: str | None = None
    kinds: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry; `payload` and `value` as canonical JSON, `value` None: none, or erased."""

    seq: int
    previous: str
    hash: str
    at: str
    run: str
    epoch: int
    kind: str
    payload: str
    commitment: str | None
    salt: str | None
    value: str | None
    who: str | None = None
    """Whoever did it, or ran the run that did."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """The payload, read."""

    @property
    def erased(self) -> bool:
        """Say whether it had values that are gone."""
        return self.commitment is not None and self.value is None

    @property
    def values(self) -> Mapping[str, Any]:
        """Give its values."""
        return {} if self.value is None else loads_object(self.value)


def lines(tx: Connection, asked: Asked) -> Iterator[Line]:
    """Give the entries asked for, oldest first, a portion in memory at a time."""
    concern = Concern(asked.person) if asked.person is not None else None
    runners = _runners(tx)
    query = _ALL
    if asked.seq is not None:
        query = query.where(audit.c.seq == asked.seq)
    for row in tx.execute(query, execution_options={"yield_per": STREAMED}):
        told = loads_object(row.payload)
        if concern is not None and not concern.about(told):
            continue
        line = Line(**row._asdict(), who=_who(told, runners.get(row.run)), told=told)
        if _wanted(line, asked):
            yield line


_ALL = (
    select(audit, audit_value.c.salt, audit_value.c.value)
    .outerjoin(audit_value, audit_value.c.seq == audit.c.seq)
    .order_by(audit.c.seq)
)


def kinds_of(tx: Connection) -> list[str]:
    """Name the kinds of entries that stand in the log."""
    return list(tx.execute(select(audit.c.kind).distinct().order_by(audit.c.kind)).scalars())


def _runners(tx: Connection) -> dict[str, str]:
    """Give run -> who ran it."""
    rows = tx.execute(select(audit.c.run, audit.c.payload).where(audit.c.kind.in_(("plan", "apply"))))
    told = ((row.run, loads_object(row.payload).get("who")) for row in rows)
    return {run: str(who) for run, who in told if who}


def _who(told: Mapping[str, Any], runner: str | None) -> str | None:
    return str(told["who"]) if told.get("who") else runner


def _wanted(line: Line, asked: Asked) -> bool:
    number = line.told.get("link")
    return (
        (not asked.links or (number is not None and int(number) in asked.links))
        and asked.run in {None, line.run}
        and asked.who in {None, line.who}
        and (not asked.kinds or line.kind in asked.kinds)
        and (asked.since is None or line.at >= stamp(asked.since))
        and (asked.until is None or line.at < stamp(asked.until))
    )
