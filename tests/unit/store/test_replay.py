"""Replay: whatever the tables hold and the log does not say, or the other way round, is named."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update

from tieout.store import audit, links, mirror, person, standing
from tieout.store.links import ChildRow, LinkRow
from tieout.store.replay import differences, replay, stored
from tieout.store.tables import child, hold, link, review, suppress

if TYPE_CHECKING:
    from sqlalchemy import Connection, Executable

    from tieout.store.database import Database

AT = "2026-07-29T12:00:00.000000Z"
BASE = {"Name": ["a", "b", "equal"]}


def fill(tx: Connection) -> None:
    """One link with a line, a hold, a decision and a question; each told as the engine tells it."""
    tell = partial(audit.tell, tx)
    ends = [mirror.endpoint_id(tx, "memory", "1", name) for name in ("Account", "Contact")]
    number = mirror.pair_id(tx, ends[0], ends[1], "customers")[0]
    (made,) = links.add(tx, [LinkRow(0, number, "", "a", "b", "active", "", 0, {}, {})])
    told = {"link": made, "pair": number, "part": "", "first": "a", "second": "b", "generation": 0, "evidence": {}}
    tell("link", told, None)
    links.set_bases(tx, [(made, BASE)])
    links.set_children(tx, made, "Lines", [ChildRow("l1", "m1", 0, BASE)])
    values = {"base": BASE, "children": {"Lines": [["l1", "m1", "0", BASE]]}, "writes": {"Name": ["x", "b", "a", None]}}
    tell("settled", {"link": made}, values)
    held = {"scope": "link:1", "rule": "Name", "code": "c", "detail": standing.detail(message="m"), "fingerprint": "f"}
    standing.replace_holds(tx, number, ["link:1"], [held], "r", AT, tell=tell)
    standing.suppress_all(tx, [{**held, "kind": "failed", "pair": number, "since": AT, "run": "r"}], tell=tell)
    question = {"scope": "link:1", "rule": "Name", "kind": "drift", "fingerprint": "f", "question": "{}"}
    standing.ask(tx, number, ["link:1"], [question], "r", AT, tell=tell)


def told_apart(tx: Connection) -> list[str]:
    return [f"{one.subject}: {one.what}" for one in differences(replay(tx), stored(tx))]


def test_law9_the_log_alone_gives_what_the_tables_hold(database: Database) -> None:
    with database.write() as tx:
        fill(tx)
        assert told_apart(tx) == []
        state = replay(tx)
        assert state.links[1].base == BASE
        assert state.links[1].sent == {"Name": "b"}
        standing.allow_again(tx, 1, {"link:1": ["Name"]}, tell=partial(audit.tell, tx))
        standing.replace_holds(tx, 1, ["link:1"], [], "s", AT, tell=partial(audit.tell, tx))
        standing.ask(tx, 1, ["link:1"], [], "s", AT, tell=partial(audit.tell, tx))
        assert told_apart(tx) == []
        state = replay(tx)
        assert (state.holds, state.suppressed, state.reviews) == ({}, {}, {})


SILENT: dict[str, tuple[Executable, str]] = {
    "a link ends": (update(link).values(state="ended"), "link 1: its state is active in the log and ended in"),
    "a generation": (update(link).values(generation=2), "link 1: its generation is 0 in the log and 2 in the store"),
    "a merge": (update(link).values(second="c"), "link 1: its ids is ('a', 'b') in the log and ('a', 'c') in"),
    "a base": (update(link).values(base='{"Name":["a","x","equal"]}'), "link 1: the base of Name differs"),
    "a line": (delete(child), "link 1: the paired lines of Lines differ"),
    "a hold": (delete(hold), "hold link:1 Name: the log has it, and the store does not"),
    "a hold's words": (update(hold).values(detail="{}"), "hold link:1 Name: the log and the store say different"),
    "a decision": (delete(suppress), "decision link:1 Name: the log has it, and the store does not"),
    "an answer": (update(review).values(state="answered", answer="x"), "question 1: the log and the store say"),
    "a question": (update(review).values(state="dropped"), "question 1: the log has it, and the store does not"),
}


@pytest.mark.parametrize(("statement", "named"), SILENT.values(), ids=SILENT.keys())
def test_law9_a_change_that_no_entry_tells_is_named(database: Database, statement: Executable, named: str) -> None:
    with database.write() as tx:
        fill(tx)
        tx.execute(statement)
        (found,) = told_apart(tx)
    assert found.startswith(named)


def test_law9_a_link_that_the_log_does_not_know_is_named(database: Database) -> None:
    with database.write() as tx:
        fill(tx)
        links.add(tx, [LinkRow(0, 1, "", "c", "d", "active", "", 0, {}, {})])
        assert told_apart(tx) == ["link 2: it is in the store, and the log does not know it"]


def test_law9_entries_of_what_the_log_never_made_are_passed_over_and_named(database: Database) -> None:
    with database.write() as tx:
        fill(tx)
        tell = partial(audit.tell, tx)
        for kind, more in {"settled": {}, "end": {"reason": "x"}, "re-point": {"first": "x", "second": "y"}}.items():
            tell(kind, {"link": 9, **more}, {"base": BASE})
        tell("answer", {"review": 9, "answer": "x", "who": "ann"}, None)
        tell("erase", {"links": [9], "scopes": [[1, "link:9"]], "entries": []}, None)
        assert told_apart(tx) == []


def test_law9_an_entry_that_was_erased_without_a_word_is_named(database: Database) -> None:
    with database.write() as tx:
        fill(tx)
        audit.erase(tx, [2], who="ann")
        assert "link 1: values were erased that moved its base" in told_apart(tx)[0]


def test_law9_the_log_still_tells_the_lines_of_who_was_erased(database: Database) -> None:
    with database.write() as tx:
        fill(tx)
        about = person.find(tx, 1, "a")
        entries, told = person.entries(tx, about), person.told(tx, about)
        assert told["lines"] == {"1": {"Lines": [["l1", "m1", 0]]}}, "ids, and no values"
        person.forget(tx, about)
        audit.erase(tx, entries, who="ann", about=told)
        assert told_apart(tx) == []
        values = {"base": {}, "children": {"Lines": [["l1", "m1", "0", BASE], ["l2", "m2", "0", BASE]]}, "writes": {}}
        links.set_children(tx, 1, "Lines", [ChildRow("l1", "m1", 0, BASE), ChildRow("l2", "m2", 0, BASE)])
        audit.tell(tx, "settled", {"link": 1}, values)
        assert told_apart(tx) == []
