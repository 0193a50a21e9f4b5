"""`notices`: one event for each linked record and step, none once it does not apply any more (row SX-66)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from system.memory.stage import KEYED, Stage, thing
from tieout.model import Field, Kind, ObjectType
from tieout.report.audit_text import Personal
from tieout.store import notices
from tieout.store.database import stamp
from tieout.store.replay import differences, replay, stored
from tieout.store.trail import Asked, lines
from tieout.sync.masking import MASK
from tieout.sync.noticed import Noticed, noticed
from tieout.sync.telling import NO_CURRENCY

OVERDUE = (
    KEYED
    + """\
  - {crm: name, books: name}
notices:
  overdue:
    when: books.open
    date: books.due
    days: [0, 7, 30]
    say: Invoice overdue
"""
)


TELLING = (
    OVERDUE
    + """\
    tell:
      customer: crm.name
      outstanding: books.owed
      contact: books.mail
      terms: crm.terms
      page: link.books.url
"""
)


def types() -> tuple[ObjectType, ObjectType]:
    books = thing("code", "name", "open", "coin")
    more = (
        Field("due", Kind.DATE),
        Field("owed", Kind.MONEY, currency="coin"),
        Field("mail", Kind.TEXT, personal=True),
    )
    return thing("code", "name", "terms"), replace(books, fields={**books.fields, **{one.path: one for one in more}})


class Told(Stage):
    """A stage whose runs tell of notices; they begin on 2026-01-05."""

    def days(self, count: int) -> list[str]:
        """Let days go by, run, and give what is told."""
        self.now += timedelta(days=count)
        self.run()
        return [one.text for one in self.told()]

    def told(self, *, heard: bool = True) -> list[Noticed]:
        with self._leased() as epoch:
            found = noticed(self._open(epoch))
        if heard:
            with self.database.write() as tx:
                keys = [(one.came.link, (one.notice, one.days, one.date)) for one in found]
                notices.note_told(tx, keys, stamp(self.now))
        return found


@pytest.fixture
def stage() -> Told:
    """One linked pair, due on 2026-01-10."""
    made = Told(OVERDUE, types())
    made.add(0, {"code": "1", "name": "Acme"})
    made.run()
    (row,) = made.rows(1)
    made.edit(1, row.id, open="yes", due="2026-01-10")
    assert made.days(0) == []
    return made


def test_sx66_one_event_for_each_step(stage: Told) -> None:
    heard = [stage.days(count) for count in (4, 1, 1, 6, 1, 22, 1)]
    assert heard == [
        [],
        ["Invoice overdue: things/books:B1 (Acme), 2026-01-10"],
        [],
        ["Invoice overdue: things/books:B1 (Acme), 7 days after 2026-01-10"],
        [],
        ["Invoice overdue: things/books:B1 (Acme), 30 days after 2026-01-10"],
        [],
    ]


def test_sx66_a_notice_tells_whom_it_is_about_and_how_much_and_where_to_look(stage: Told) -> None:
    stage.use(TELLING)
    stage.edit(1, "B1", owed=Decimal(1200), coin="GBP", mail="ann@acme.example")
    stage.now += timedelta(days=5)
    stage.run()
    stage.edit(1, "B1", owed=Decimal("700.5"))  # paid in part before anybody heard of it
    stage.run()
    (told,) = stage.told()
    assert dict(told.told) == {
        "customer": "Acme",
        "outstanding": "GBP 700.50",
        "contact": MASK,
        "page": "memory:books/Thing/B1",
    }
    page = "page memory:books/Thing/B1"
    assert told.text == (
        "Invoice overdue: things/books:B1 (Acme), 2026-01-10; "
        f"customer Acme; outstanding GBP 700.50; contact {MASK}; {page}"
    )


def test_sx66_the_log_has_what_was_owed_when_the_notice_came_up_and_nothing_personal(stage: Told) -> None:
    stage.use(TELLING)
    stage.edit(1, "B1", owed=Decimal(1200), coin="GBP", mail="ann@acme.example")
    stage.days(5)
    with stage.database.read() as tx:
        (line,) = lines(tx, Asked(kinds=frozenset({"notice"})))
    assert line.values["told"]["notice:overdue.outstanding"] == "GBP 1,200.00"
    assert line.values["told"]["notice:overdue.contact"] == MASK
    shown = Personal.of(stage.mappings).masked(line.values)["told"]
    assert shown == line.values["told"]
    stage.use(TELLING.replace("books: name}", "books: name, pii: true}"))
    shown = Personal.of(stage.mappings).masked(line.values)["told"]
    assert shown["notice:overdue.customer"] == MASK
    assert shown["notice:overdue.outstanding"] == "GBP 1,200.00"


def test_sx66_an_amount_whose_currency_nobody_knows_is_not_told(stage: Told) -> None:
    stage.use(TELLING)
    stage.edit(1, "B1", owed=Decimal(1200))
    (told,) = stage.days(5)
    assert f"; outstanding {NO_CURRENCY}; " in told


def test_sx66_none_after_payment(stage: Told) -> None:
    stage.days(6)
    stage.edit(1, "B1", open=None)
    assert stage.days(40) == []
    stage.edit(1, "B1", open="again")
    assert stage.days(1) == ["Invoice overdue: things/books:B1 (Acme), 30 days after 2026-01-10"]


def test_several_days_that_lie_behind_are_one_event(stage: Told) -> None:
    assert stage.days(20) == ["Invoice overdue: things/books:B1 (Acme), 7 days after 2026-01-10"]
    assert stage.days(1) == []


def test_another_date_begins_anew(stage: Told) -> None:
    stage.days(6)
    stage.edit(1, "B1", due="2026-02-01")
    assert stage.days(0) == []
    assert stage.days(21) == ["Invoice overdue: things/books:B1 (Acme), 2026-02-01"]


def test_what_nobody_heard_is_told_again_and_what_is_paid_meanwhile_is_not(stage: Told) -> None:
    stage.now += timedelta(days=5)
    stage.run()
    assert len(stage.told(heard=False)) == 1
    stage.run()
    assert len(stage.told(heard=False)) == 1
    stage.edit(1, "B1", open=None)
    stage.run()
    assert stage.told() == []


def test_a_day_that_comes_looks_only_at_the_records_that_it_is_about(stage: Told) -> None:
    for number in range(2, 8):
        stage.add(0, {"code": str(number), "name": f"N{number}"})
    stage.run()
    stage.run()
    stage.now += timedelta(days=5)
    with stage._leased() as epoch:
        run = stage._open(epoch)
        with run.database.read() as tx:
            assert notices.arriving(tx, run.joined[0].pair, run.today) == ["C1"]


def test_a_record_without_a_date_and_one_that_left_the_scope_have_no_events(stage: Told) -> None:
    stage.edit(1, "B1", due=None)
    assert stage.days(40) == []
    stage.edit(1, "B1", due="2026-01-10")
    stage.systems[1].remove("B1", by="ann")
    assert stage.days(40) == []


def test_a_date_that_is_no_day_is_held_and_the_fields_travel(stage: Told) -> None:
    stage.use(OVERDUE.replace("date: books.due", "date: books.name"))
    stage.run()
    assert [(hold.rule, hold.code) for hold in stage.holds()] == [("notice:overdue", "expression-failed")]
    stage.edit(0, "C1", name="Bolt")
    stage.run()
    assert stage.record(1)["name"] == "Bolt"


def test_the_log_tells_of_each_event_and_replays(stage: Told) -> None:
    stage.days(6)
    with stage.database.read() as tx:
        assert not list(differences(replay(tx), stored(tx)))
    assert stage.sound()


def test_what_the_mapping_does_not_watch_any_more_is_told_to_nobody_and_forgotten(stage: Told) -> None:
    stage.now += timedelta(days=5)
    stage.run()
    assert len(stage.told(heard=False)) == 1
    stage.use(OVERDUE[: OVERDUE.index("notices:")])
    stage.run()
    assert stage.told(heard=False) == []
    stage.now += timedelta(days=10)
    with stage.opened() as run, run.database.read() as tx:
        assert notices.arriving(tx, run.joined[0].pair, run.today) == []
