"""A record that was made for another and went elsewhere still carries its key: to make one more would be a twin."""

from __future__ import annotations

from system.memory.stage import BEGIN, THING, Stage, thing
from tieout.store import standing

MAPPING = """\
mapping: things
version: 1
between:
  crm: {connection: salesforce, object: Thing}
  books: {connection: xero, object: Thing}
match:
  - {crm: code, books: code}
create: {books: always}
fields:
  - {crm: code, books: code}
  - {crm: name, books: name}
"""


def archived_twin() -> Stage:
    """What was made for the second record, its answer lost, was archived before it could be linked."""
    made = Stage(MAPPING, (thing("code", "name"), thing("code", "name")))
    first = made.add(0, {"code": "k1", "name": "Acme"})
    made.run()
    key = made.rows(1)[0].key
    assert key is not None
    second = made.add(0, {"code": "k2", "name": "Brook"})
    lost = made.systems[1].create(THING, {"code": "k2"}, by="tieout", key=key.replace(first, second))
    made.systems[1].archive(lost.id, by="ann")
    return made


def test_what_was_made_for_a_record_and_went_elsewhere_is_a_question() -> None:
    made = archived_twin()
    assert made.run().new == 1
    (review,) = made.reviews()
    assert review.kind == "create"
    assert "was made for it" in str(review.question["text"])
    assert made.run().endings == {}, "nothing is tried again and again"
    assert len(made.rows(1)) == 1


def test_it_is_made_under_a_key_of_its_own_once_a_person_says_so() -> None:
    made = archived_twin()
    made.run()
    (review,) = made.reviews()
    with made.database.write() as tx:
        standing.answer(tx, review.id, chosen="yes", who="ann", why="", now=f"{BEGIN:%Y-%m-%dT%H:%M:%SZ}")
    made.run()
    assert [(row.record["code"], row.key is not None and row.key.endswith(".1")) for row in made.rows(1)] == [
        ("k1", False),
        ("k2", True),
    ]
