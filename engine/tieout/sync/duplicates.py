"""Records of one side that seem to be the same: they share a match key among themselves.

Nothing is done about them: neither system can be told to merge, people can. Linked records count as well, for the one
that has the partner is as a rule the one to keep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection as Tx

from tieout.store import links, mirror
from tieout.store.grouping import Groups
from tieout.sync.decide import Decider
from tieout.sync.match import contradict, match_keys, rule_text
from tieout.sync.matching import CHUNK, Party, party
from tieout.sync.naming import agreed
from tieout.sync.observe import images
from tieout.sync.run import Joined, Run
from tieout.sync.words import Image


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one side with the same key under one rule."""

    side: str
    why: str
    """The rule."""
    at: str
    agree: Mapping[str, str]
    """Side and path -> the value there, of the first of them; personal values masked."""
    records: tuple[tuple[Party, str], ...]
    """Each with the id of its partner, "" where it has none."""


def duplicates(run: Run, joined: Joined) -> Iterator[Group]:
    """Give the groups of both sides, rule by rule; records that a deciding rule tells apart are in none."""
    for end in (0, 1) if joined.mapping.match else ():
        with Groups() as groups:
            _collect(run, joined, end, groups)
            told: set[tuple[str, ...]] = set()
            for rule, ids in groups.shared():
                with run.database.read() as tx:
                    found = _group(Decider(run, joined, tx, "", changed=False), tx, end, rule, ids)
                members = () if found is None else tuple(one.id for one, _ in found.records)
                if found is not None and members not in told:
                    told.add(members)
                    yield found


def _collect(run: Run, joined: Joined, end: int, groups: Groups) -> None:
    after = ""
    while True:
        with run.database.read() as tx:
            ids = mirror.live_ids(tx, joined.ends[end].number, after, CHUNK)
            decider = Decider(run, joined, tx, "", changed=False)
            keyed = _keyed(decider, tx, end, ids)
        groups.add((rule, key, id_) for id_, own in keyed.items() for rule, key in own.items())
        run.renew()
        run.tick(f"{joined.mapping.name}: looking for duplicates")
        if len(ids) < CHUNK:
            return
        after = ids[-1]


def _keyed(decider: Decider, tx: Tx, end: int, ids: Sequence[str]) -> dict[str, dict[int, str]]:
    joined = decider.joined
    return {
        id_: match_keys(joined.mapping, end, image, decider.facts())
        for id_, image in images(tx, joined.ends[end], ids).items()
        if decider.takes(end, image)
    }


def _group(decider: Decider, tx: Tx, end: int, rule: int, ids: Sequence[str]) -> Group | None:
    joined = decider.joined
    found = images(tx, joined.ends[end], ids)
    keys = {id_: match_keys(joined.mapping, end, image, decider.facts()) for id_, image in found.items()}
    alike = [one for one in ids if any(not contradict(joined.mapping, keys[one], keys[o]) for o in ids if o != one)]
    if not alike:
        return None
    written = joined.mapping.match[rule]
    rows = links.active(tx, joined.pair, end, alike, children=False)
    partner = {(row.first, row.second)[end]: (row.first, row.second)[1 - end] for row in rows}
    first: dict[int, Image | None] = {end: found[alike[0]]}
    records = tuple((party(decider, end, found[id_], rule), partner.get(id_, "")) for id_ in alike)
    side = joined.mapping.sides[end].name
    return Group(side, rule_text(written), str(written.at), agreed(joined.mapping, rule, first), records)
