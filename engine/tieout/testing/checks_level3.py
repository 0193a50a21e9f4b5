"""Level 3: what is promised on a peer under control: merges, late commits, equal stamps, shifting lists, effects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tieout.adapter import Merged, ObjectType, Present, Verb
from tieout.testing.checks_faults import once
from tieout.testing.comparing import differences
from tieout.testing.faults import Fault
from tieout.testing.making import fresh
from tieout.testing.promises import DoesNotApply, hold, promise
from tieout.testing.session import Reading
from tieout.testing.suite import Basis

LATE = timedelta(seconds=45)
"""How far back the stamp of a change may lie that becomes visible now; no system known to us guarantees less."""


class ControlledChecks(Basis):
    """The peer does what real systems do rarely."""

    @promise(3)
    def test_records_with_equal_stamps_are_all_read(self) -> None:
        """Records that changed in one moment are all read, however many pages they fill."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            with self.applying():
                made = session.make(sample, self.peer.many)
                cursor = session.read(sample).cursor()
                self.peer.stamp(session.type(sample.object), made)
                for way, since in (("a complete read", None), ("the next read", cursor)):
                    missing = set(made) - session.read(sample, since).seen.keys()
                    hold(not missing, f"{sample.object}: {way} misses {len(missing)} of {len(made)} with one stamp")

    @promise(3)
    def test_a_change_committed_late_is_in_the_next_read(self) -> None:
        """A change that becomes visible with a stamp older than the last read is found by its overlap."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            with self.applying():
                type = session.type(sample.object)
                (id,) = session.make(sample)
                self.peer.sleep(self.peer.gap)
                cursor = session.read(sample).cursor()
                self.peer.late(type, id, sample.edit, LATE)
                seen = session.read(sample, cursor).seen.get(id)
                record = seen.record if isinstance(seen, Present) else {}
                lost = differences(type, sample.edit, record)
                hold(not lost, f"{sample.object}: a change committed {LATE.seconds} s late is not seen, but {seen!r}")

    @promise(3)
    def test_a_listing_that_shifts_while_read_is_not_complete(self) -> None:
        """A read during which records vanish or change claims to be complete only if it holds all that stayed."""
        for sample in self.samples(self.trial.open(), Verb.CREATE):
            with self.applying():
                session = self.trial.open()
                type = session.type(sample.object)
                made = session.make(sample, self.peer.many)
                reading, removed = Reading(), set[str]()
                for page in session.connection.changes(session.query(sample)):
                    reading.pages.append(page)
                    here = [one.id for one in page.observations if one.id in made and one.id not in removed]
                    removed |= self._removed(type, here[:1])
                    for id in here[1:2]:
                        self.peer.edit(type, id, sample.edit)
                missing = set(made) - removed - reading.seen.keys()
                kept = not (reading.complete and missing)
                hold(
                    kept,
                    f"{sample.object}: a read that says it is complete misses {len(missing)} of {len(made)} records",
                )
                later = session.read(sample, reading.cursor())
                lost = set(made) - removed - reading.seen.keys() - later.seen.keys()
                hold(not lost, f"{sample.object}: {len(lost)} records are neither in that read nor in the next")

    @promise(3)
    def test_a_merged_record_names_its_winner(self) -> None:
        """The loser of a merge is Merged into the winner, in the next read and by `fetch`; never Gone."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            loser, winner = session.make(sample, 2)
            cursor = session.read(sample).cursor()
            with self.applying():
                self.peer.merge(session.type(sample.object), loser, winner)
                told = {"the next read": session.read(sample, cursor), "a complete read": session.read(sample)}
                seen = {way: reading.seen.get(loser) for way, reading in told.items()}
                seen["fetch"] = session.fetch(sample, loser)[loser]
                for way, one in seen.items():
                    kept = isinstance(one, Merged) and one.into == winner
                    hold(kept, f"{sample.object} {loser} was merged into {winner}; {way} gives {one!r}")

    @promise(3)
    def test_one_create_has_one_effect_by_the_peers_own_count(self) -> None:
        """Whatever happens to a create on its way, the system has made exactly one record under its key."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            type = session.type(sample.object)
            if type.marker is None:
                continue
            for fault in Fault:
                batch = session.batch(sample, Verb.CREATE, [fresh(sample)])
                once(session, sample, batch, fault)
                effects = self.peer.count(type, batch.operations[0].key)
                hold(effects == 1, f"{sample.object}, {fault.name}: {effects} records were made under one key")

    @promise(3)
    def test_a_token_that_the_system_ends_is_renewed(self) -> None:
        """When the system itself ends every token, reads and writes go on with a new one."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            (id,) = session.make(sample)
            with self.applying():
                self.peer.revoke()
                seen = session.fetch(sample, id)[id]
                hold(isinstance(seen, Present), f"{sample.object}: after the end of all tokens fetch gives {seen!r}")
                self.peer.revoke()
                session.make(sample)

    # --- inside ---

    def _removed(self, type: ObjectType, ids: Sequence[str]) -> set[str]:
        """Delete records if they can be; gives the ids of those that are gone."""
        try:
            for id in ids:
                self.peer.remove(type, id)
        except DoesNotApply:
            return set()
        return set(ids)
