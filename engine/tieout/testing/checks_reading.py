"""Level 1: what reads promise on a quiet system."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from tieout.adapter import Deletions, Gone, ObjectType, Present, Record, Unknown, Verb
from tieout.testing.bench import Sample
from tieout.testing.comparing import fits, lacking, laid_over, paths_of, values_at
from tieout.testing.making import fresh, mark, near
from tieout.testing.promises import DoesNotApply, hold, promise
from tieout.testing.session import Session
from tieout.testing.suite import Basis

ODD_IDS = ("no-such-id", "00000000-0000-4000-8000-00000000dead", "'; DROP--", "")


class ReadingChecks(Basis):
    """Nobody else edits, nothing goes wrong."""

    @promise(1)
    def test_a_read_holds_every_path_that_was_asked_for(self) -> None:
        """A read record holds every path asked for, None where it is empty, each value of its field's kind."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            (id,) = session.make(sample)
            type = session.type(sample.object)
            paths = frozenset(path for path, field in type.fields.items() if field.readable)
            listed = session.read(sample, paths=paths).seen.get(id)
            (fetched,) = session.connection.fetch(session.query(sample, paths=paths), [id])
            for way, seen in (("changes", listed), ("fetch", fetched)):
                hold(isinstance(seen, Present), f"{way} gives {seen!r} for a {sample.object} that was just made")
                if isinstance(seen, Present):
                    _whole(type, paths, seen.record, f"{sample.object} by {way}")

    @promise(1)
    def test_a_quiet_read_is_complete_on_its_last_page_and_only_there(self) -> None:
        """With nobody editing, a read of everything gives each record, and says so on its last page alone."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            made = set(session.make(sample, self.peer.many))
            reading = session.read(sample)
            hold(reading.complete, f"nobody edits, and yet the read of {sample.object} is not complete")
            early = [number for number, page in enumerate(reading.pages[:-1], 1) if page.complete]
            hold(not early, f"page {early} of {len(reading.pages)} of {sample.object} says that it is complete")
            missing = made - reading.seen.keys()
            hold(not missing, f"{len(missing)} of {len(made)} records of {sample.object} are missing, e.g. {missing}")

    @promise(1)
    def test_a_page_cursor_resumes_without_loss(self) -> None:
        """From the cursor of any page a read misses nothing, on another connection, whatever came after that page."""
        for sample in self.samples(self.trial.open(), Verb.CREATE):
            session = self.trial.open()
            made = set(session.make(sample, self.peer.many - 1))
            self.peer.sleep(self.peer.gap)
            made |= set(session.make(sample))
            reading = session.read(sample)
            before: set[str] = set()
            for number, page in enumerate(reading.pages, 1):
                before |= {one.id for one in page.observations}
                if page.cursor is None:
                    continue
                cursor = json.loads(json.dumps(page.cursor))
                hold(cursor == page.cursor, f"the cursor of page {number} does not survive JSON: {page.cursor!r}")
                rest = self.trial.open().read(sample, cursor)
                missing = made - before - rest.seen.keys()
                hold(not missing, f"after page {number} of {sample.object} {len(missing)} records are never seen")

    @promise(1)
    def test_fetch_gives_one_observation_for_each_id(self) -> None:
        """`fetch` answers for every id it is asked, once, even for ids that no record can have."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            made = session.make(sample, 3)
            absent = near(made[1], session.read(sample).seen)
            asked = [made[2], *ODD_IDS, made[0], absent, made[1]]
            found = [one.id for one in session.connection.fetch(session.query(sample), asked)]
            hold(sorted(found) == sorted(asked), f"asked for {sorted(asked)} of {sample.object}, got {sorted(found)}")
            seen = session.fetch(sample, *asked)
            missed = [id for id in made if not isinstance(seen[id], Present)]
            hold(not missed, f"{sample.object} {missed} are there; fetch gives {[seen[id] for id in missed]!r}")

    @promise(1)
    def test_what_cannot_be_found_is_unknown_never_gone(self) -> None:
        """An id that the system does not know is Unknown: only its own word for a deletion is Gone.

        Where deletions are learnt by absence alone, what a whole listing lacks may be called Gone.
        """
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            (id,) = session.make(sample)
            absent = near(id, session.read(sample).seen)
            allowed = (Unknown, Gone) if session.type(sample.object).deletions is Deletions.ABSENCE else (Unknown,)
            for seen in session.fetch(sample, *ODD_IDS, absent).values():
                hold(isinstance(seen, allowed), f"{sample.object} {seen.id!r} never was; fetch gives {seen!r}")

    @promise(1)
    def test_decimals_survive_to_the_last_digit(self) -> None:
        """A number is stored and read back to the last digit that its field keeps; no float stands in between."""
        session = self.trial.open()
        with_digits = [sample for sample in self.samples(session, Verb.CREATE) if sample.digits]
        if not with_digits:
            raise DoesNotApply("no sample has digits: give `Sample.digits` if the system keeps any numbers")
        for sample in with_digits:
            operation = fresh(sample, laid_over(sample.new(mark()), sample.digits))
            (made,) = session.deliver(sample, Verb.CREATE, [operation])
            record = session.record(sample, getattr(made, "id", ""))
            for path in paths_of(sample.digits):
                sent, stored = (list(values_at(one, path.split("."))) for one in (sample.digits, record))
                hold(sent == stored, f"{sample.object}.{path} was sent as {sent} and is read as {stored}")

    @promise(1)
    def test_a_key_is_read_back_with_the_record_that_carries_it(self) -> None:
        """Where a marker is declared, a record made by an operation is read with that operation's key."""
        session = self.trial.open()
        marked = [one for one in self.samples(session, Verb.CREATE) if session.type(one.object).marker]
        if not marked:
            raise DoesNotApply("no object of the samples has a marker")
        for sample in marked:
            operation = fresh(sample)
            (made,) = session.deliver(sample, Verb.CREATE, [operation])
            id = getattr(made, "id", "")
            for way, seen in (("fetch", session.fetch(sample, id).get(id)), ("changes", session.read(sample).seen[id])):
                key = seen.key if isinstance(seen, Present) else None
                hold(key == operation.key, f"made under {operation.key}, {way} of {sample.object} gives the key {key}")

    @promise(1)
    def test_stamps_are_aware_and_say_when(self) -> None:
        """`modified` is an instant in UTC by the system's clock, and moves on when a record changes."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE, Verb.UPDATE):
            (id,) = session.make(sample)
            first = _modified(session, sample, id)
            self.peer.sleep(max(session.type(sample.object).grain.total_seconds(), 1.0))
            session.deliver(sample, Verb.UPDATE, [session.edit(sample, id, sample.edit)])
            second = _modified(session, sample, id)
            if first is None or second is None:
                hold(first is second, f"{sample.object} says when it was modified only sometimes: {first}, {second}")
                continue
            hold(
                first.tzinfo == second.tzinfo == UTC and second > first,
                f"{sample.object} was modified at {first}, then edited, and says {second}",
            )


def _modified(session: Session, sample: Sample, id: str) -> datetime | None:
    seen = session.fetch(sample, id)[id]
    return seen.modified if isinstance(seen, Present) else None


def _whole(type: ObjectType, paths: frozenset[str], record: Record, where: str) -> None:
    absent = sorted(path for path in paths if lacking(record, path.split(".")))
    hold(not absent, f"{where} lacks {', '.join(absent)}")
    for path in paths:
        wrong = [value for value in values_at(record, path.split(".")) if not fits(type.fields[path], value)]
        kind = type.fields[path].kind
        hold(not wrong, f"{where}: {path} is declared as {kind} and holds {[f'{one!r:.60}' for one in wrong[:2]]}")
