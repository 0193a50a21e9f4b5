"""Level 2: what is promised of documents that are credited, once somebody has brought one into the books."""

from __future__ import annotations

from tieout.adapter import Applied, Operation, Present, Refused, Verb
from tieout.testing.comparing import differences
from tieout.testing.making import change
from tieout.testing.promises import hold, promise
from tieout.testing.suite import Basis


class CreditingChecks(Basis):
    """A document is taken back in full by another one."""

    @promise(2)
    def test_a_credit_makes_another_document_and_leaves_this_one_as_it_is(self) -> None:
        """A credit answers with the id of another document, which its key finds; the credited one stays as it was."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE, Verb.CREDIT):
            (id,) = session.make(sample)
            type = session.type(sample.object)
            with self.applying():
                self.peer.approve(type, id)
                before, credit = session.record(sample, id), change(id, {})
                batch = session.batch(sample, Verb.CREDIT, [credit])
                (outcome,) = session.send(batch)
                where = f"{sample.object} {id}: the credit is answered {outcome!r}"
                hold(isinstance(outcome, Applied) and outcome.id != id, where)
                changed = differences(type, before, session.record(sample, id))
                hold(not changed, f"the credit of {sample.object} {id} changed its {', '.join(changed)}")
                hold(isinstance(session.fetch(sample, id)[id], Present), f"{sample.object} {id} is gone by its credit")
                (found,) = session.settle(batch)
                same = isinstance(found, Applied) and isinstance(outcome, Applied) and found.id == outcome.id
                hold(same, f"{where}; by its key it is {found!r}")

    @promise(2)
    def test_a_credit_of_what_is_not_in_the_books_is_refused(self) -> None:
        """A credit of a document that nobody has approved is refused, and none is made."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE, Verb.CREDIT):
            (id,) = session.make(sample)
            batch = session.batch(sample, Verb.CREDIT, [Operation(change(id, {}).key, id)])
            (outcome,) = session.send(batch)
            hold(isinstance(outcome, Refused), f"{sample.object} {id} is a draft; its credit is answered {outcome!r}")
            (found,) = session.settle(batch)
            hold(not isinstance(found, Applied), f"the refused credit of {sample.object} {id} is found: {found!r}")
