"""Links, their children and bases, and the match keys of records without one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Text, bindparam, delete, func, insert, select, update

from tieout.model import Value
from tieout.store.statements import Statement, among, as_list
from tieout.store.tables import child, link, match_key, pair
from tieout.values import dumps, loads_object, unit


@dataclass(frozen=True, slots=True)
class ChildRow:
    """Two paired lines. `base`: rule -> [value at end 0, value at end 1, quality]."""

    first: str
    second: str
    ordinal: int
    base: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One pairing, with its children."""

    id: int
    pair: int
    part: str
    first: str
    second: str
    state: str
    reason: str
    generation: int
    evidence: Mapping[str, Value]
    base: Mapping[str, Value]
    children: Mapping[str, Sequence[ChildRow]] = field(default_factory=dict)


def _column(end: int) -> Any:
    return link.c.second if end else link.c.first


def active(tx: Connection, number: int, end: int, ids: Sequence[str], *, children: bool = True) -> list[LinkRow]:
    """Give the active links of these records of one end of a pair."""
    rows = _ACTIVE[end].rows(tx, n=number, ids=as_list(ids))
    kept = _children(tx, [row.id for row in rows]) if children and rows else {}
    return [_link(row, kept.get(row.id, {})) for row in rows]


_ACTIVE = tuple(
    Statement(
        select(link)
        .where(link.c.pair == bindparam("n"), among(column, "ids"), link.c.state == "active")
        .order_by(link.c.id)
    )
    for column in (link.c.first, link.c.second)
)


def _link(row: Any, children: Mapping[str, Sequence[ChildRow]]) -> LinkRow:
    return LinkRow(
        row.id,
        row.pair,
        row.part,
        row.first,
        row.second,
        row.state,
        row.reason,
        row.generation,
        loads_object(row.evidence),
        loads_object(row.base),
        children,
    )


def _children(tx: Connection, ids: Sequence[int]) -> dict[int, dict[str, list[ChildRow]]]:
    found: dict[int, dict[str, list[ChildRow]]] = {}
    for row in _CHILDREN.rows(tx, links=as_list(ids)):
        made = ChildRow(row.first, row.second, row.ordinal, loads_object(row.base))
        found.setdefault(row.link, {}).setdefault(row.list, []).append(made)
    return found


_CHILDREN = Statement(select(child).where(among(child.c.link, "links")).order_by(child.c.id))


def by_id(tx: Connection, id_: int) -> LinkRow | None:
    """Give one link, ended ones too."""
    return by_ids(tx, [id_]).get(id_)


@dataclass(frozen=True, slots=True)
class Ended:
    """A link that ended, as one of its records sees it."""

    id: str
    part: str
    reason: str
    generation: int
    partner: str


def ended(tx: Connection, number: int, end: int, ids: Sequence[str]) -> list[Ended]:
    """Give the links that these records had, the last ones last."""
    return [
        Ended(own, row.part, row.reason, row.generation, partner)
        for row in _ENDED[end].rows(tx, n=number, ids=as_list(ids))
        for own, partner in [(row.second, row.first) if end else (row.first, row.second)]
    ]


_ENDED = tuple(
    Statement(
        select(link)
        .where(link.c.pair == bindparam("n"), among(column, "ids"), link.c.state == "ended")
        .order_by(link.c.generation, link.c.id)
    )
    for column in (link.c.first, link.c.second)
)


def by_ids(tx: Connection, ids: Sequence[int]) -> dict[int, LinkRow]:
    """Give links by number, ended ones too."""
    rows = _BY_ID.rows(tx, ids=as_list(ids)) if ids else []
    kept = _children(tx, [row.id for row in rows]) if rows else {}
    return {row.id: _link(row, kept.get(row.id, {})) for row in rows}


def of_generation(tx: Connection, number: int, end: int, id_: str, generation: int) -> list[LinkRow]:
    """Give the links of one generation of a record, ended ones too, the last ones last; without their children."""
    return [_link(row, {}) for row in _OF_GENERATION[end].rows(tx, n=number, i=id_, g=generation)]


_OF_GENERATION = tuple(
    Statement(
        select(link)
        .where(link.c.pair == bindparam("n"), column == bindparam("i"), link.c.generation == bindparam("g"))
        .order_by(link.c.id)
    )
    for column in (link.c.first, link.c.second)
)


_BY_ID = Statement(select(link).where(among(link.c.id, "ids")))


def add(tx: Connection, rows: Sequence[LinkRow]) -> list[int]:
    """Make links and give their numbers; the database refuses a second active one for either record."""
    if not rows:
        return []
    values = [
        {"pair": row.pair, "part": row.part, "first": row.first, "second": row.second, "state": "active",
         "generation": row.generation, "evidence": dumps(dict(row.evidence))}
        for row in rows
    ]  # fmt: skip
    made = tx.execute(insert(link).returning(link.c.id, sort_by_parameter_order=True), values).scalars().all()
    for end, ids in ((0, [row.first for row in rows]), (1, [row.second for row in rows])):
        parts = [unit(id_, row.part) for id_, row in zip(ids, rows, strict=True) if row.part]
        drop_keys(tx, rows[0].pair, end, [*ids, *parts])
    return [int(number) for number in made]


def end_link(tx: Connection, id_: int, reason: str) -> None:
    """End a link: its generation is closed."""
    tx.execute(update(link).where(link.c.id == id_).values(state="ended", reason=reason))


def repoint(tx: Connection, id_: int, first: str, second: str) -> None:
    """Have a link follow a merge; its bases stay."""
    tx.execute(update(link).where(link.c.id == id_).values(first=first, second=second))


def adopt(tx: Connection, id_: int, part: str) -> None:
    """Have a link that was made before its mapping had parts stand for this one."""
    tx.execute(update(link).where(link.c.id == id_).values(part=part))


def set_bases(tx: Connection, bases: Sequence[tuple[int, Mapping[str, Value]]]) -> None:
    """Store the bases of links."""
    _SET_BASE.each(tx, [{"number": id_, "text": dumps(dict(base))} for id_, base in bases])


_SET_BASE = Statement(update(link).where(link.c.id == bindparam("number")).values(base=bindparam("text")))


def set_children(tx: Connection, id_: int, name: str, rows: Iterable[ChildRow]) -> None:
    """Replace the paired lines of one list."""
    _DROP_CHILDREN.run(tx, number=id_, name=name)
    values = [
        {"link": id_, "list": name, "first": row.first, "second": row.second, "ordinal": row.ordinal,
         "base": dumps(dict(row.base))}
        for row in rows
    ]  # fmt: skip
    _ADD_CHILDREN.each(tx, values)


_DROP_CHILDREN = Statement(delete(child).where(child.c.link == bindparam("number"), child.c.list == bindparam("name")))
_ADD_CHILDREN = Statement(insert(child))


def count_active(tx: Connection, number: int) -> int:
    """Count the active links of a pair."""
    return int(_COUNT.values(tx, n=number)[0])


_COUNT = Statement(
    select(func.count()).select_from(link).where(link.c.pair == bindparam("n"), link.c.state == "active")
)


# --- match keys ---------------------------------------------------------------------------------------------------


def keep_keys(tx: Connection, number: int, end: int, keys: Mapping[str, Mapping[int, str]]) -> None:
    """Store the match keys of unlinked records, replacing what was stored for them."""
    drop_keys(tx, number, end, keys)
    rows = [
        {"pair": number, "end": end, "id": id_, "rule": rule, "value": value}
        for id_, own in keys.items()
        for rule, value in own.items()
    ]
    _KEEP_KEYS.each(tx, rows)


_KEEP_KEYS = Statement(insert(match_key))


def drop_keys(tx: Connection, number: int, end: int, ids: Iterable[str]) -> None:
    """Forget the match keys of records that are linked, out of scope or gone."""
    _DROP_KEYS.each(tx, [{"n": number, "e": end, "i": id_} for id_ in ids])


_DROP_KEYS = Statement(
    delete(match_key).where(
        match_key.c.pair == bindparam("n"), match_key.c.end == bindparam("e"), match_key.c.id == bindparam("i")
    )
)


def keyed(tx: Connection, number: int, end: int, ids: Iterable[str]) -> set[str]:
    """Give the records of these, and the parts of them, that have match keys."""
    found: set[str] = set()
    for id_ in ids:
        found.update(_KEYED.values(tx, n=number, e=end, i=id_, low=f"{id_}#", high=f"{id_}#\U0010ffff"))
    return found


_KEYED = Statement(
    select(match_key.c.id).where(
        match_key.c.pair == bindparam("n"),
        match_key.c.end == bindparam("e"),
        (match_key.c.id == bindparam("i"))
        | ((match_key.c.id > bindparam("low")) & (match_key.c.id < bindparam("high"))),
    )
)


def drop_all_keys(tx: Connection, number: int) -> None:
    """Forget all match keys of a pair: its rules changed."""
    tx.execute(delete(match_key).where(match_key.c.pair == number))


def sharing(tx: Connection, number: int, rule: int, values: Iterable[str]) -> list[tuple[str, int, str]]:
    """Give (value, end, id) of unlinked records that have one of these keys under a rule."""
    rows = _SHARING.rows(tx, n=number, r=rule, wanted=as_list(values))
    return sorted((row.value, row.end, row.id) for row in rows)


_SHARING = Statement(
    select(match_key.c.value, match_key.c.end, match_key.c.id).where(
        match_key.c.pair == bindparam("n"), match_key.c.rule == bindparam("r"), among(match_key.c.value, "wanted")
    )
)


def keys_of(tx: Connection, number: int, end: int, ids: Sequence[str]) -> dict[str, dict[int, str]]:
    """Give the stored match keys of records."""
    found: dict[str, dict[int, str]] = {}
    for row in _KEYS_OF.rows(tx, n=number, e=end, ids=as_list(ids)):
        found.setdefault(row.id, {})[row.rule] = row.value
    return found


_KEYS_OF = Statement(
    select(match_key).where(
        match_key.c.pair == bindparam("n"), match_key.c.end == bindparam("e"), among(match_key.c.id, "ids")
    )
)


# --- pairs --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PairState:
    """What is remembered of a pair between runs."""

    mapping: str | None
    """Digest of the mapping whose plan was last applied; None: none ever was."""
    day: str | None
    keyed: str | None
    """Digest of the mapping by which its match keys were made; None: nobody knows."""


def pair_state(tx: Connection, number: int) -> PairState:
    """Give what is remembered of a pair."""
    row = _PAIR_STATE.first(tx, n=number)
    return PairState(row.mapping, row.day, row.keyed)


_PAIR_STATE = Statement(select(pair.c.mapping, pair.c.day, pair.c.keyed).where(pair.c.id == bindparam("n")))


def set_pair_state(
    tx: Connection, number: int, *, mapping: str | None = None, day: str | None = None, keyed: str | None = None
) -> None:
    """Remember the digest of the mapping whose plan was applied, the day, or the digest that match keys are of."""
    _SET_PAIR.run(tx, n=number, digest=mapping, today=day, keys=keyed)


_SET_PAIR = Statement(
    update(pair)
    .where(pair.c.id == bindparam("n"))
    .values(
        mapping=func.coalesce(bindparam("digest", type_=Text), pair.c.mapping),
        day=func.coalesce(bindparam("today", type_=Text), pair.c.day),
        keyed=func.coalesce(bindparam("keys", type_=Text), pair.c.keyed),
    )
)


def label(tx: Connection, number: int) -> str:
    """Name the mapping over a pair, as it was called when it was seen last; "" for a pair that is not there."""
    return tx.execute(select(pair.c.label).where(pair.c.id == number)).scalar_one_or_none() or ""


def dormant(tx: Connection, living: Iterable[int], resting: Iterable[str] = ()) -> list[tuple[int, str, int]]:
    """Mark pairs that no mapping is over any more; give (pair, label, active links) of those with links.

    `resting`: mappings that exist and only do not run now (a dead connection); their pairs are not dormant.
    """
    alive, names = list(living), list(resting)
    tx.execute(update(pair).where(pair.c.id.not_in(alive), pair.c.label.not_in(names)).values(dormant=1))
    rows = tx.execute(select(pair.c.id, pair.c.label).where(pair.c.dormant == 1)).all()
    counted = [(row.id, row.label, count_active(tx, row.id)) for row in rows]
    return [entry for entry in counted if entry[2]]
