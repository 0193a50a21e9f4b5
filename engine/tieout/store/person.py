"""One person's data: the records that are linked with one another, and everything that is kept about them.

Erasing leaves what identifies nobody by itself: ids, states, codes, digests of decisions. What is erased from the
mirror and from the bases is read anew by the next run, which asks where the two sides differ instead of writing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, select, update

from tieout.model import Value
from tieout.store import mirror
from tieout.store.audit import STREAMED
from tieout.store.members import member
from tieout.store.tables import (
    audit,
    audit_value,
    child,
    hold,
    intent,
    link,
    match_key,
    operation,
    pair,
    plan,
    record,
)
from tieout.store.tables import review as question
from tieout.store.tables import suppress as decision
from tieout.values import dumps, loads_object

ERASED = "(erased)"
"""Stands where a text was."""
Record = tuple[int, str]
"""Endpoint and id."""


@dataclass(frozen=True, slots=True)
class Person:
    """Records that are one person's, with the links between them."""

    records: tuple[Record, ...]
    links: tuple[int, ...]
    places: frozenset[tuple[int, int, str]]
    """(pair, end, id) under which pairs know the records."""
    pairs: Mapping[int, int]
    """Link -> pair."""
    parts: tuple[tuple[int, str], ...] = ()
    """(pair, scope) of parts of the records, of which something stands."""
    part: str = ""
    """The part of the records that alone is meant; "": all of them."""

    @property
    def scopes(self) -> list[tuple[int, str]]:
        """Give (pair, scope) under which something may stand about them."""
        of_records = [] if self.part else [(number, f"record:{end}:{id_}") for number, end, id_ in self.places]
        return sorted([*of_records, *self.parts, *((number, f"link:{one}") for one, number in self.pairs.items())])


@dataclass
class _Search:
    tx: Connection
    ends: Mapping[int, tuple[int, int]]
    records: dict[Record, None]
    links: dict[int, int] = field(default_factory=dict)

    def from_(self, endpoint: int, id_: str) -> Iterator[Record]:
        """Give the records next to one: its partners, and those of its system that it was merged with."""
        for number, end in self.places(endpoint):
            mine, other = (link.c.second, link.c.first) if end else (link.c.first, link.c.second)
            rows = self.tx.execute(select(link.c.id, link.c.state, other.label("partner"))
                                   .where(link.c.pair == number, mine == id_)).all()  # fmt: skip
            taken = any(row.state == "active" for row in rows)
            for row in rows:
                self.links[row.id] = number
                if row.state == "active" or not (taken or self._taken(number, other, row.partner)):
                    yield self.ends[number][1 - end], row.partner
        here = select(record.c.id, record.c.into).where(record.c.endpoint == endpoint)
        for one in self.tx.execute(here.where((record.c.into == id_) | (record.c.id == id_))).all():
            yield endpoint, one.id
            if one.into is not None and one.id == id_:
                yield endpoint, one.into

    def places(self, endpoint: int) -> list[tuple[int, int]]:
        return [(number, end) for number, ends in self.ends.items() for end in (0, 1) if ends[end] == endpoint]

    def _taken(self, number: int, column: Any, partner: str) -> bool:
        """Say whether a former partner has another one now: then it is somebody else."""
        query = select(link.c.id).where(link.c.pair == number, column == partner, link.c.state == "active")
        return self.tx.execute(query).first() is not None


def find(tx: Connection, endpoint: int, id_: str, *, partners: bool = True) -> Person:
    """Give the records that belong together with this one; `partners` False: only itself, with its links."""
    ends = {row.id: (row.first, row.second) for row in tx.execute(select(pair).order_by(pair.c.id))}
    search = _Search(tx, ends, {(endpoint, id_): None})
    waiting = [(endpoint, id_)]
    while waiting:
        for near in search.from_(*waiting.pop()):
            if partners and near not in search.records:
                search.records[near] = None
                waiting.append(near)
    places = {(number, end, one) for at, one in search.records for number, end in search.places(at)}
    parts = [
        (number, scope)
        for number, end, one in sorted(places)
        for scope in _scopes_below(tx, number, f"record:{end}:{one}#")
    ]
    return Person(
        tuple(sorted(search.records)),
        tuple(sorted(search.links)),
        frozenset(places),
        dict(search.links),
        tuple(dict.fromkeys(parts)),
    )


def parts_of(tx: Connection, person: Person) -> list[str]:
    """Name the parts of records that have or had a partner, or of which something stands."""
    linked = tx.execute(select(link.c.part).where(link.c.id.in_(person.links), link.c.part != "")).scalars()
    return sorted({*linked, *(scope.partition("#")[2] for _, scope in person.parts)})


def of_part(tx: Connection, person: Person, part: str) -> Person:
    """Narrow a record to one of its parts: its links and its scopes, and nothing of the record as a whole."""
    mine = set(tx.execute(select(link.c.id).where(link.c.id.in_(person.links), link.c.part == part)).scalars())
    pairs = {one: number for one, number in person.pairs.items() if one in mine}
    scopes = tuple(sorted((number, f"record:{end}:{id_}#{part}") for number, end, id_ in person.places))
    return Person((), tuple(sorted(mine)), person.places, pairs, scopes, part)


def _scopes_below(tx: Connection, number: int, prefix: str) -> Iterator[str]:
    """Give the scopes of parts of a record of which something stands, is asked or was answered."""
    for table in (hold, question, decision):
        below = (table.c.scope > prefix) & (table.c.scope < f"{prefix}\U0010ffff")
        yield from tx.execute(select(table.c.scope).where(table.c.pair == number, below)).scalars()


# --- the log ------------------------------------------------------------------------------------------------------


@dataclass
class Concern:
    """Tells which entries of the log are about a person; ask it about them in their order."""

    person: Person
    keys: set[str] = field(default_factory=set)
    """Of the writes that were journalled: some entries name only these."""

    def __post_init__(self) -> None:
        self._links, self._scopes = set(self.person.links), set(self.person.scopes)
        self._records = set(self.person.records)

    def about(self, payload: Mapping[str, Any]) -> bool:
        """Say whether an entry is about the person."""
        found = self._about(payload)
        if found and payload.get("key"):
            self.keys.add(str(payload["key"]))
        return found

    def _about(self, payload: Mapping[str, Any]) -> bool:
        number, pair_, endpoint = (payload.get(name) for name in ("link", "pair", "endpoint"))
        if endpoint is not None:
            return any((int(endpoint), str(id_)) in self._records for id_ in payload.get("ids", ()))
        if number is not None and int(number) in self._links:
            return True
        if not self._links.isdisjoint(int(one) for one in payload.get("links", ())):
            return True
        if pair_ is None:
            return payload.get("key") in self.keys
        told = [str(payload[name]) for name in ("scope", "to") if name in payload]
        scopes = {(int(pair_), scope) for one in told for scope in (one, one.partition("#")[0])}
        of_part = self.person.part in {"", payload.get("part")}
        return not scopes.isdisjoint(self._scopes) or (of_part and not self.person.places.isdisjoint(_places(payload)))


def _places(payload: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    number, end = int(payload["pair"]), payload.get("end")
    if end is None:
        return
    for place, name in ((int(end), "record"), (1 - int(end), "source")):
        if payload.get(name) is not None:
            yield number, place, str(payload[name])


def entries(tx: Connection, person: Person) -> list[int]:
    """Give the numbers of the entries that are about a person and still have values."""
    concern = Concern(person)
    query = (
        select(audit.c.seq, audit.c.payload, audit_value.c.value)
        .outerjoin(audit_value, audit_value.c.seq == audit.c.seq)
        .order_by(audit.c.seq)
    )
    rows = tx.execute(query, execution_options={"yield_per": STREAMED})
    return [row.seq for row in rows if concern.about(loads_object(row.payload)) and row.value is not None]


def told(tx: Connection, person: Person) -> dict[str, object]:
    """Give what the entry of an erasure tells: the links, the scopes, and which lines are paired; ids alone.

    The pairs of lines are needed for replay: the entries that told them are erased.
    """
    lines: dict[str, dict[str, list[list[object]]]] = {}
    query = select(child).where(child.c.link.in_(person.links)).order_by(child.c.id)
    for row in tx.execute(query):
        lines.setdefault(str(row.link), {}).setdefault(row.list, []).append([row.first, row.second, row.ordinal])
    return {"links": list(person.links), "scopes": [list(one) for one in person.scopes], "lines": lines}


# --- the state ----------------------------------------------------------------------------------------------------


def unsettled(tx: Connection, person: Person) -> int:
    """Count the person's writes whose fate is not known yet: what was sent is needed to find out."""
    places = person.places
    rows = tx.execute(select(intent.c.pair, intent.c.end, intent.c.record, intent.c.source))
    return sum((row.pair, row.end, row.record) in places or (row.pair, 1 - row.end, row.source) in places
               for row in rows)  # fmt: skip


def forget(tx: Connection, person: Person) -> None:
    """Erase the person's values from every table but the log's; what is read again is marked so."""
    blank = {"fields": "{}", "firsts": "{}", "digest": "", "stamp": None, "version": None, "by": None, "lock": None}
    for endpoint, id_ in person.records:
        where = (record.c.endpoint == endpoint, record.c.id == id_)
        tx.execute(update(record).where(*where).values(**blank, marker=None))
        tx.execute(delete(member).where(member.c.endpoint == endpoint, member.c.id == id_))
    for endpoint in {endpoint for endpoint, _ in person.records}:
        mirror.forget_mark(tx, endpoint)
    for number, end, id_ in sorted(person.places):
        tx.execute(delete(match_key).where(*_keys_of(number, end, id_)))
        mirror.mark_due(tx, [(number, end)], [id_])
    for one in person.links:
        evidence = loads_object(tx.execute(select(link.c.evidence).where(link.c.id == one)).scalar_one())
        proof = {name: evidence[name] for name in PROVES if name in evidence}
        tx.execute(update(link).where(link.c.id == one).values(base="{}", evidence=dumps({**proof, "erased": True})))
        tx.execute(update(child).where(child.c.link == one).values(base="{}"))
    for number, scope in person.scopes:
        _forget_scope(tx, number, scope)
    _forget_operations(tx, person.places)
    _forget_words(tx, person)


def _keys_of(number: int, end: int, id_: str) -> tuple[Any, ...]:
    """Give the condition for the match keys of a record and of its parts."""
    below = (match_key.c.id > f"{id_}#") & (match_key.c.id < f"{id_}#\U0010ffff")
    return match_key.c.pair == number, match_key.c.end == end, (match_key.c.id == id_) | below


def _forget_scope(tx: Connection, number: int, scope: str) -> None:
    """Holds and open questions go, and come anew; decisions and answers stay in force without their words."""
    tx.execute(delete(hold).where(hold.c.pair == number, hold.c.scope == scope))
    mine = (decision.c.pair == number, decision.c.scope == scope)
    for row in tx.execute(select(decision.c.rule, decision.c.detail).where(*mine)).all():
        known = loads_object(row.detail)
        detail = {name: known[name] for name in IN_FORCE if name in known}
        tx.execute(
            update(decision)
            .where(*mine, decision.c.rule == row.rule)
            .values(detail=dumps({**detail, "message": ERASED}))
        )
    asked = (question.c.pair == number, question.c.scope == scope)
    tx.execute(update(question).where(*asked, question.c.state == "open").values(state="dropped"))
    tx.execute(update(question).where(*asked).values(question=dumps({"text": ERASED}), why=None))


IN_FORCE: Sequence[str] = ("under", "class", "at", "other", "ways_out")
"""What of a decision's detail stays: where it holds, whose move it is, the way out; no words of a system."""


def _forget_operations(tx: Connection, places: Iterable[tuple[int, int, str]]) -> None:
    for number, end, id_ in sorted(places):
        mine = ((operation.c.end == end) & (operation.c.record == id_)) | (
            (operation.c.end == 1 - end) & (operation.c.source == id_)
        )
        rows = tx.execute(select(operation).where(operation.c.pair == number, mine)).all()
        for row in rows:
            gone = {} if row.ended is not None else {"ended": "stale", "detail": "its values were erased"}
            where = (operation.c.plan == row.plan, operation.c.seq == row.seq)
            kept = dumps(_without_values(loads_object(row.body)))
            values = {"body": kept, **gone} if gone or not row.detail else {"body": kept, "detail": ERASED}
            tx.execute(update(operation).where(*where).values(**values))


STAYS: Sequence[str] = ("part", "link", "generation", "key", "mapping", "uncounted")
"""The parts of an operation that say which one it is; all else may hold values, or words about them."""
PROVES: Sequence[str] = ("at", "created", "rule", "run", "unsure", "why")
"""What of a link's evidence stays: how it came about, in names of ours."""


def _without_values(body: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value if name in STAYS else _blank(value) for name, value in body.items()}


def _blank(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {}
    if isinstance(value, list):
        return []
    return "" if isinstance(value, str) else None


def _forget_words(tx: Connection, person: Person) -> None:
    """Notes of plans, and what plans that take a run back leave, tell of records in words."""
    ids = {id_ for _, _, id_ in person.places}
    for row in tx.execute(select(plan.c.digest, plan.c.head)).all():
        head = loads_object(row.head)
        for name in ("notes", "left"):
            told = head.get(name)
            if isinstance(told, list):
                head[name] = [one for one in told if not _tells_of(one, ids)]
        if (kept := dumps(head)) != row.head:
            tx.execute(update(plan).where(plan.c.digest == row.digest).values(head=kept))


def _tells_of(told: Value, ids: Collection[str]) -> bool:
    text = str(told.get("record")) if isinstance(told, Mapping) else str(told)
    return any(id_ in text for id_ in ids)


# --- giving it out ------------------------------------------------------------------------------------------------


def holdings(tx: Connection, person: Person) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give everything that is kept about a person outside the log: (table, row), JSON columns read."""
    for endpoint, id_ in person.records:
        for kept in (record, member):
            yield from _rows(tx, kept, kept.c.endpoint == endpoint, kept.c.id == id_)
    for one in person.links:
        yield from _rows(tx, link, link.c.id == one)
        yield from _rows(tx, child, child.c.link == one)
    for number, end, id_ in sorted(person.places):
        yield from _rows(tx, match_key, *_keys_of(number, end, id_))
        for table in (operation, intent):
            mine = ((table.c.end == end) & (table.c.record == id_)) | (
                (table.c.end == 1 - end) & (table.c.source == id_)
            )
            yield from _rows(tx, table, table.c.pair == number, mine)
    for number, scope in person.scopes:
        for table in (hold, decision, question):
            yield from _rows(tx, table, table.c.pair == number, table.c.scope == scope)


JSON: Sequence[str] = ("fields", "firsts", "lock", "base", "evidence", "detail", "question", "body")


def _rows(tx: Connection, table: Any, *where: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in tx.execute(select(table).where(*where)).all():
        values = row._asdict()
        yield table.name, {name: _read(name, value) for name, value in values.items()}


def _read(name: str, value: Any) -> Any:
    return loads_object(value) if name in JSON and isinstance(value, str) and value.startswith("{") else value
