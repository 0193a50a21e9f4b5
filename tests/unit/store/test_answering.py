"""Answers about who belongs together: two that can't both be true never stand beside each other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tieout.store import answering, audit, mirror, standing
from tieout.store.replay import differences, replay, stored
from tieout.values import dumps

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieout.store.database import Database

AT = "2026-07-29T12:00:00.000000Z"


def asked(
    tx: Connection, number: int, end: int, id_: str, choices: tuple[str, ...], rivals: tuple[str, ...] = ()
) -> int:
    named = [{"side": "crm", "id": one} for one in (id_, *choices, *rivals)]
    meaning = {one: f"link it to {one}" for one in choices} | {"none": "it is none of these"}
    body = dumps({"text": f"does {id_} belong to any?", "choices": meaning, "candidates": named})
    row = {"scope": f"record:{end}:{id_}", "rule": "match", "kind": "match", "fingerprint": "f", "question": body}
    return standing.ask(tx, number, [f"record:{end}:{id_}"], [row], "r", AT, tell=partial(audit.tell, tx))[0]


def given(tx: Connection, number: int) -> standing.Review:
    found = standing.find_review(tx, number)
    assert found is not None
    return found


def pair(tx: Connection) -> int:
    ends = [mirror.endpoint_id(tx, "memory", "1", name) for name in ("Account", "Contact")]
    return mirror.pair_id(tx, ends[0], ends[1], "customers")[0]


@pytest.mark.parametrize(
    ("first", "second", "against"),
    [
        ("b", "none", True),
        ("b", "a", False),
        ("b", "c", True),
        ("none", "a", True),
        ("none", "none", False),
        ("none", "c", False),
        ("d", "a", True),
        ("d", "c", False),
    ],
)
def test_sx10_the_same_pair_asked_from_each_side_takes_no_contradiction(
    database: Database, first: str, second: str, *, against: bool
) -> None:
    with database.write() as tx:
        number = pair(tx)
        one = asked(tx, number, 0, "a", ("b", "d"))
        two = asked(tx, number, 1, "b", ("a", "c"))
        answering.note(tx, given(tx, one), first, who="ann", why="", now=AT)
        found = answering.Given.of(tx).against(given(tx, two), second)
        assert (None if found is None else (found.id, found.who, found.answer)) == (
            (one, "ann", first) if against else None
        )


def test_sx10_two_records_of_one_side_are_not_given_the_same_partner(database: Database) -> None:
    with database.write() as tx:
        number = pair(tx)
        one, two = asked(tx, number, 0, "a", ("b",), ("c",)), asked(tx, number, 0, "c", ("b",), ("a",))
        later = asked(tx, number, 0, "e", ("b",))
        answering.note(tx, given(tx, one), "b", who="ann", why="", now=AT)
        known = answering.Given.of(tx)
        assert known.against(given(tx, two), "none") is None
        found = known.against(given(tx, two), "b")
        assert found is not None
        assert found.id == one
        assert known.against(given(tx, later), "b") is None, "it is not asked about the record of the first any more"


def test_sx10_an_answer_that_is_taken_back_counts_no_more_and_history_knows(database: Database) -> None:
    with database.write() as tx:
        number = pair(tx)
        one, two = asked(tx, number, 0, "a", ("b",)), asked(tx, number, 1, "b", ("a",))
        answering.note(tx, given(tx, one), "b", who="ann", why="", now=AT)
        answering.take_back(tx, given(tx, one), who="bob", why="ann erred")
        assert answering.Given.of(tx).against(given(tx, two), "none") is None
        assert given(tx, one).state == "dropped"
        assert list(differences(replay(tx), stored(tx))) == []
