"""One person's values are in no table after an erasure: every table of the store says how, those to come included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, LargeBinary, Table, insert, select

from tieout.store import audit, mirror, person
from tieout.store.tables import match_key, metadata
from tieout.values import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from tieout.store.database import Database

CANARY = "Zoë Canary"
AT = "2026-07-29T12:00:00.000000Z"
NOBODY: Mapping[str, str] = {
    "endpoint": "names an object of an organisation",
    "pair": "names two endpoints",
    "listed": "holds ids alone",
    "due": "holds ids alone",
    "watch": "names a field",
    "run": "holds figures of runs and who ran them",
    "intent": "a write whose fate is open: while there is one, nothing is erased",
    "lease": "names processes",
    "token": "is encrypted, and holds logins of ours",
    "access": "names who connected what",
    "secret": "is encrypted, and holds credentials of ours",
    "window": "counts calls",
    "alert": "names mappings and connections",
    "notice": "holds the days of steps: kept, or somebody would be told twice",
    "described": "describes fields, and no record",
    "audit": "holds ids and codes; values stand in audit_value",
}
"""Tables in which nobody's values stand, and why. One that is not here must be emptied of them by `person.forget`."""
OBJECTS = {
    "fields", "firsts", "lock", "evidence", "base", "detail", "question", "body", "head", "mappings", "value",
}  # fmt: skip
"""Columns that hold a JSON object."""
PARTS: dict[str, Any] = {
    "title": CANARY, "why": CANARY, "before": {"Name": CANARY}, "effect": {CANARY: "1"}, "figures": [[CANARY, "1"]],
    "writes": [{"sent": CANARY}], "lists": [{"items": [CANARY]}], "agrees": [{"values": [CANARY, CANARY]}],
    "evidence": {"picks": {"a": {"label": CANARY}}}, "message": CANARY, "words": CANARY, "text": CANARY,
    "choices": {"one": CANARY}, "candidates": [{"name": CANARY}], "Name": CANARY, "answered": CANARY,
    "notes": [f"a: {CANARY}"], "left": [{"record": "customers/crm:a", "why": CANARY}], "later": [CANARY],
}  # fmt: skip
"""What such objects hold, all of it in each, beside a name that none has yet."""


def filled(table: Table, known: Mapping[str, object]) -> dict[str, Any]:
    """Make a row of the person: what places it is known, all else that can hold a text holds the canary."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.name in known:
            row[column.name] = known[column.name]
        elif column.name in OBJECTS:
            row[column.name] = dumps(PARTS)
        elif isinstance(column.type, Integer):
            row[column.name] = 0
        elif not isinstance(column.type, LargeBinary):
            row[column.name] = CANARY
    return row


def put_everywhere(tx: Connection) -> tuple[int, set[str]]:
    """Put the canary into a row of every table that can be about a person; give the endpoint and the tables."""
    crm, books = (mirror.endpoint_id(tx, "memory", "1", name) for name in ("Account", "Contact"))
    number = mirror.pair_id(tx, crm, books, "customers")[0]
    places = {"endpoint": crm, "id": "a", "pair": number, "end": 0, "link": 1, "list": "lines", "seq": 1,
              "first": "a", "second": "b", "record": "a", "source": "b", "scope": "link:1", "plan": "p", "digest": "p",
              "into": None, "since": AT, "asked": AT, "answered": AT, "made": AT, "run": "r", "epoch": 1, "rule": 0,
              "mapping": "customers", "verb": "update", "code": "drift", "kind": "drift", "fingerprint": "f",
              "who": "ann", "answer": "crm", "by": CANARY, "allowed": "{}", "allowed_by": "ann", "environment": "e",
              "ended": None, "reason": "", "part": "", "generation": 0, "ordinal": 0}  # fmt: skip
    special: dict[str, dict[str, object]] = {
        "record": {"state": "present", "digest": CANARY},
        "link": {"id": 1, "state": "active", "evidence": dumps({**PARTS, "why": "it carries our key"})},
        "child": {"id": 1},
        "operation": {"ended": "done"},
        "plan": {"state": "saved", "mappings": "{}", "head": dumps({name: PARTS[name] for name in ("notes", "left")})},
        "suppress": {"rule": "Name", "kind": "failed"},
        "hold": {"rule": "Name"},
        "review": {"id": 1, "rule": "Name", "state": "answered"},
    }
    told = {"link": 1, "pair": number, "part": "", "first": "a", "second": "b", "generation": 0}
    audit.append(tx, run="r", epoch=1, kind="link", payload=told, values={"base": PARTS})
    tables = {table.name for table in metadata.sorted_tables} - NOBODY.keys() - {"audit_value"}
    for table in metadata.sorted_tables:
        if table.name in tables:
            tx.execute(insert(table).values(**filled(table, {**places, **special.get(table.name, {})})))
    return crm, tables


def holding(tx: Connection) -> set[str]:
    return {
        table.name for table in metadata.sorted_tables for row in tx.execute(select(table)) if CANARY in str(tuple(row))
    }


def test_sx61_after_an_erasure_no_table_holds_a_value_of_the_person(database: Database) -> None:
    with database.write() as tx:
        crm, tables = put_everywhere(tx)
        assert holding(tx) == tables | {"audit_value"}, "a new table: say in NOBODY why it holds nobody's values"
        about = person.find(tx, crm, "a")
        person.forget(tx, about)
        audit.erase(tx, person.entries(tx, about), who="ann", about={"records": ["customers/crm:a"]})
        assert holding(tx) == set()
        assert audit.verify(tx).ok


def test_sx61_what_parts_of_a_record_are_matched_by_is_given_out_and_erased_with_it(database: Database) -> None:
    with database.write() as tx:
        crm, books = (mirror.endpoint_id(tx, "memory", "1", name) for name in ("Account", "Contact"))
        number = mirror.pair_id(tx, crm, books, "customers")[0]
        for id_ in ("a", "a#mon", "ab", "b#mon"):
            tx.execute(insert(match_key).values(pair=number, end=0, id=id_, rule=0, value=CANARY))
        about = person.find(tx, crm, "a")
        assert [row["id"] for table, row in person.holdings(tx, about) if table == "match_key"] == ["a", "a#mon"]
        person.forget(tx, about)
        assert set(tx.execute(select(match_key.c.id)).scalars()) == {"ab", "b#mon"}


def test_sx61_what_is_given_out_about_a_person_comes_from_every_table_that_holds_it(database: Database) -> None:
    with database.write() as tx:
        crm, tables = put_everywhere(tx)
        given = {table for table, row in person.holdings(tx, person.find(tx, crm, "a")) if CANARY in str(row)}
        assert given >= tables - {"plan"}, "the head of a plan names a person only where it names the record"
