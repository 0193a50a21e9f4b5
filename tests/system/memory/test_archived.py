"""`archived: true`: records that are out of use are in scope like any other."""

from __future__ import annotations

from system.memory.stage import THINGS, Stage, thing

ARCHIVED = THINGS.replace("object: Thing}\n  books", "object: Thing, archived: true}\n  books")


def test_what_is_archived_and_in_scope_gets_its_partner() -> None:
    made = Stage(ARCHIVED, (thing("code", "name"), thing("code", "name")))
    id_ = made.add(0, {"code": "k1", "name": "Acme"})
    made.systems[0].archive(id_, by="ann")
    assert made.run().converged
    assert made.record(1)["code"] == "k1"
    assert made.run().converged


def test_what_is_archived_is_out_of_scope_otherwise() -> None:
    made = Stage(THINGS, (thing("code", "name"), thing("code", "name")))
    made.systems[0].archive(made.add(0, {"code": "k1", "name": "Acme"}), by="ann")
    assert made.run().converged
    assert made.rows(1) == []
