"""What is read beside two records, as the mirror changes: who rests on it is looked at again, and nobody else.

Of members of roll-ups it is noted to whom they belong. Of what is picked among, the links remember what they picked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import CompiledMapping, Missing, Path
from tieout.mapping.pick import Pick, as_key
from tieout.model import Value
from tieout.store import links, members, mirror, picked
from tieout.store.members import LINKS, PICK, Watch
from tieout.sync.words import Fields
from tieout.values import loads_object


def follow(tx: Tx, endpoint: int, rows: Mapping[str, str], moved: Collection[str], then: Mapping[str, Fields]) -> None:
    """Note whose members these records are now, and have old and new owners of those that are news looked at.

    `rows`: id -> its fields as JSON; `then`: its fields as they were, where it was known.
    """
    watches = members.watches(tx, endpoint) if rows else []
    for path in sorted({one.path for one in watches}):
        pairs = [(one.pair, one.end) for one in watches if one.path == path]
        if path.startswith(PICK):
            items = [loads_object(rows[id_]) for id_ in moved]
            _pickers(tx, path, pairs, [*items, *(then[id_] for id_ in moved if id_ in then)])
            continue
        if path == LINKS:
            for pair, end in pairs:
                mirror.mark_due(tx, [(pair, end)], _partners(tx, pair, end, moved))
            continue
        before = members.owners(tx, endpoint, path, rows)
        now = _owners(path, {id_: loads_object(text) for id_, text in rows.items()}, before)
        members.keep(tx, endpoint, path, {id_: owner for id_, owner in now.items() if owner != before.get(id_)})
        concerned = {owner for id_ in moved for owner in (before.get(id_), now[id_]) if owner}
        mirror.mark_due(tx, pairs, sorted(concerned))


def _pickers(tx: Tx, path: str, pairs: Sequence[tuple[int, int]], items: Sequence[Fields]) -> None:
    """Have those looked at that a change of these items may concern; `items`: as they were and as they are."""
    rule, marked, key = path.partition(" ")
    read = Path(key, tuple(key.split(".")))
    keys = sorted({text for item in items if (text := as_key(read.read(item))) is not None}) if key else []
    for pair, _ in pairs if items else ():
        if not marked:
            mirror.mark_all_due(tx, pair, mirror.ends_of(tx, pair))
            continue
        picked.look_again_standing(tx, pair, rule)
        if keys:
            picked.look_again_linked(tx, pair, rule, keys)


def _told_by(pick: Pick) -> str:
    """Name what a change of an item concerns: who remembers its key, only who has no partner yet, or anybody.

    A pick that is not required may have given way to nothing, which nothing remembers.
    """
    if not pick.lasting:
        return f"{pick.rule} "
    return f"{pick.rule} {pick.key.text}" if pick.required else pick.rule


def _partners(tx: Tx, pair: int, end: int, moved: Collection[str]) -> list[str]:
    rows = links.active(tx, pair, 1 - end, sorted(moved), children=False)
    return sorted({row.second if end else row.first for row in rows})


def _owners(path: str, records: Mapping[str, Mapping[str, Value]], before: Mapping[str, str]) -> dict[str, str | None]:
    """Give each record's owner; where an answer left the path out, it is who it was."""
    read = Path(path, tuple(path.split(".")))
    found: dict[str, str | None] = {}
    for id_, record in records.items():
        value = read.read(record)
        known = before.get(id_) if isinstance(value, Missing) else value
        found[id_] = known if isinstance(known, str) and known else None
    return found


def watch(
    tx: Tx, mapping: CompiledMapping, pair: int, ends: tuple[int, int], sources: Mapping[tuple[str, str], int]
) -> None:
    """Have the pair of a mapping look again whenever what its roll-ups are over moves, or what it picks among.

    Members that nobody kept yet are made up for.

    `ends`: its endpoints in the order of its sides; `sources`: (side, object) -> endpoint.
    """
    wanted = set[Watch]()
    for rollup in mapping.rollups:
        end = [side.name for side in mapping.sides].index(rollup.side)
        if rollup.by is None:
            wanted.add(Watch(ends[1 - end], LINKS, pair, end))
        else:
            wanted.add(Watch(sources[rollup.side, rollup.object], rollup.by.text, pair, end))
    wanted |= {
        Watch(sources[pick.source], _told_by(pick), pair, 0) for pick in mapping.picks if pick.source is not None
    }
    for endpoint, path in members.watch_for(tx, pair, wanted):
        after = ""
        while rows := members.records_after(tx, endpoint, after, mirror.CHUNK):
            known = {id_: loads_object(text) for id_, text in rows.items()}
            members.keep(tx, endpoint, path, _owners(path, known, {}))
            after = max(rows)
