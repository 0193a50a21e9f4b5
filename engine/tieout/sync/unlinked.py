"""The records of one mapping that have no partner: who of them may get one, and the keys by which it is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import ExpressionFailed
from tieout.store import journal, keying, links, mirror, notices
from tieout.store.links import PairState
from tieout.sync.decide import Decider
from tieout.sync.lifecycle import in_scope, in_use
from tieout.sync.match import match_keys
from tieout.sync.parting import one_end, split
from tieout.sync.routing import scope_unknown, unrouted
from tieout.sync.run import Joined, Run
from tieout.sync.sharing import Shared
from tieout.sync.units import units
from tieout.sync.words import Decision, Image


@dataclass(slots=True)
class Unlinked:
    """Knows, once prepared, what is under way in a mapping and whether its sides were read completely."""

    run: Run
    joined: Joined
    busy: set[tuple[int, str]] = field(default_factory=set)
    """(end, record) of writes that are not settled."""
    keys: set[str] = field(default_factory=set)
    """Keys of creates that are not settled."""
    read: bool = True
    """Both sides were read completely: what is not there is absent."""

    def prepare(self, tx: Tx) -> PairState:
        """Have every record looked at again where the mapping or the day changed; give how it was before."""
        joined = self.joined
        state = links.pair_state(tx, joined.pair)
        numbers = (joined.ends[0].number, joined.ends[1].number)
        if not state.mapping == state.keyed == joined.mapping.digest:
            links.drop_all_keys(tx, joined.pair)
            mirror.mark_all_due(tx, joined.pair, numbers)
        elif joined.mapping.clock and state.day != self.run.today:
            mirror.mark_all_due(tx, joined.pair, numbers)
        elif joined.mapping.notices:
            mirror.mark_due(tx, [(joined.pair, 0)], notices.arriving(tx, joined.pair, self.run.today))
        links.set_pair_state(tx, joined.pair, day=self.run.today, keyed=joined.mapping.digest)
        self.busy, self.keys = journal.busy(tx, joined.pair)
        self.read = all(mirror.mark(tx, number).complete_at is not None for number in numbers)
        return state

    def index(self, tx: Tx, decider: Decider, end: int, ids: Sequence[str]) -> None:
        """Store the match keys of records that have no partner and are in scope; forget the others'."""
        joined = self.joined
        keying.set_keyed(tx, joined.pair, end, ids)
        if not joined.mapping.match:
            return
        keys: dict[str, dict[int, str]] = {}
        found = units(tx, decider, end, ids)
        for unit, image in found.free.items():
            if not self.made_unsettled(image) and decider.takes(end, image):
                keys[unit] = match_keys(joined.mapping, end, image, decider.facts())
        parted = one_end(joined.mapping) == end
        before = links.keyed(tx, joined.pair, end, found.known) if parted else found.known
        links.drop_keys(tx, joined.pair, end, before - keys.keys())
        links.keep_keys(tx, joined.pair, end, keys)

    def available(self, decider: Decider, end: int, image: Image) -> bool:
        """Say whether a record may be matched or get a partner: live, in scope, and in no unsettled write."""
        return not self.unsettled(end, image) and decider.takes(end, image)

    def unsettled(self, end: int, image: Image) -> bool:
        """Say whether a write of a record, or the create that made it, is not settled yet."""
        return (end, image.id) in self.busy or self.made_unsettled(image)

    def made_unsettled(self, image: Image) -> bool:
        """Say whether a create of ours made it whose fate is not settled yet."""
        return image.marker is not None and image.marker in self.keys

    def outside(self, decider: Decider, end: int, image: Image) -> Decision:
        """Do nothing about a record that is out of scope; tell of one that belongs to no copy, or perhaps to this."""
        side, sight = self.joined.mapping.sides[end], decider.alone(image, end)
        if not in_use(side, image):
            return Decision()
        try:
            in_scope(side, sight, image)
        except ExpressionFailed as problem:
            return Decision(holds=[scope_unknown(side.name, problem)])
        in_no_copy = unrouted(sight, end, image)
        return Decision(holds=[] if in_no_copy is None else [in_no_copy])

    def waits(self, end: int, id_: str, shared: Shared, keys: Mapping[int, str]) -> bool:
        """Say whether what it matches, or a rival of it, is in a write of unknown fate."""
        candidates, rivals = shared.around(end, id_, keys)
        mapping = self.joined.mapping
        found = [(1 - end, one) for same in candidates.values() for one in same]
        found += [(end, one) for same in rivals.values() for one in same]
        return any((at, split(mapping, at, one.id)[0]) in self.busy for at, one in found)
