"""A held document is voided, or credited, and made anew: what was picked for it, and what a system refuses of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from system.memory.lossy import Fate, Lossy, LossyStage
from system.memory.parted import applied, consistent, planned
from system.memory.stage import KEYED, VERBS, thing
from system.memory.test_credits import NOTE, Killed, rested, weather
from tieout.model import Batch, Cause, Lock, Outcome, Refused, Verb
from tieout.store import audit, standing
from tieout.sync.figures import Selection
from tieout.testing.memory import Traits

PICKED = (
    KEYED
    + """\
  - {crm: name, books: name}
  - {books: account, from: pick.account.Code, only: create}
picks:
  account:
    ask: Which account?
    of: crm.Accounts
    key: Code
    default: crm.usual
update: {books: hold}
delete: {books: hold, crm: keep}
"""
)
ACCOUNTS = [{"Code": "200"}, {"Code": "260"}, {"Code": "270"}]
DEAL = thing("code", "name", "usual", "Accounts.Id", "Accounts.Code", children={"Accounts": "Id"})
DOCUMENT = thing("code", "name", "account", verbs=VERBS | {Verb.VOID: 10, Verb.CREDIT: 10}, sees_own=True)
PAID = Lock("it is paid", ways_out=("credit it",), allows=frozenset({Verb.CREDIT}))
APPROVED = Lock("it is approved", ways_out=("void it",), allows=frozenset({Verb.VOID}))
LOCKS = {"reissue": APPROVED, "credit": PAID}
ENDS = frozenset({Verb.VOID, Verb.CREDIT})


class Refusing(Lossy):
    """A connection that refuses to end documents while it is closed, and counts how often it is asked."""

    stage: Office

    def write(self, batch: Batch) -> Sequence[Outcome]:
        if batch.verb not in ENDS or not self.stage.closed:
            return super().write(batch)
        self.stage.refused += 1
        return [Refused(Cause.DATA, "period-locked", "the period is locked") for _ in batch.operations]


class Office(LossyStage):
    """A deal for whose document another account than the usual one was picked; it was renamed once that was locked."""

    def __init__(self, lock: Lock) -> None:
        self.closed, self.refused = False, 0
        traits = (Traits(), Traits(credits="Credit"))
        super().__init__(PICKED, (DEAL, DOCUMENT), traits=traits, beside={"Credit": NOTE})
        self.deal = self.add(0, {"code": "1", "name": "Acme", "usual": "200", "Accounts": ACCOUNTS})
        applied(self, planned(self, Selection({"things": [(0, self.deal)]}, picks={"account": "260"})))
        assert self.documents() == [("Acme", "260")]
        self.systems[1].lock(self.rows(1)[0].id, lock, by="bea")
        self.edit(0, self.deal, name="Bolt")
        self.run()

    def connection(self, end: int) -> Lossy:
        if end == 0:
            return super().connection(end)
        made = Refusing(self.systems[end], self.acts, end, self.weather)
        made.stage = self
        return made

    def retried(self) -> None:
        """Have all that was refused go on, as `tieout retry` does."""
        with self.database.write() as tx:
            for kept in standing.refused(tx):
                standing.allow_again(tx, kept.pair, {kept.scope: [kept.rule]}, tell=partial(audit.tell, tx))

    def documents(self) -> list[tuple[object, object]]:
        """Give every document that was ever made, with its account."""
        return [(row.record["name"], row.record["account"]) for row in self.systems[1].of("Thing")]

    def plan(self, way: str, **picks: str) -> str:
        return planned(self, Selection({"things": [(0, self.deal)]}, requesting=way, picks=picks))

    def killed_between(self, digest: str) -> None:
        """Apply a plan; the process ends between the end of the old document and the create of the new one."""
        weather(self, Fate.ANSWERED, Killed())
        with pytest.raises(Killed):
            applied(self, digest)
        weather(self)


@pytest.mark.parametrize("way", LOCKS)
def test_px30_px34_a_document_that_is_made_anew_keeps_what_was_picked_for_the_one_before(way: str) -> None:
    made = Office(LOCKS[way])
    applied(made, made.plan(way))
    rested(made)
    assert made.documents() == [("Acme", "260"), ("Bolt", "260")]
    assert (made.holds(), made.reviews(), consistent(made)) == ([], [], True)


@pytest.mark.parametrize("way", LOCKS)
def test_px30_px34_it_keeps_that_too_if_a_later_run_makes_it(way: str) -> None:
    made = Office(LOCKS[way])
    made.killed_between(made.plan(way))
    rested(made)
    assert made.documents() == [("Acme", "260"), ("Bolt", "260")]
    assert "'from': 'remembered'" in made.shown()
    made.systems[1].lock(made.rows(1)[-1].id, LOCKS[way], by="bea")
    made.edit(0, made.deal, name="Corr")
    made.run()
    made.killed_between(made.plan(way))
    rested(made)
    assert made.documents()[2:] == [("Corr", "260")], "the new one remembers it, too"
    assert consistent(made)


@pytest.mark.parametrize("way", LOCKS)
def test_px30_px34_what_is_picked_with_the_way_out_is_kept_too_if_a_later_run_makes_it(way: str) -> None:
    made = Office(LOCKS[way])
    made.killed_between(made.plan(way, account="270"))
    rested(made)
    assert made.documents() == [("Acme", "260"), ("Bolt", "270")]


@pytest.mark.parametrize("way", LOCKS)
def test_px34_a_way_out_whose_plan_turned_stale_is_asked_for_anew(way: str) -> None:
    made = Office(LOCKS[way])
    digest = made.plan(way)
    (document,) = made.rows(1)
    made.edit(1, document.id, by="bea", name="Corr")
    applied(made, digest)
    made.edit(1, document.id, by="bea", name="Acme")
    rested(made)
    assert made.documents() == [("Acme", "260")]
    applied(made, made.plan(way))
    rested(made)
    assert made.documents() == [("Acme", "260"), ("Bolt", "260")]


def test_px30_px34_what_is_no_option_any_more_gives_way_and_is_told() -> None:
    made = Office(APPROVED)
    made.edit(0, made.deal, Accounts=[{"Code": "200"}, {"Code": "270"}])
    made.run()
    made.killed_between(made.plan("reissue"))
    report = made.run()
    assert made.documents() == [("Acme", "260"), ("Bolt", "200")]
    told = [note for one in report.passes for note in one.planning.notes]
    assert [note for note in told if "260 is no option of account any more; taken instead, default: 200" in note]


@pytest.mark.parametrize("way", LOCKS)
def test_px34_a_refused_end_of_a_document_is_not_sent_again_before_a_person_says_so(way: str) -> None:
    made = Office(LOCKS[way])
    made.closed = True
    applied(made, made.plan(way))
    rested(made)
    assert (made.refused, made.documents()) == (1, [("Acme", "260")])
    assert "period-locked" in [hold.code for hold in made.holds()]
    made.closed = False
    rested(made)
    assert made.documents() == [("Acme", "260")], "that its cause is mended no run can see"
    made.retried()
    rested(made)
    assert (made.refused, made.documents()) == (1, [("Acme", "260"), ("Bolt", "260")])
    assert (made.holds(), consistent(made)) == ([], True)
