"""Match rules one after the other: what an earlier rule gave away is not there for a later one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from system.memory.stage import THINGS, Stage, thing
from tieout.model import Record
from tieout.store.tables import link

RULES = THINGS.replace(
    "  - {crm: code, books: code}\ncreate: {books: always}",
    "  - {crm: code, books: code, decides: true}\n  - {crm: name, books: name}\ncreate: {books: always}",
    1,
)


def staged(crm: Sequence[Record], books: Sequence[Record]) -> Stage:
    made = Stage(RULES, (thing("code", "name"), thing("code", "name")))
    for end, records in enumerate((crm, books)):
        for values in records:
            made.add(end, values)
    return made


def partner_of_the_old_one(made: Stage) -> list[str]:
    """Give the names that the CRM records had at first which are linked to the record that stood in books."""
    (old, *_) = made.rows(1)
    with made.database.read() as tx:
        rows = tx.execute(link.select().where(link.c.state == "active", link.c.second == old.id)).all()
    return [row.first for row in rows]


@pytest.mark.parametrize("first", [0, 1])
def test_sx10_a_record_that_an_earlier_rule_links_is_no_candidate_of_a_later_one(first: int) -> None:
    crm: list[Record] = [{"code": None, "name": "Acme"}, {"code": "1", "name": "Acme Ltd"}]
    made = staged(crm[::-1] if first else crm, [{"code": "1", "name": "Acme"}])
    numbered = next(row.id for row in made.rows(0) if row.record["code"] == "1")
    report = made.run()
    assert partner_of_the_old_one(made) == [numbered], "the number decides, whichever stands first"
    assert all(ending == "done" for one in report.passes for _, ending in one.applying.endings)


def test_sx10_a_rival_whose_number_says_otherwise_is_no_rival() -> None:
    made = staged([{"code": None, "name": "Acme"}, {"code": "2", "name": "Acme"}], [{"code": "1", "name": "Acme"}])
    unnumbered = next(row.id for row in made.rows(0) if row.record["code"] is None)
    made.run()
    assert made.reviews() == []
    assert partner_of_the_old_one(made) == [unnumbered]


def test_sx10_the_same_name_twice_is_asked_of_a_person() -> None:
    made = staged([{"code": None, "name": "Acme"}, {"code": None, "name": "Acme"}], [{"code": "1", "name": "Acme"}])
    made.run()
    assert partner_of_the_old_one(made) == []
    assert {review.kind for review in made.reviews()} == {"match"}
