"""Level 2: what is promised while somebody else edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from tieout.adapter import (
    Applied,
    Archived,
    Cause,
    Deletions,
    Gone,
    Merged,
    ObjectType,
    Observation,
    Operation,
    Present,
    Refused,
    Unknown,
    Verb,
)
from tieout.testing.bench import Sample
from tieout.testing.comparing import differences
from tieout.testing.promises import DoesNotApply, PromiseBroken, hold, promise
from tieout.testing.session import Reading, Session
from tieout.testing.suite import Basis

SKEWS = (timedelta(), timedelta(hours=2), timedelta(hours=-2))
"""How wrong our own clock is."""
EDITS = 5


@dataclass(frozen=True, slots=True)
class Before:
    """What was known of a record before another user did something to it, and the update that was planned then."""

    session: Session
    sample: Sample
    id: str
    cursor: dict[str, str] | None
    edit: Operation


class UserChecks(Basis):
    """Another user works in the system, past the adapter."""

    @promise(2)
    def test_an_edit_between_two_reads_is_in_the_second_whatever_the_clocks_say(self) -> None:
        """What another user changes after a read is in the next one, even if our clock is hours wrong."""
        for sample in self.samples(self.trial.open(), Verb.CREATE):
            with self.applying():
                for skew in SKEWS:
                    session = self.trial.open(skew)
                    (id,) = session.make(sample)
                    cursor = session.read(sample).cursor()
                    self.peer.edit(session.type(sample.object), id, sample.edit)
                    seen = self.trial.open(skew).read(sample, cursor).seen.get(id)
                    where = f"{sample.object}, our clock {skew} wrong"
                    self._shows(session, sample, seen, where)

    @promise(2)
    def test_edits_in_the_same_moment_as_a_read_are_in_the_next_one(self) -> None:
        """Reads overlap: an edit in the very second of a read is never lost between two reads."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            with self.applying():
                made = session.make(sample, EDITS)
                cursor = session.read(sample).cursor()
                for id in made:
                    reading = session.read(sample, cursor)
                    self.peer.edit(session.type(sample.object), id, sample.edit)
                    cursor = reading.cursor(cursor)
                    seen = session.read(sample, cursor).seen.get(id)
                    self._shows(session, sample, seen, f"{sample.object}, edited as a read ended")

    @promise(2)
    def test_an_edit_while_a_read_is_under_way_is_never_lost(self) -> None:
        """What changes while pages are read is in one of the pages still to come, or in the next read."""
        for sample in self.samples(self.trial.open(), Verb.CREATE):
            with self.applying():
                session = self.trial.open()
                made = session.make(sample, self.peer.many)
                reading = Reading()
                for number, page in enumerate(session.connection.changes(session.query(sample))):
                    reading.pages.append(page)
                    if number < len(made):
                        self.peer.edit(session.type(sample.object), made[number], sample.edit)
                edited = made[: len(reading.pages)]
                later = session.read(sample, reading.cursor())
                for id in edited:
                    seen = later.seen.get(id) or reading.seen.get(id)
                    self._shows(session, sample, seen, f"{sample.object}, edited after page {edited.index(id) + 1}")

    @promise(2)
    def test_a_deleted_record_is_gone_or_absent_but_never_unknown_as_gone(self) -> None:
        """A deletion is learnt as declared: reported by `changes`, or by absence from a complete read; never as live.

        `fetch` gives Gone, Merged, Archived, or Unknown where the system does not tell.
        """
        for was in self._read_before(self.peer.remove):
            session, sample, id, cursor = was.session, was.sample, was.id, was.cursor
            reported = session.read(sample, cursor).seen.get(id)
            everything = session.read(sample)
            fetched = session.fetch(sample, id)[id]
            told = session.type(sample.object).deletions
            hold(everything.complete, f"{sample.object}: nobody edits, and the read is not complete")
            for way, seen in (("a complete read", everything.seen.get(id)), ("fetch", fetched)):
                hold(not _live(seen), f"{sample.object} {id} was deleted; {way} gives {seen!r}")
            if told is Deletions.REPORTED:
                kept = isinstance(reported, Gone | Merged | Archived)
                hold(kept, f"deletions of {sample.object} are declared as reported; the next read gives {reported!r}")
                hold(not isinstance(fetched, Unknown), f"{sample.object} {id} was deleted; fetch gives {fetched!r}")

    @promise(2)
    def test_an_archived_record_is_read_as_archived_and_not_as_gone(self) -> None:
        """A record out of use is in every complete read, and in the next read of changes, as Archived."""
        for was in self._read_before(self.peer.archive):
            session, sample, id, cursor = was.session, was.sample, was.id, was.cursor
            ways = {
                "the next read": session.read(sample, cursor).seen.get(id),
                "a complete read": session.read(sample).seen.get(id),
                "fetch": session.fetch(sample, id)[id],
            }
            for way, seen in ways.items():
                hold(isinstance(seen, Archived), f"{sample.object} {id} was archived; {way} gives {seen!r}")

    @promise(2)
    def test_a_record_deleted_between_read_and_write_is_refused_as_moved(self) -> None:
        """An update of a record that somebody deleted meanwhile is refused, for the next plan to look at: MOVED."""
        for was in self._read_before(self.peer.remove, Verb.UPDATE):
            session, sample, id = was.session, was.sample, was.id
            (outcome,) = session.deliver(sample, Verb.UPDATE, [was.edit])
            causes = {Cause.MOVED, Cause.LOCKED}  # what is voided is still there, and closed
            kept = isinstance(outcome, Refused) and outcome.cause in causes
            hold(kept, f"{sample.object} {id} was deleted meanwhile; the update is answered {outcome!r}")
            hold(not _live(session.fetch(sample, id)[id]), f"the update brought {sample.object} {id} back")

    @promise(2)
    def test_a_record_locked_between_read_and_write_is_refused_and_unchanged(self) -> None:
        """An update of what somebody locked meanwhile is refused as LOCKED or BUSY; others are not touched by it."""
        for was in self._read_before(self.peer.lock, Verb.UPDATE):
            session, sample, id = was.session, was.sample, was.id
            before = session.record(sample, id)
            (other,) = session.make(sample)
            edits = [was.edit, session.edit(sample, other, sample.edit)]
            locked, free = session.deliver(sample, Verb.UPDATE, edits)
            kept = isinstance(locked, Refused) and locked.cause in {Cause.LOCKED, Cause.BUSY}
            hold(kept, f"{sample.object} {id} was locked meanwhile; the update is answered {locked!r}")
            hold(isinstance(free, Applied), f"{sample.object} {other} is free; its update is answered {free!r}")
            changed = differences(session.type(sample.object), before, session.record(sample, id))
            hold(not changed, f"the refused update of {sample.object} {id} changed {changed}")

    @promise(2)
    def test_an_edit_of_another_field_between_read_and_write_survives(self) -> None:
        """An update sends only what it names: what somebody changed meanwhile in other fields stays."""
        session = self.trial.open()
        found = [
            sample
            for sample in self.samples(session, Verb.CREATE, Verb.UPDATE)
            if sample.other_edit and session.type(sample.object).partial
        ]
        if not found:
            raise DoesNotApply("no sample with `other_edit` takes partial updates")
        for sample in found:
            (id,) = session.make(sample)
            type = session.type(sample.object)
            self.peer.edit(type, id, sample.other_edit)
            (outcome,) = session.deliver(sample, Verb.UPDATE, [session.edit(sample, id, sample.edit)])
            hold(isinstance(outcome, Applied), f"{sample.object}: the update is answered {outcome!r}")
            lost = differences(type, sample.other_edit, session.record(sample, id))
            hold(not lost, f"our update of {sorted(sample.edit)} took back the other user's {lost}")

    @promise(2)
    def test_a_stale_version_is_refused_where_conditional_is_declared(self) -> None:
        """Where conditional writes are declared, a stale version is refused as MOVED, and a fresh one is not."""
        session = self.trial.open()
        found = [one for one in self.samples(session, Verb.CREATE, Verb.UPDATE) if session.type(one.object).conditional]
        if not found:
            raise DoesNotApply("no object of the samples takes conditional writes")
        for sample in found:
            (id,) = session.make(sample)
            stale = _version(session, sample, id)
            self.peer.edit(session.type(sample.object), id, sample.other_edit or sample.edit)
            fresh = _version(session, sample, id)
            hold(stale != fresh, f"the version of {sample.object} did not move with an edit")
            (refused,) = session.deliver(sample, Verb.UPDATE, [session.edit(sample, id, sample.edit, stale)])
            kept = isinstance(refused, Refused) and refused.cause is Cause.MOVED
            hold(kept, f"{sample.object}: a stale version is answered {refused!r}")
            (done,) = session.deliver(sample, Verb.UPDATE, [session.edit(sample, id, sample.edit, fresh)])
            hold(isinstance(done, Applied), f"{sample.object}: the version just read is answered {done!r}")

    # --- inside ---

    def _read_before(self, act: Callable[[ObjectType, str], None], *verbs: Verb) -> Iterator[Before]:
        """Make and read a record of each sample, then have the other user do something to it.

        A sample to which that cannot be done is passed over; one at least must remain.
        """
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE, *verbs):
            (id,) = session.make(sample)
            cursor = session.read(sample).cursor()
            edit = session.edit(sample, id, sample.edit)
            with self.applying():
                act(session.type(sample.object), id)
                yield Before(session, sample, id, cursor, edit)

    def _shows(self, session: Session, sample: Sample, seen: Observation | None, where: str) -> None:
        if not isinstance(seen, Present):
            raise PromiseBroken(f"{where}: the edit is not in the next read, which gives {seen!r}")
        old = differences(session.type(sample.object), sample.edit, seen.record)
        hold(not old, f"{where}: the next read still shows the old {', '.join(old)}")


def _live(seen: Observation | None) -> bool:
    return isinstance(seen, Present) and not isinstance(seen, Archived)


def _version(session: Session, sample: Sample, id: str) -> str | None:
    seen = session.fetch(sample, id)[id]
    return seen.version if isinstance(seen, Present) else None
