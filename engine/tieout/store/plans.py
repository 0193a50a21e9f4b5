"""Saved plans and their operations, with the values that the plan file masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from tieout.errors import UsageError
from tieout.model import Value
from tieout.store.statements import Statement
from tieout.store.tables import operation, plan
from tieout.values import dumps, loads_object


@dataclass(frozen=True, slots=True)
class Saved:
    """The head of one saved plan."""

    digest: str
    run: str
    made: str
    environment: str
    mappings: Mapping[str, Value]
    head: Mapping[str, Value]
    state: str
    allowed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Stored:
    """One operation of a plan, as stored."""

    seq: int
    mapping: str
    pair: int
    end: int
    verb: str
    record: str | None
    source: str
    phase: int
    body: Mapping[str, Value]
    ended: str | None
    detail: str


def pairs(tx: Connection, digest: str, *, verb: str | None = None) -> list[tuple[str, int]]:
    """Give the mappings of a plan with the pairs that its operations, or those of one kind, are about."""
    query = select(operation.c.mapping, operation.c.pair).where(operation.c.plan == digest).distinct()
    query = query if verb is None else query.where(operation.c.verb == verb)
    return [(row.mapping, row.pair) for row in tx.execute(query.order_by(operation.c.mapping))]


def add_operations(tx: Connection, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Store operations under a plan's name (its digest once it is known, a draft's before)."""
    _ADD.each(tx, [{"plan": name, **row} for row in rows])


_ADD = Statement(insert(operation))


def rename(tx: Connection, draft: str, digest: str) -> None:
    """Give a draft's operations the plan's digest, replacing those of an equal plan made before."""
    drop_draft(tx, digest)
    _RENAME.run(tx, old=draft, new=digest)


_RENAME = Statement(update(operation).where(operation.c.plan == bindparam("old")).values(plan=bindparam("new")))


def save(tx: Connection, values: Mapping[str, object]) -> None:
    """Store the head of a plan; an equal one made before is replaced."""
    tx.execute(delete(plan).where(plan.c.digest == values["digest"]))
    tx.execute(insert(plan).values(**values))


def drop_draft(tx: Connection, draft: str) -> None:
    """Forget the operations of a plan that was not finished."""
    _DROP.run(tx, name=draft)


_DROP = Statement(delete(operation).where(operation.c.plan == bindparam("name")))


def drop_pair(tx: Connection, draft: str, pair: int) -> None:
    """Forget the operations of one pair in a plan that is being made."""
    tx.execute(delete(operation).where(operation.c.plan == draft, operation.c.pair == pair))


def find(tx: Connection, prefix: str) -> Saved:
    """Give the plan whose digest begins so; raises UsageError if there is none, or more than one."""
    rows = tx.execute(select(plan).where(plan.c.digest.startswith(prefix, autoescape=True)).order_by(plan.c.made)).all()
    if len(rows) != 1:
        made = tx.execute(select(plan.c.digest).order_by(plan.c.made.desc()).limit(3)).scalars().all()
        last = f"; the last ones are {', '.join(digest[:12] for digest in made)}" if made else "; none was made yet"
        told = "no saved plan" if not rows else f"{len(rows)} saved plans"
        raise UsageError(f"{told} with the digest {prefix!r}{last}", mend="tieout plan")
    return _saved(rows[0])


def made_by(tx: Connection, digest: str) -> str:
    """Give the run that made a plan."""
    return str(tx.execute(select(plan.c.run).where(plan.c.digest == digest)).scalar_one())


def _saved(row: Row[Any]) -> Saved:
    allowed = loads_object(row.allowed) if row.allowed != "[]" else {}
    return Saved(
        row.digest,
        row.run,
        row.made,
        row.environment,
        loads_object(row.mappings),
        loads_object(row.head),
        row.state,
        tuple(allowed),
    )


def mark(tx: Connection, digest: str, state: str, *, allowed: Sequence[str] = (), by: str | None = None) -> None:
    """Note that a plan was applied or stopped, and who let it through."""
    values: dict[str, object] = {"state": state}
    if allowed:
        values |= {"allowed": dumps(dict.fromkeys(allowed, True)), "allowed_by": by}
    tx.execute(update(plan).where(plan.c.digest == digest).values(**values))


def operations(tx: Connection, digest: str, *, open_only: bool = False, after: tuple[int, int] = (-1, -1),
               most: int = 500) -> list[Stored]:  # fmt: skip
    """Give the next operations of a plan in the order in which they are applied."""
    phase, seq = after
    query = _OPEN if open_only else _NEXT
    return [_stored(row) for row in query.rows(tx, name=digest, p=phase, s=seq, most=most)]


_IN_ORDER = (
    select(operation)
    .where(
        operation.c.plan == bindparam("name"),
        (operation.c.phase > bindparam("p"))
        | ((operation.c.phase == bindparam("p")) & (operation.c.seq > bindparam("s"))),
    )
    .order_by(operation.c.phase, operation.c.seq)
    .limit(bindparam("most"))
)
_NEXT, _OPEN = Statement(_IN_ORDER), Statement(_IN_ORDER.where(operation.c.ended.is_(None)))


def stream(tx: Connection, digest: str) -> Iterator[Stored]:
    """Give every operation of a plan in order, a chunk in memory at a time."""
    after = (-1, -1)
    while chunk := operations(tx, digest, after=after):
        yield from chunk
        after = (chunk[-1].phase, chunk[-1].seq)


def _stored(row: Any) -> Stored:
    return Stored(
        row.seq,
        row.mapping,
        row.pair,
        row.end,
        row.verb,
        row.record,
        row.source,
        row.phase,
        loads_object(row.body),
        row.ended,
        row.detail,
    )


def end_operations(tx: Connection, digest: str, ends: Mapping[int, tuple[str, str]]) -> None:
    """Note how operations ended: seq -> (end, detail)."""
    _END.each(tx, [{"p": digest, "s": seq, "e": ended, "d": detail} for seq, (ended, detail) in ends.items()])


_END = Statement(
    update(operation)
    .where(operation.c.plan == bindparam("p"), operation.c.seq == bindparam("s"))
    .values(ended=bindparam("e"), detail=bindparam("d"))
)


def endings(tx: Connection, digest: str) -> dict[tuple[str, str], int]:
    """Count a plan's operations by verb and end ("" = not yet)."""
    query = (
        select(operation.c.verb, operation.c.ended, func.count())
        .where(operation.c.plan == digest)
        .group_by(operation.c.verb, operation.c.ended)
    )
    return {(verb, ended or ""): count for verb, ended, count in tx.execute(query)}


def planned_create(tx: Connection, name: str, number: int, end: int, source: str) -> bool:
    """Say whether a plan or draft creates the partner of this record."""
    return bool(_CREATES.values(tx, name=name, n=number, e=end, of=source)[0])


_CREATES = Statement(
    select(func.count()).where(
        operation.c.plan == bindparam("name"),
        operation.c.pair == bindparam("n"),
        operation.c.end == bindparam("e"),
        operation.c.source == bindparam("of"),
        operation.c.verb == "create",
    )
)


def planned_links(tx: Connection, name: str, number: int, end: int, id_: str) -> dict[str, str]:
    """Give part -> the partner that a plan or draft links this record to; `record` is end 0, `source` end 1."""
    found = _LINKS[end].rows(tx, name=name, n=number, of=id_)
    return {str(loads_object(row.body).get("part", "")): str(row.partner) for row in found}


_LINKS = tuple(
    Statement(
        select(partner.label("partner"), operation.c.body).where(
            operation.c.plan == bindparam("name"),
            operation.c.pair == bindparam("n"),
            operation.c.verb == "link",
            mine == bindparam("of"),
        )
    )
    for mine, partner in ((operation.c.record, operation.c.source), (operation.c.source, operation.c.record))
)
