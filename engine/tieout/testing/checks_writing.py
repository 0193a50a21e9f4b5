"""Level 1: what writes promise when nothing goes wrong on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tieout.adapter import (
    Applied,
    NotApplied,
    Operation,
    Outcome,
    Present,
    Record,
    Refused,
    Twins,
    Verb,
)
from tieout.errors import BatchRefused
from tieout.testing.bench import Sample
from tieout.testing.comparing import differences, laid_over, paths_of
from tieout.testing.making import fresh, mark, near
from tieout.testing.promises import DoesNotApply, PromiseBroken, hold, promise
from tieout.testing.session import Session
from tieout.testing.suite import Basis


class WritingChecks(Basis):
    """Creates and updates, refusals, batches."""

    @promise(1)
    def test_a_written_value_reads_back_as_the_answer_said(self) -> None:
        """What a write answers as `now` is what is read afterwards, in every path of the answer."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            operations = [fresh(sample)]
            (made,) = session.deliver(sample, Verb.CREATE, operations)
            id = _answered(session, sample, made)
            if Verb.UPDATE in session.type(sample.object).verbs:
                (changed,) = session.deliver(sample, Verb.UPDATE, [session.edit(sample, id, sample.edit)])
                hold(_answered(session, sample, changed) == id, f"an update of {id} was answered for another record")

    @promise(1)
    def test_what_is_sent_is_what_is_stored(self) -> None:
        """A field that was sent holds afterwards what was sent, unless it is declared `rewritten`."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            operation = fresh(sample)
            (made,) = session.deliver(sample, Verb.CREATE, [operation])
            id = getattr(made, "id", "")
            _stored(session, sample, id, operation)
            if Verb.UPDATE in session.type(sample.object).verbs:
                edit = session.edit(sample, id, sample.edit)
                session.deliver(sample, Verb.UPDATE, [edit])
                _stored(session, sample, id, edit)

    @promise(1)
    def test_an_update_leaves_alone_what_it_does_not_name(self) -> None:
        """Where partial updates are declared, fields that an update does not name keep their values."""
        session = self.trial.open()
        partial = [one for one in self.samples(session, Verb.CREATE, Verb.UPDATE) if session.type(one.object).partial]
        if not partial:
            raise DoesNotApply("no object of the samples takes partial updates")
        for sample in partial:
            (id,) = session.make(sample)
            before = session.record(sample, id)
            session.deliver(sample, Verb.UPDATE, [session.edit(sample, id, sample.edit)])
            changed = differences(session.type(sample.object), before, session.record(sample, id))
            named = set(paths_of(sample.edit))
            others = [path for path in changed if path not in named]
            hold(not others, f"an update of {sorted(named)} of {sample.object} also changed {others}")

    @promise(1)
    def test_a_limit_declared_in_verbs_is_accepted_by_the_system(self) -> None:
        """A batch of as many operations as `verbs` declares is carried out, each of them."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            verbs = session.type(sample.object).verbs
            made = session.send(session.batch(sample, Verb.CREATE, [fresh(sample) for _ in range(verbs[Verb.CREATE])]))
            ids = {one.id for one in made if isinstance(one, Applied)}
            hold(len(ids) == len(made), f"{len(made)} creates of {sample.object} in one batch made {len(ids)} records")
            if Verb.UPDATE in verbs:
                edits = [session.edit(sample, id, sample.edit) for id in sorted(ids)[: verbs[Verb.UPDATE]]]
                done = session.send(session.batch(sample, Verb.UPDATE, edits))
                failed = [one for one in done if not isinstance(one, Applied)]
                hold(not failed, f"{len(failed)} of {len(done)} updates of {sample.object} failed: {failed[:1]!r}")

    @promise(1)
    def test_one_bad_record_is_refused_and_the_others_are_applied_in_order(self) -> None:
        """Outcomes stand in the order of the operations: a bad record is refused alone, the others are made."""
        session = self.trial.open()
        for sample in self._with_refusals(session):
            bad = [self._bad(sample, refused) for refused in sample.refused]
            operations = [fresh(sample)]
            for one in bad:
                operations += [one, fresh(sample)]
            outcomes = session.deliver(sample, Verb.CREATE, operations)
            for operation, outcome in zip(operations, outcomes, strict=True):
                wanted = Refused if operation in bad else Applied
                hold(isinstance(outcome, wanted), f"{sample.object}: {operation.values!r} was answered {outcome!r}")
                if isinstance(outcome, Applied):
                    _stored(session, sample, outcome.id, operation)

    @promise(1)
    def test_a_refusal_has_a_cause_a_steady_code_and_words(self) -> None:
        """A refusal says whose move it is, by a code without blanks that is the same every time, and in words."""
        session = self.trial.open()
        for sample in self._with_refusals(session):
            for values in sample.refused:
                said = [self._refusal(session, sample, self._bad(sample, values)) for _ in range(2)]
                first, second = said
                hold(first.code and not set(first.code) & set(" \n\t"), f"the code {first.code!r} is no stable name")
                hold(first.message.strip(), f"{sample.object}: refused without a word, {first!r}")
                same = (first.cause, first.code) == (second.cause, second.code)
                hold(same, f"one mistake, two answers: {first!r} and {second!r}")

    @promise(1)
    def test_a_record_that_is_not_there_cannot_be_updated(self) -> None:
        """An update of an id that no record has is refused; it makes nothing."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE, Verb.UPDATE):
            (id,) = session.make(sample)
            before = session.read(sample).seen.keys()
            absent = near(id, before)
            edit = replace(session.edit(sample, id, sample.edit), id=absent)
            (outcome,) = session.deliver(sample, Verb.UPDATE, [edit])
            hold(isinstance(outcome, Refused), f"{sample.object} {absent} never was; the answer is {outcome!r}")
            hold(session.read(sample).seen.keys() == before, f"an update of nothing made a {sample.object}")

    @promise(1)
    def test_what_was_never_sent_is_never_found(self) -> None:
        """`find_created` finds only what was made under these very keys, one answer for each, in their order."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            sent, unsent = [fresh(sample) for _ in range(2)], [fresh(sample) for _ in range(2)]
            batch = session.batch(sample, Verb.CREATE, [sent[0], unsent[0], sent[1], unsent[1]])
            made = session.deliver(sample, Verb.CREATE, sent)
            found = session.settle(batch)
            for operation, one in zip(batch.operations, found, strict=True):
                if operation in unsent:
                    hold(not isinstance(one, Applied), f"a {sample.object} that was never sent is found: {one!r}")
                    continue
                id = getattr(made[sent.index(operation)], "id", "")
                hold(not isinstance(one, NotApplied), f"{sample.object} {id} was made, and is said not to be there")
                hold(not isinstance(one, Applied) or one.id == id, f"{sample.object} {id} is found as {one!r}")

    @promise(1)
    def test_a_create_with_a_key_that_is_taken_is_refused_and_overwrites_nothing(self) -> None:
        """Where twins are declared refused, a create with a key that is taken is refused: nothing is overwritten."""
        session = self.trial.open()
        samples = self.samples(session, Verb.CREATE)
        refusing = [one for one in samples if session.type(one.object).twins is Twins.REFUSED]
        if not refusing:
            raise DoesNotApply("no object of the samples refuses twins")
        for sample in refusing:
            first = fresh(sample)
            (made,) = session.deliver(sample, Verb.CREATE, [first])
            id = getattr(made, "id", "")
            before = session.record(sample, id)
            again = replace(first, values=laid_over(first.values, sample.edit))
            (outcome,) = session.deliver(sample, Verb.CREATE, [again])
            hold(isinstance(outcome, Refused), f"{sample.object}: a key that is taken is answered {outcome!r}")
            changed = differences(session.type(sample.object), before, session.record(sample, id))
            hold(not changed, f"the refused create of {sample.object} changed {changed} of {id}")

    # --- inside ---

    def _with_refusals(self, session: Session) -> Sequence[Sample]:
        found = [sample for sample in self.samples(session, Verb.CREATE) if sample.refused]
        if not found:
            raise DoesNotApply("no sample names values that are refused: give `Sample.refused`")
        return found

    def _bad(self, sample: Sample, values: Record) -> Operation:
        return fresh(sample, laid_over(sample.new(mark()), values))

    def _refusal(self, session: Session, sample: Sample, operation: Operation) -> Refused:
        try:
            (outcome,) = session.send(session.batch(sample, Verb.CREATE, [operation]))
        except BatchRefused as error:
            hold(error.code, f"{sample.object}: a batch is refused without a code")
            raise DoesNotApply(f"{sample.object} refuses whole batches, whose words the engine reports") from error
        if not isinstance(outcome, Refused):
            raise PromiseBroken(f"{sample.object}: {operation.values!r} was answered {outcome!r}")
        return outcome


def _answered(session: Session, sample: Sample, outcome: Outcome) -> str:
    if not isinstance(outcome, Applied):
        raise PromiseBroken(f"the sample's values for {sample.object} were answered {outcome!r}")
    if isinstance(outcome.now, Present):
        hold(outcome.now.id == outcome.id, f"{sample.object}: applied to {outcome.id}, but `now` is of another record")
        wrong = differences(session.type(sample.object), outcome.now.record, session.record(sample, outcome.id))
        hold(not wrong, f"{sample.object}: the answer and a read differ in {', '.join(wrong)}")
    return outcome.id


def _stored(session: Session, sample: Sample, id: str, operation: Operation) -> None:
    wrong = differences(session.type(sample.object), operation.values, session.record(sample, id))
    hold(not wrong, f"{sample.object} {id}: stored differently from what was sent: {', '.join(wrong)}")
