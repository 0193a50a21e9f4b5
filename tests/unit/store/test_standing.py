"""Holds and questions that stand between runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tieout.store import audit, mirror, standing
from tieout.store.replay import differences, replay, stored

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieout.store.database import Database

AT = "2026-07-29T12:00:00.000000Z"
RECORD, OTHER, LINK = "record:0:a", "record:1:b", "link:7"


def pair(tx: Connection) -> int:
    ends = [mirror.endpoint_id(tx, "memory", "1", name) for name in ("Account", "Contact")]
    return mirror.pair_id(tx, ends[0], ends[1], "customers")[0]


def held(scope: str, rule: str) -> dict[str, object]:
    return {"scope": scope, "rule": rule, "code": "blocked", "detail": standing.detail(message="m"), "fingerprint": "f"}


def question(scope: str, rule: str) -> dict[str, object]:
    return {"scope": scope, "rule": rule, "kind": "drift", "fingerprint": "f", "question": "{}"}


def test_what_stood_at_two_records_stands_at_their_link(database: Database) -> None:
    with database.write() as tx:
        number, tell = pair(tx), partial(audit.tell, tx)
        standing.replace_holds(
            tx, number, [RECORD, OTHER], [held(RECORD, "x"), held(OTHER, "x"), held(OTHER, "y")], "r", AT, tell=tell
        )
        (asked,) = standing.ask(tx, number, [RECORD], [question(RECORD, "Name")], "r", AT, tell=tell)
        standing.follow(tx, number, {RECORD: LINK, OTHER: LINK}, tell=tell)
        assert [(one.scope, one.rule) for one in standing.holds(tx)] == [(LINK, "x"), (LINK, "y")]
        assert standing.replace_holds(tx, number, [LINK], [held(LINK, "x"), held(LINK, "y")], "s", AT, tell=tell) == []
        assert standing.ask(tx, number, [LINK], [question(LINK, "Name")], "s", AT, tell=tell) == []
        assert [(one.id, one.scope) for one in standing.reviews(tx)] == [(asked, LINK)]
        assert list(differences(replay(tx), stored(tx))) == []


def test_sx10_who_belongs_together_is_asked_no_more_once_it_is_linked_and_an_answer_stays(database: Database) -> None:
    with database.write() as tx:
        number, tell = pair(tx), partial(audit.tell, tx)
        standing.ask(tx, number, [OTHER], [question(OTHER, "match"), question(OTHER, "create")], "r", AT, tell=tell)
        (answered,) = standing.ask(tx, number, [RECORD], [question(RECORD, "match")], "r", AT, tell=tell)
        standing.answer(tx, answered, chosen="b", who="ann", why="", now=AT)
        audit.tell(tx, "answer", {"review": answered, "answer": "b", "who": "ann"}, None)
        standing.follow(tx, number, {RECORD: LINK, OTHER: LINK}, tell=tell)
        assert standing.reviews(tx) == []
        assert [(one.id, one.scope) for one in standing.reviews(tx, state="answered")] == [(answered, RECORD)]
        assert list(differences(replay(tx), stored(tx))) == []
