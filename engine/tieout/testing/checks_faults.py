"""Level 1: what reads and writes promise while the network fails; each fault of `tieout.testing.faults` in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tieout.adapter import (
    Applied,
    Batch,
    Found,
    InDoubt,
    NotApplied,
    Operation,
    Outcome,
    Page,
    Present,
    Refused,
    Twins,
    Verb,
)
from tieout.errors import AnswerLost, BatchRefused, ConnectionFault, TieoutError, Unauthorised
from tieout.testing.bench import Sample
from tieout.testing.comparing import differences
from tieout.testing.faults import Fault, FaultyTransport, Strike
from tieout.testing.making import fresh
from tieout.testing.promises import PromiseBroken, hold, promise
from tieout.testing.session import Session
from tieout.testing.suite import Basis

FOR_EVER = 10_000
DEEP = 4
"""How many calls into a read the faults begin."""


class FaultChecks(Basis):
    """The client waits, repeats and gives up; the adapter must not undo that."""

    @promise(1)
    def test_a_read_survives_a_fault_that_passes(self) -> None:
        """One call that fails for a moment does not stop a read: it goes on, and holds every record."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            made = set(session.make(sample, self.peer.many))
            for fault, call in _passing(session):
                with session.faulty(Strike(fault, call, when=session.asks)) as passed:
                    reading = session.read(sample)
                lost = made - reading.seen.keys()
                where = f"{sample.object}, {fault.name} at call {call}"
                hold(reading.complete and not lost, f"{where}: complete {reading.complete}, {len(lost)} records lost")
                if not _struck(passed):
                    break

    @promise(1)
    def test_a_read_that_breaks_raises_and_is_never_complete(self) -> None:
        """A read that cannot be finished raises what the client raised; it never just ends, and is never complete."""
        for sample in self.samples(self.trial.open(), Verb.CREATE):
            session = self.trial.open()
            session.make(sample, self.peer.many)
            for fault in Fault:
                for call in range(1, DEEP + 1):
                    query = session.query(sample)
                    pages: list[Page] = []
                    with session.faulty(Strike(fault, call, FOR_EVER, when=session.asks)) as passed:
                        raised = _ended(session.connection.changes(query), pages)
                    if not _struck(passed):
                        break
                    where = f"{sample.object}, {fault.name} from call {call} on"
                    hold(isinstance(raised, ConnectionFault), f"{where}: the read ended with {raised!r}")
                    hold(not any(page.complete for page in pages), f"{where}: the broken read says it is complete")

    @promise(1)
    def test_a_fetch_that_breaks_raises_and_calls_nothing_gone(self) -> None:
        """`fetch` of records that cannot be reached raises: an outage is no evidence about any record."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            ids = session.make(sample, 3)
            for fault in Fault:
                with session.faulty(Strike(fault, times=FOR_EVER, when=session.asks)):
                    query = session.query(sample)
                    try:
                        found = list(session.connection.fetch(query, ids))
                    except ConnectionFault:
                        continue
                raise PromiseBroken(f"{sample.object}, {fault.name}: fetch gives {found!r}")

    @promise(1)
    def test_a_create_whose_answer_is_lost_is_settled_and_never_doubled(self) -> None:
        """Whatever happens to a create on its way, it is made once: `find_created` tells what became of it."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            before = set(session.read(sample).seen)
            most = min(2, session.type(sample.object).verbs[Verb.CREATE])
            for fault in Fault:
                batch = session.batch(sample, Verb.CREATE, [fresh(sample) for _ in range(most)])
                ids = once(session, sample, batch, fault)
                after = set(session.read(sample).seen)
                twins, in_doubt = after - before - ids, most - len(ids)
                hold(
                    len(twins) <= in_doubt,
                    f"{sample.object}, {fault.name}: {len(twins)} records besides those answered for",
                )
                before = after | ids

    @promise(1)
    def test_an_update_that_meets_a_fault_is_never_called_refused(self) -> None:
        """An update whose answer is lost is in doubt; one that is called done is stored, and no fault is a refusal."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE, Verb.UPDATE):
            type = session.type(sample.object)
            for fault in Fault:
                (id,) = session.make(sample)
                batch = session.batch(sample, Verb.UPDATE, [session.edit(sample, id, sample.edit)])
                (outcome,) = _spoilt(session, batch, fault)
                stored = not differences(type, sample.edit, session.record(sample, id))
                where = f"{sample.object}, {fault.name}: the update is {outcome!r}"
                hold(not isinstance(outcome, Refused), where)
                hold(stored or not isinstance(outcome, Applied), f"{where}, but it is not stored")
                hold(not stored or not isinstance(outcome, NotApplied), f"{where}, but it is stored")

    @promise(1)
    def test_a_dead_token_is_renewed_or_named(self) -> None:
        """A token that dies is renewed by the client; where nothing can renew it, the error says so and is final."""
        session = self.trial.open()
        for sample in self.samples(session, Verb.CREATE):
            (id,) = session.make(sample)
            with session.faulty(Strike(Fault.DEAD_TOKEN, when=session.asks)) as passed:
                try:
                    seen = session.fetch(sample, id)[id]
                except ConnectionFault as error:
                    hold(not session.renewable, f"the token was not renewed: {error!r}")
                    hold(isinstance(error, Unauthorised), f"a dead token is called {error!r}")
                    continue
            hold(isinstance(seen, Present), f"{sample.object} {id}: after the renewal fetch gives {seen!r}")
            hold(_struck(passed), "no call was struck: fetch asked nothing")


def _passing(session: Session) -> Iterator[tuple[Fault, int]]:
    for fault in Fault:
        if session.renewable or fault is not Fault.DEAD_TOKEN:
            yield from ((fault, call) for call in (1, 2))


def _struck(passed: FaultyTransport) -> bool:
    return any(one.fault for one in passed.passed)


def _ended(reading: Iterator[Page], pages: list[Page]) -> Exception | None:
    """Read to the end, however it comes."""
    try:
        pages.extend(reading)
    except TieoutError as error:
        return error
    return None


def _spoilt(session: Session, batch: Batch, fault: Fault) -> Sequence[Outcome | NotApplied]:
    """Send a batch with one fault on the way, and read what that means as the engine does."""
    try:
        with session.faulty(Strike(fault, when=session.writes)) as passed:
            outcomes = session.send(batch)
    except AnswerLost as error:
        return [InDoubt(str(error))] * len(batch.operations)
    except BatchRefused as error:
        raise PromiseBroken(f"{batch.type.name}, {fault.name}: the fault is called a refusal, {error}") from error
    except ConnectionFault:
        return [NotApplied()] * len(batch.operations)
    hold(_struck(passed), f"{batch.type.name}: the write made no call that changes anything")
    return outcomes


def once(session: Session, sample: Sample, batch: Batch, fault: Fault) -> set[str]:
    """Create under a fault, settle what is in doubt, send again what is known not to be there; gives the ids."""
    known: list[Outcome | Found] = list(_spoilt(session, batch, fault))
    where = f"{sample.object}, {fault.name}"
    if any(isinstance(one, InDoubt) for one in known):
        found = session.settle(batch)
        known = [new if isinstance(old, InDoubt) else old for old, new in zip(known, found, strict=True)]
    ids: set[str] = set()
    for operation, one in zip(batch.operations, known, strict=True):
        if isinstance(one, InDoubt):
            hold(batch.type.twins is Twins.POSSIBLE, f"{where}: still in doubt after the horizon, {one.why}")
            continue
        done = _again(session, sample, operation) if isinstance(one, NotApplied) else one
        if not isinstance(done, Applied):
            raise PromiseBroken(f"{where}: {done!r}")
        seen = session.fetch(sample, done.id)[done.id]
        hold(isinstance(seen, Present), f"{where}: {done.id} is said to be made; fetch gives {seen!r}")
        hold(done.id not in ids, f"{where}: two creates are said to have made {done.id}")
        ids.add(done.id)
    return ids


def _again(session: Session, sample: Sample, operation: Operation) -> Outcome:
    (outcome,) = session.send(session.batch(sample, Verb.CREATE, [operation]))
    return outcome
