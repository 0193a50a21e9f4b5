"""Make the plan that takes a run back: what it stored is read from the audit log, what is there from the systems.

The plan is an ordinary one: `tieout apply` sends it, under the guards, read again before every write. The mapping that
refers to others comes before them: what was made last goes first.

A mapping whose records can't be read is left as a whole, record by record, with the others' planned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection as Tx

from tieout.errors import ConnectionFault
from tieout.model import Value
from tieout.store import audit, history, journal, links, plans, standing
from tieout.store.links import LinkRow
from tieout.sync.codec import plan_row, stored_body
from tieout.sync.commit import entry
from tieout.sync.decide import Decider, as_link, link_scope
from tieout.sync.faults import Faults, asking, note, refusal, stopping
from tieout.sync.figures import Planning
from tieout.sync.lifecycle import Pairing
from tieout.sync.memory import Memory
from tieout.sync.naming import title
from tieout.sync.noting import NOTED, note_rule
from tieout.sync.observe import look_at, read_tables
from tieout.sync.planview import reference
from tieout.sync.reversal import UNDOES, Left, Reversal, image_of, part_again, remove, reverse
from tieout.sync.run import Joined, Run
from tieout.sync.sealing import seal
from tieout.sync.undone import Deeds, Story, tell
from tieout.sync.unreached import Unreached
from tieout.sync.words import Image, Kind, Planned

CHUNK = 200
"""Links whose records are read at a time."""
PHASES = {Kind.UPDATE: 0, Kind.END: 2}
"""Within a mapping: fields first, then removals, then links."""
REMOVAL = 1


@dataclass(slots=True)
class Undoing:
    """The plan that takes a run back, and what it leaves."""

    run: str
    planning: Planning
    left: list[tuple[str, Left]] = field(default_factory=list)
    """(record, what of it is left and why)."""


def undo(run: Run, undone: str, faults: Faults | None = None) -> Undoing:
    """Plan the reverse of a run, `undone`: its whole name. Systems are only read.

    `faults`: what is known to be out of reach; all that was found to be so is among those of the planning.
    """
    with run.database.read() as tx:
        story = tell(history.deeds(tx, undone))
        rows = links.by_ids(tx, story.links)
    undoing = Undoing(undone, Planning(partial=True, faults=dict(faults or {})))
    known = {one.name: one for one in (*run.resting, *(joined.mapping for joined in run.joined))}
    _Undoer(run, story, undoing, Unreached(undone, known)).plan([rows[id_] for id_ in story.links if id_ in rows])
    return undoing


@dataclass(slots=True)
class _Undoer:
    run: Run
    story: Story
    undoing: Undoing
    unreached: Unreached
    seq: int = 0

    def plan(self, rows: Sequence[LinkRow]) -> None:
        draft = f"draft:{self.run.id}"
        with self.run.database.write(epoch=self.run.epoch) as tx:
            plans.drop_draft(tx, draft)
        by_pair: dict[int, list[LinkRow]] = {}
        for row in rows:
            by_pair.setdefault(row.pair, []).append(row)
        running = sorted((joined for joined in self.run.joined if joined.pair in by_pair), key=lambda one: one.order)
        for pair in by_pair.keys() - {joined.pair for joined in running}:
            self._stranded(pair, by_pair[pair])
        for joined in reversed(running):
            self._mapping(joined, by_pair[joined.pair], draft)
        self._save(draft)

    def _mapping(self, joined: Joined, rows: Sequence[LinkRow], draft: str) -> None:
        """Take back what the run did in one mapping, or leave all of it."""
        planning, left = self.undoing.planning, self.undoing.left
        faults, before = planning.faults, (planning.kept(), self.seq, len(left))
        try:
            if not stopping(faults, joined.needs):
                self._tables(joined)
                for start in range(0, len(rows), CHUNK):
                    self.run.renew()
                    self._chunk(joined, rows[start : start + CHUNK], draft)
                return
        except ConnectionFault as fault:
            note(faults, fault, joined.ends[0].peer.name)
        with self.run.database.write(epoch=self.run.epoch) as tx:
            plans.drop_pair(tx, draft, joined.pair)
        figures, self.seq, many = before
        planning.put_back({**figures, "faults": faults})
        del left[many:]
        why = self.unreached.stop(joined.mapping.name, refusal(faults, stopping(faults, joined.needs)))
        for row in rows:
            self._leave(joined, row, 0, why)

    def _tables(self, joined: Joined) -> None:
        """Read what the plan's sums rest on: the tables of a ledger whose documents are taken back."""
        for end, side in zip(joined.ends, joined.mapping.sides, strict=True):
            unread = self.run.charts.unread(side)
            if unread:
                with asking(end.peer.name, ""):
                    read_tables(self.run, end.peer, unread)

    def _stranded(self, pair: int, rows: Sequence[LinkRow]) -> None:
        with self.run.database.read() as tx:
            label = links.label(tx, pair)
        fault, why = self.run.refused.get(label), Left("", "no mapping is over these two objects any more")
        if fault is not None:
            why = self.unreached.stop(label, fault)
        for row in rows:
            self.undoing.left.append((f"{label or f'pair {pair}'}: {row.first} and {row.second}", why))

    def _chunk(self, joined: Joined, rows: Sequence[LinkRow], draft: str) -> None:
        """Read the records of some links, and take back what the run did to each."""
        found = (
            look_at(self.run, joined.ends[0], [row.first for row in rows]),
            look_at(self.run, joined.ends[1], [row.second for row in rows]),
        )
        with self.run.database.write(epoch=self.run.epoch) as tx:
            decider = Decider(self.run, joined, tx, draft, changed=False)
            busy, _ = journal.busy(tx, joined.pair)
            for row in rows:
                pair = (image_of(found[0], row.first), image_of(found[1], row.second))
                if busy.isdisjoint({(0, row.first), (1, row.second)}):
                    self._link(tx, decider, row, pair)
                else:
                    self._leave(joined, row, 0, Left("", "the fate of a write to it is not known yet", ("tieout run",)))

    def _link(self, tx: Tx, decider: Decider, row: LinkRow, pair: tuple[Image, Image]) -> None:
        joined = decider.joined
        for end, left in self._untouchable(row):
            self._leave(joined, row, end, left)
        if row.state != "active":
            if row.id not in (self.story.removed.keys() | self.story.credited.keys() | self.story.ended.keys()):
                self._leave(joined, row, 0, Left("", f"its link has ended since: {row.reason}"))
            return
        pairing = Pairing(decider.sight(pair, as_link(row), row.part), *pair, Memory())
        made = Reversal()
        created = self.story.created.get(row.id)
        for end in (0, 1):
            done = self.story.ends.get((row.id, end), Deeds())
            if end != created:
                part = reverse(pairing, end, done, self.undoing.run) if _any(done) else Reversal()
                made.operations += part.operations
                made.left += part.left
        if created is not None:
            removal = self.unreached.kept(joined.mapping.name) or remove(pairing, created, self.undoing.run)
            made.operations += [removal] if isinstance(removal, Planned) else []
            made.left += [(created, removal)] if isinstance(removal, Left) else []
        elif row.id in self.story.linked:
            made.operations.append(part_again(pairing, self.undoing.run))
        made.operations += self._notes(tx, joined, pairing, row)
        for end, left in made.left:
            self._leave(joined, row, end, left)
        named = title(joined.mapping, 0, pair[0]) or title(joined.mapping, 1, pair[1])
        self._store(tx, decider, [replace(operation, title=named) for operation in made.operations])

    def _notes(self, tx: Tx, joined: Joined, pairing: Pairing, row: LinkRow) -> Iterator[Planned]:
        """Have what the run noted held again, where a note still settles it; the notes stay."""
        scope = link_scope(row.id)
        kept = standing.suppressions(tx, row.pair, [scope]).get(scope, {})
        for end in sorted(self.story.noted.get(row.id, ())):
            why = f"the note stays in the history of {pairing.image(end).id}: no system lets a program take one away"
            self._leave(joined, row, end, Left("", why))
            stands = kept.get(note_rule(end))
            if stands is not None and stands.kind == NOTED and stands.run == self.undoing.run:
                told = f"takes back {self.undoing.run}: what it noted is held again"
                yield pairing.planned(Kind.HOLD_AGAIN, end, told, evidence={UNDOES: self.undoing.run})

    def _untouchable(self, row: LinkRow) -> Iterator[tuple[int, Left]]:
        """Name what no system lets a program take back."""
        if row.id in self.story.removed:
            verb, end = self.story.removed[row.id]
            ways = ("restore it in its system by hand, or make it anew: its values are in the audit log",)
            yield end, Left("", f"the run took it away ({verb}), and its system offers programs no way back", ways)
        if row.id in self.story.credited:
            document, end = self.story.credited[row.id]
            ways = (f"delete or void {document} in its system by hand; what it credited then stands alone",)
            yield end, Left("", f"the run credited it in full, by {document}: no program takes that back", ways)
        if row.id in self.story.ended:
            why = f"the run ended its link: {self.story.ended[row.id]}"
            yield 0, Left("", why, ("tieout review list: a person decides whether it gets a partner again",))
        if row.id in self.story.followed:
            yield 0, Left("", "the run had its link follow a merge, which can't be undone by a program")

    def _leave(self, joined: Joined, row: LinkRow, end: int, left: Left) -> None:
        side, id_ = joined.mapping.sides[end].name, row.second if end else row.first
        self.undoing.left.append((reference(joined.mapping.name, side, id_, row.part), left))

    # --- the plan -----------------------------------------------------------------------------------------------------

    def _store(self, tx: Tx, decider: Decider, operations: Sequence[Planned]) -> None:
        last = max(joined.order for joined in self.run.joined)
        planning, rows = self.undoing.planning, []
        for operation in operations:
            phase = (last - decider.joined.order) * 10 + PHASES.get(operation.kind, REMOVAL)
            placed = replace(operation, phase=phase)
            text, digest = stored_body(placed, uncounted=False)
            planning.digests.append(digest)
            planning.count(placed.mapping, placed, decider.joined.mapping, counted=True)
            rows.append(plan_row(self.seq, placed, text))
            self.seq += 1
        plans.add_operations(tx, f"draft:{self.run.id}", rows)

    def _save(self, draft: str) -> None:
        planning, undone = self.undoing.planning, self.undoing.run
        with self.run.database.read() as tx:
            planning.linked = {one.mapping.name: links.count_active(tx, one.pair) for one in self.run.joined}
        left: list[Value] = [
            {"record": record, "field": one.field, "why": one.why, "ways_out": list(one.ways_out)}
            for record, one in self.undoing.left
        ]
        seal(self.run, draft, planning, undoes=undone, left=left)
        counted = Counter(str(one.why) for _, one in self.undoing.left)
        payload: Mapping[str, object] = {
            "undoes": undone,
            "plan": planning.digest,
            "left": sum(counted.values()),
            "who": self.run.by,
        }
        with self.run.database.write(epoch=self.run.epoch) as tx:
            audit.append_many(tx, [entry(self.run, "undo", payload)])


def _any(done: Deeds) -> bool:
    return bool(done.fields or done.lists or done.erased)
