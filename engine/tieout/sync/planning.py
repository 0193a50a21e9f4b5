"""Make a plan: stream what is due through the pure part, and store operations, holds and questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection as Tx

from tieout.errors import ConnectionFault
from tieout.model import Value
from tieout.store import carried, keying, links, mirror, plans
from tieout.sync.charting import Uncharted
from tieout.sync.decide import Decider, as_link, link_scope, record_scope
from tieout.sync.doubts import Doubts, doubts, perhaps_ours
from tieout.sync.drafting import Drafting
from tieout.sync.earlier import Earlier, earlier
from tieout.sync.faults import note, stopping
from tieout.sync.figures import Planning, Selection
from tieout.sync.lifecycle import merged_onto
from tieout.sync.match import awaits_link, read_key, source_ids
from tieout.sync.needing import Needs, creates, on_need
from tieout.sync.observe import images, read_tables
from tieout.sync.parting import one_end, split
from tieout.sync.partners import find_partner, link_operation, marker_digest, named_partner, orphan, possible_parts
from tieout.sync.reissuing import reissued
from tieout.sync.run import Joined, Peer, Run
from tieout.sync.sealing import seal
from tieout.sync.sharing import Shared, kept_apart, sharing
from tieout.sync.units import Units, units
from tieout.sync.unlinked import Unlinked
from tieout.sync.unrouted import unrouted_notes
from tieout.sync.ways import not_taken
from tieout.sync.words import Decision, Image, Link, Planned, State

Step = Callable[[Tx, int, Sequence[str]], None]
Listing = Callable[[Tx, int, int, str, int], list[str]]
"""Gives the next records of one end of a pair, after an id and at most so many."""

CHUNK = 500
"""Records looked at in one transaction."""


def plan(run: Run, *, selection: Selection | None = None) -> Planning:
    """Plan every mapping of a run, in chain order; nothing is sent."""
    planning = Planning(partial=selection is not None)
    draft = f"draft:{run.id}"
    with run.database.write(epoch=run.epoch) as tx:
        plans.drop_draft(tx, draft)
    planners: dict[str, _Planner] = {}
    needs = Needs(planners)
    for joined in run.joined:
        name = joined.mapping.name
        drafting = Drafting(run, joined, draft, planning, needs)
        planners[name] = planner = _Planner(
            run, joined, draft, planning, selection, needs, drafting, Unlinked(run, joined)
        )
        if selection is None or name in selection.records:
            planner.plan()
        elif any(on_need(joined, end) for end in (0, 1)):
            planner.index()
    planning.notes += [*planning.rebuilt_notes, *unrouted_notes(run)]
    planning.notes += [] if selection is None else not_taken(selection.requesting, planning)
    seal(run, draft, planning)
    return planning


@dataclass(slots=True)
class _Planner:
    run: Run
    joined: Joined
    draft: str
    planning: Planning
    selection: Selection | None
    needs: Needs
    drafting: Drafting
    free: Unlinked
    named: set[tuple[int, str]] = field(default_factory=set)
    doubtful: Doubts = field(default_factory=Doubts)
    drafted: int = 0
    """Links that this plan makes in this mapping."""
    joining: set[str] = field(default_factory=set)
    """Scopes under which the decisions about these links stand."""
    open: set[str] = field(default_factory=set)
    """Records with parts of which a link must be looked at again."""

    def plan(self) -> None:
        """Plan one mapping: match keys first, so that matching sees all of them; then links, then the rest."""
        name = self.joined.mapping.name
        with self.run.database.write(epoch=self.run.epoch) as tx:
            self._prepare(tx)
            self.named = self._sampled(tx)
            due = [end for end in (0, 1) if mirror.due_ids(tx, self.joined.pair, end, "", 1)]
        for end, endpoint in enumerate(self.joined.ends if due else ()):
            lacking = self.run.charts.lacking_for_rounding(self.joined.mapping, end)
            if lacking:
                self._read_tables(endpoint.peer, lacking)
        for end in due:
            self._each(end, self._index)
            if self.selection is not None:  # who is not chosen may be the partner of one who is
                self._each(end, self._index, keying.unkeyed_ids)
        for step in (self._linked, self._naming, self._unlinked):
            for end in due:
                self._each(end, step)
        with self.run.database.read() as tx:
            self.planning.linked[name] = links.count_active(tx, self.joined.pair)

    def _prepare(self, tx: Tx) -> None:
        joined, name = self.joined, self.joined.mapping.name
        state = self.free.prepare(tx)
        if state.mapping is None:
            self.planning.first.add(name)
        elif state.mapping != joined.mapping.digest:
            self.planning.changed.add(name)

    def _each(self, end: int, step: Step, of: Listing = mirror.due_ids) -> None:
        after = ""
        while not self._stopped():
            before = (self.drafted, self.planning.kept(), self.needs.kept())
            try:
                ids = self._chunk(end, step, of, after)
            except Uncharted as wanted:
                self.drafted, figures, needed = before
                self.planning.put_back(figures)
                self.needs.put_back(needed)
                self.drafting.waiting.clear()
                self._read_tables(self.run.peer(wanted.connection), wanted.objects)
                continue
            self.run.renew()
            if len(ids) < CHUNK:
                return
            after = ids[-1]

    def _chunk(self, end: int, step: Step, of: Listing, after: str) -> Sequence[str]:
        """Decide one chunk of records in one transaction and give their ids."""
        with self.run.database.write(epoch=self.run.epoch) as tx:
            ids = of(tx, self.joined.pair, end, after, CHUNK)
            chosen = self._chosen(end, ids) if of is mirror.due_ids else ids
            if chosen:
                step(tx, end, chosen)
                self.drafting.flush(tx)
        return ids

    def _stopped(self) -> bool:
        return bool(stopping(self.planning.faults, self.joined.needs))

    def _read_tables(self, peer: Peer, objects: Sequence[str]) -> None:
        """Between two transactions, for it asks a system."""
        try:
            read_tables(self.run, peer, objects)
        except ConnectionFault as fault:
            self.run.log.warning("connection stopped", connection=peer.name, reason=str(fault))
            note(self.planning.faults, fault, peer.name)

    def _chosen(self, end: int, ids: Sequence[str]) -> Sequence[str]:
        if self.selection is None:
            return ids
        named = self.named or self.selection.records[self.joined.mapping.name]
        return [id_ for id_ in ids if (end, id_) in named] if named else ids

    def _sampled(self, tx: Tx) -> set[tuple[int, str]]:
        """Give the first records that are due, at most as many as the sample asks for."""
        most = self.selection.sample if self.selection is not None else None
        if most is None:
            return set()
        due = [(end, id_) for end in (0, 1) for id_ in mirror.due_ids(tx, self.joined.pair, end, "", most)]
        self.planning.sampled[self.joined.mapping.name] = min(most, len(due)), mirror.count_due(tx, self.joined.pair)
        return set(due[:most])

    def _decider(self, tx: Tx) -> Decider:
        changed = self.joined.mapping.name in self.planning.changed
        chosen = self.selection or Selection({})
        asked, picks, demand = chosen.requesting, chosen.picks, self.needs.demand(tx)
        return Decider(self.run, self.joined, tx, self.draft, changed, requesting=asked, wishes=picks, demand=demand)

    # --- match keys -------------------------------------------------------------------------------------------------

    def _index(self, tx: Tx, end: int, ids: Sequence[str]) -> None:
        """Store the match keys of records that have no partner and are in scope; forget the others'."""
        self.free.index(tx, self._decider(tx), end, ids)

    # --- links ------------------------------------------------------------------------------------------------------

    def _linked(self, tx: Tx, end: int, ids: Sequence[str]) -> None:
        """Decide the links of due records; a link both of whose records are due is decided once."""
        joined, decider, one = self.joined, self._decider(tx), one_end(self.joined.mapping)
        rows = links.active(tx, joined.pair, end, ids)
        if end == 1:
            first_due = set(self._chosen(0, sorted(mirror.are_due(tx, joined.pair, 0, [row.first for row in rows]))))
            rows = [row for row in rows if row.first not in first_due]
        if not rows:
            return
        first = images(tx, joined.ends[0], {row.first for row in rows})
        second = images(tx, joined.ends[1], {row.second for row in rows})
        decider.remember([link_scope(row.id) for row in rows])
        decided: list[tuple[str, Decision]] = []
        for row in rows:
            scope, ids = link_scope(row.id), (row.first, row.second)
            if one is not None and not self._named(one, ids[one], row.part):
                self.open.add(ids[one])
                continue
            if (0, row.first) in self.free.busy or (1, row.second) in self.free.busy:
                self.open |= set() if one is None else {ids[one]}
                continue
            link = as_link(row)
            decision = decider.link(link, (first.get(row.first), second.get(row.second)), scope)
            fresh = row.evidence.get("run") == self.run.id
            self.drafting.store(tx, decision.operations, counted=not fresh)
            self.planning.count_gone(joined.mapping, decision, (first.get(row.first), second.get(row.second)))
            decided.append((scope, decision))
            if joined.mapping.notices or decider.changed:
                self.drafting.schedule(tx, row, decision.events)
            for place, id_ in ((0, row.first), (1, row.second)):
                if place == one:
                    self.open |= set() if decision.settled else {id_}
                elif decision.settled:
                    mirror.done_with(tx, joined.pair, place, [id_])
        self.drafting.stand(tx, decided)

    # --- records without a partner ------------------------------------------------------------------------------------

    def _naming(self, tx: Tx, end: int, ids: Sequence[str]) -> None:
        """Link records that name their partner, of both ends before any other: else that would seem to have none."""
        if not self.free.read:
            return
        joined, decider = self.joined, self._decider(tx)
        if joined.mapping.sides[end].remember is None:
            ids = carried.marked(tx, joined.ends[end].number, ids)
        free = units(tx, decider, end, ids).free
        decider.remember([record_scope(end, unit) for unit in free])
        decided: list[tuple[str, Decision]] = []
        for unit, image in sorted(free.items()):
            if self._linked_in_draft(decider, end, image) or not self.free.available(decider, end, image):
                continue
            partner = named_partner(tx, decider, end, image, kept_apart(decider, end, unit))
            if partner is not None and (1 - end, split(joined.mapping, 1 - end, partner[0])[0]) not in self.free.busy:
                decided.append((record_scope(end, unit), self._link(tx, decider, end, image, *partner)))
        self.drafting.stand(tx, decided)

    def _unlinked(self, tx: Tx, end: int, ids: Sequence[str]) -> None:
        joined, decider = self.joined, self._decider(tx)
        found = units(tx, decider, end, ids)
        taken = {unit: record_scope(end, unit) for unit, image in found.free.items()
                 if self._linked_in_draft(decider, end, image)}  # fmt: skip
        free = {unit: image for unit, image in found.free.items() if unit not in taken}
        past = earlier(tx, joined, end, free)
        decider.remember([record_scope(end, unit) for unit in free])
        keys = links.keys_of(tx, joined.pair, end, list(free))
        shared = sharing(tx, decider, end, keys)
        self.doubtful = doubts(tx, joined, decider, end)
        decided: list[tuple[str, Decision]] = list(found.wrong)
        # What was asked of the other record of a link that this plan makes is answered by it, before the link is made.
        decided += [(scope, Decision()) for scope in taken.values() if scope not in self.joining]
        settled: set[str] = set()
        for unit, image in free.items():
            if not self._named(end, image.id, image.part):
                continue
            if not self.free.available(decider, end, image):
                if not self.free.unsettled(end, image):
                    decided.append((record_scope(end, unit), self.free.outside(decider, end, image)))
                    settled.add(unit)
                continue
            if not self.free.read:
                continue  # absence of a partner is not proved while a side has not been read completely
            if self._linked_in_draft(decider, end, image):
                continue
            if self.free.waits(end, unit, shared, keys.get(unit, {})) or self.doubtful.waits(keys.get(unit, {})):
                continue  # what it matches, or a rival, is in a create of unknown fate: this may be what that made
            decision = self._partnerless(tx, decider, end, image, shared, keys.get(unit, {}), past.get(unit))
            self.drafting.store(tx, creates(decision), counted=True)
            decided.append((record_scope(end, unit), decision))
            again = not decision.settled or awaits_link(joined.mapping, end, image, decider.facts())
            settled |= set() if again else {unit}
        self.drafting.stand(tx, decided)
        mirror.done_with(tx, joined.pair, end, self._over(end, found, settled))

    def _over(self, end: int, found: Units, settled: set[str]) -> list[str]:
        """Give the records that need not be looked at again: each part of theirs is settled."""
        if one_end(self.joined.mapping) != end:
            return sorted(settled)
        waiting = {image.id for unit, image in found.free.items() if unit not in settled}
        return sorted(found.known - waiting - self.open - found.doubtful)

    def _named(self, end: int, id_: str, part: str) -> bool:
        """Say whether a part is one that the person named; most name none. A link may have no part of its own yet."""
        parts = {} if self.selection is None else self.selection.parts
        named = parts.get((self.joined.mapping.name, end, id_), frozenset())
        return not named or not part or part in named

    def index(self) -> None:
        """Store the match keys of a mapping that is not planned itself, but whose partners may be needed."""
        with self.run.database.write(epoch=self.run.epoch) as tx:
            self._prepare(tx)
        self.selection = None
        for end in (0, 1):
            self._each(end, self._index)

    def demanded(self, tx: Tx, end: int, id_: str) -> Decision | str:
        """Decide a record because its partner is needed; a text says why it cannot be decided now."""
        decider = replace(self._decider(tx), needed=True, requesting="", wishes={})
        found = units(tx, decider, end, [id_]).free
        name = f"{self.joined.mapping.sides[end].object} {id_}"
        if len(found) > 1:
            return f"{name} has several parts: which of them is meant cannot be told"
        unit, image = next(iter(found.items()), ("", None))
        if image is None or not self.free.available(decider, end, image):
            return f"{name} is not in its scope, or a write of it is not settled yet"
        keys = links.keys_of(tx, self.joined.pair, end, [unit]).get(unit, {})
        shared = sharing(tx, decider, end, {unit: keys})
        self.doubtful = doubts(tx, self.joined, decider, end)
        if not self.free.read or self.free.waits(end, unit, shared, keys) or self.doubtful.waits(keys):
            return f"it is not known yet whether {name} has a partner"
        scope = record_scope(end, unit)
        decider.remember([scope])
        past = earlier(tx, self.joined, end, found).get(unit)
        decision = self._partnerless(tx, decider, end, image, shared, keys, past)
        if decision.questions or decider.past[scope].asked:  # whoever waits for an answer must be able to give it
            self.drafting.stand(tx, [(scope, decision)])
        return decision

    def keep(self, tx: Tx, operations: Sequence[Planned]) -> None:
        """Take operations into the plan that another mapping needs."""
        self.drafting.store(tx, operations, counted=True)
        self.drafting.flush(tx)

    def _linked_in_draft(self, decider: Decider, end: int, image: Image) -> bool:
        if not self.drafted:
            return False
        planned = plans.planned_links(decider.tx, self.draft, self.joined.pair, end, image.id)
        return image.part in planned if one_end(self.joined.mapping) == end else bool(planned)

    def _partnerless(
        self,
        tx: Tx,
        decider: Decider,
        end: int,
        image: Image,
        shared: Shared,
        keys: Mapping[int, str],
        past: Earlier | None,
    ) -> Decision:
        partner = find_partner(tx, decider, end, image, shared, keys)
        if isinstance(partner, Decision):
            return partner
        if partner is not None:
            return self._link(tx, decider, end, image, *partner)
        mine = read_key(image.marker)
        if mine is not None and mine.endpoints == marker_digest(self.joined, 1 - end):
            sources = source_ids(mine)
            source = next(iter(images(tx, self.joined.ends[1 - end], sources).values()), None)
            was = past is not None and past[2] in sources
            kept = was and not image.revived
            if kept and (source is None or source.state is State.GONE):
                return Decision()  # its link ended because the policy, or a person, keeps it
            if past is not None and was and reissued(past[0]):
                return Decision()  # another document stands in its place
            if past is not None and was and merged_onto(past[0]) is not None:
                return decider.bereft(image, end, past[0])
            return orphan(self.joined, end, image, mine.source, possible_parts(tx, decider, end, mine))
        doubt = self.doubtful.about(decider, image.unit, keys)
        if doubt is not None:
            return doubt
        generation = past[1] + 1 if past is not None else 0
        return decider.create(image, end, generation=generation, ended=past[0] if past is not None else None)

    def _link(self, tx: Tx, decider: Decider, end: int, image: Image, unit: str, why: Mapping[str, Value]) -> Decision:
        """Plan a link between two records that exist, and decide their fields as if it were there already."""
        id_, part = split(self.joined.mapping, 1 - end, unit)
        part = part or image.part
        other = images(tx, self.joined.ends[1 - end], [id_]).get(id_)
        pair = (image, other) if end == 0 else (other, image)
        ids = (image.id, id_) if end == 0 else (id_, image.id)
        past = [one.generation + 1 for one in links.ended(tx, self.joined.pair, end, [image.id])]
        generation = max(past, default=0)
        found = (image.unit, unit) if end == 0 else (unit, image.unit)
        why = {**why, **perhaps_ours(tx, self.joined, found)}
        operation = link_operation(self.joined, ids, why, generation=generation, part=part)
        self.planning.count_link(self.joined.mapping.name, why)
        self.drafting.store(tx, [operation], counted=True)
        self.drafted += 1
        link = Link(None, self.joined.pair, part, ids, generation, evidence=why)
        scope = record_scope(end, image.unit)
        self.joining.add(scope)
        decision = decider.link(link, pair, scope)
        self.drafting.store(tx, decision.operations, counted=True)
        return Decision([operation, *decision.operations], decision.holds, decision.questions, decision.notes)
