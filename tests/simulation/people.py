"""What people do in the systems, and at the desk where Tieout asks them."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection as Tx
from sqlalchemy import select

from tieout.model import Deletions, Lock, Value
from tieout.store import audit, standing
from tieout.store.database import stamp
from tieout.store.tables import review
from tieout.sync.requesting import REQUEST
from tieout.sync.thawing import frozen_fields, thaw
from tieout.testing.memory import MemorySystem, Row

from .systems import FIELDS, KEY, MEMO, OUT, PARENT, ROW_ID, ROWS, SCOPE, TEXT, THING
from .world import PERSON, World

PLANNED = frozenset({"picked", "tried"})
"""Features of worlds in which records come often, and partners with them."""


def happen(world: World) -> None:
    """Let people do something, or not."""
    while world.chaos and world.tally.edits < world.most_edits and world.random.random() < world.haste:
        act(world)


def act(world: World) -> None:
    """Somebody does something in one of the systems."""
    world.tally.edits += 1
    random = world.random
    place = random.randrange(len(world.systems))
    system = world.systems[place]
    live = [row for row in system.rows.values() if row.state == "live"]
    if "locks" in world.features and random.random() < 0.15 and live:
        _lock(world, system, random.choice(live))
        return
    if "archives" in world.features and random.random() < 0.15:
        _archive(world, system)
        return
    if world.features & PLANNED and random.random() < 0.2:
        _add(world, system)
        return
    gone = [row for row in system.rows.values() if row.state == "gone" and row.into is None]
    removable = world.tempers[place].type.deletions is not Deletions.NEVER
    x = random.random()
    if x < 0.06:
        _add(world, system)
    elif x < 0.09 and live and removable:
        world.trace(f"person deletes {system.remove(random.choice(live).id, by=PERSON).id}")
    elif x < 0.11 and gone:
        world.trace(f"person restores {system.restore(random.choice(gone).id, by=PERSON).id}")
    elif x < 0.13 and place == 0 and len(live) > 1 and removable:
        loser, winner = random.sample(live, 2)
        world.trace(f"person merges {system.remove(loser.id, by=PERSON, into=winner.id).id} into {winner.id}")
    elif x < 0.18 and live:
        row = random.choice(live)
        system.stick(row.id, stuck=not row.stuck, by=PERSON)
        world.touched[place][row.id] = world.now
        world.trace(f"person sticks {row.id}: {row.stuck}")
    elif live:
        _edit(world, system, random.choice(live), live)


def _lock(world: World, system: MemorySystem, row: Row) -> None:
    """A period is closed, or opened again."""
    editable = frozenset(world.random.choice(((), ("name", "grade"))))
    lock = None if row.lock is not None else Lock("its period is closed", editable, ("open the period",))
    system.lock(row.id, lock, by=PERSON)
    world.touched[world.systems.index(system)][row.id] = world.now
    world.trace(f"person locks {row.id}: {lock}")


def _archive(world: World, system: MemorySystem) -> None:
    """A record goes out of use, or back into it."""
    rows = [row for row in system.rows.values() if row.state in {"live", "archived"}]
    if not rows:
        return
    row = world.random.choice(rows)
    back = row.state == "archived"
    (system.restore if back else system.archive)(row.id, by=PERSON)
    world.touched[world.systems.index(system)][row.id] = world.now
    world.trace(f"person {'restores' if back else 'archives'} {row.id}")


def _add(world: World, system: MemorySystem) -> None:
    random = world.random
    codes = [row.record[KEY] for one in world.systems for row in one.rows.values()]
    alike = 0.4 if world.features & PLANNED else 0.1
    key: Value = random.choice(codes) if codes and random.random() < alike else f"k{world.fresh()}"
    values: dict[str, Value] = {path: world.value() for path in FIELDS if random.random() < 0.6}
    if "lists" in world.features:
        values[ROWS] = [{TEXT: world.value(), MEMO: world.value()} for _ in range(random.randrange(3))]
    row = system.create(THING, {KEY: key, **values}, by=PERSON)
    world.trace(f"person adds {row.id} {key} {values}")


def _edit(world: World, system: MemorySystem, row: Row, live: list[Row]) -> None:
    random = world.random
    x = random.random()
    if "rekeyed" in world.features and x < 0.2:
        _rekey(world, system, row)
    elif "scope" in world.features and x < 0.08:
        _set(world, system, row, SCOPE, None if row.record.get(SCOPE) == OUT else OUT)
    elif "references" in world.features and x < 0.25:
        _set(world, system, row, PARENT, random.choice(live).id if random.random() < 0.85 else None)
    elif "lists" in world.features and x < 0.6:
        _set(world, system, row, ROWS, _other_rows(world, row))
    else:
        _set(world, system, row, random.choice(FIELDS), None if random.random() < 0.03 else world.value())


def _rekey(world: World, system: MemorySystem, row: Row) -> None:
    """A record is given another code, that of any other record, or none."""
    x = world.random.random()
    codes = [other.record[KEY] for one in world.systems for other in one.rows.values()]
    code = f"k{world.fresh()}" if x < 0.5 else world.random.choice(codes) if x < 0.9 else None
    _set(world, system, row, KEY, code)


def _other_rows(world: World, row: Row) -> Value:
    """Add, change, move or take out one row."""
    random = world.random
    kept = row.record.get(ROWS)
    rows = [dict(one) for one in kept] if isinstance(kept, list) else []
    x = random.random()
    if not rows or x < 0.35:
        rows.insert(random.randrange(len(rows) + 1), {ROW_ID: None, TEXT: world.value(), MEMO: world.value()})
    elif x < 0.8:
        random.choice(rows)[random.choice((TEXT, TEXT, MEMO))] = world.value()
    else:
        rows.pop(random.randrange(len(rows)))
    return rows


def _set(world: World, system: MemorySystem, row: Row, path: str, value: Value) -> None:
    """Who saves what is there already leaves a stamp, and nothing else."""
    world.touched[world.systems.index(system)][row.id] = world.now
    system.edit(row.id, {path: value}, by=PERSON)
    world.trace(f"person sets {row.id}.{path} to {value!r}")


# --- at the desk --------------------------------------------------------------------------------------------------


def desk(world: World) -> None:
    """Somebody answers an open question, or has refused writes tried again."""
    if "answers" not in world.features:
        return
    with world.database.write() as tx:
        if world.random.random() < 0.15:
            _retry(world, tx)
        else:
            _answer(world, tx)


def _retry(world: World, tx: Tx) -> None:
    """What `tieout retry` does."""
    for kept in standing.refused(tx):
        payload = {"pair": kept.pair, "scope": kept.scope, "rule": kept.rule, "code": kept.code, "who": PERSON}
        audit.append(tx, run="", epoch=0, kind="retry", payload=payload)
        standing.allow_again(tx, kept.pair, {kept.scope: [kept.rule]}, tell=partial(audit.tell, tx))
        world.retried.append((kept.pair, kept.scope, kept.rule, [len(one.history) for one in world.systems]))
    for kept in frozen_fields(tx):
        thaw(tx, kept, who=PERSON)
    world.trace("person has refused writes tried again")


def _answer(world: World, tx: Tx) -> None:
    """What `tieout review answer` does."""
    numbers = list(tx.execute(select(review.c.id).where(review.c.state == "open").order_by(review.c.id)).scalars())
    asked = standing.find_review(tx, world.random.choice(numbers)) if numbers else None
    if asked is None:
        return
    choices = asked.question["choices"]
    chosen = world.random.choice(sorted(choices)) if isinstance(choices, dict) else ""
    standing.answer(tx, asked.id, chosen=chosen, who=PERSON, why="", now=stamp(world.now))
    payload = {"review": asked.id, "pair": asked.pair, "scope": asked.scope, "rule": asked.rule, "who": PERSON,
               "answer": chosen}  # fmt: skip
    audit.tell(tx, "answer", payload, {"why": "", "fingerprint": asked.fingerprint})
    world.tally.answers += 1
    if asked.kind != REQUEST:  # it tells no values, and what it has made is judged by the answer itself
        world.shown.append(str(asked.question["text"]))
    world.trace(f"person answers {chosen} to {asked.question['text']}")
