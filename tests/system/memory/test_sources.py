"""Objects that a mapping reads beside its two sides are mirrored like these."""

from __future__ import annotations

from dataclasses import replace

from system.memory.stage import THINGS, Stage, thing
from tieout.mapping.compiled import Source
from tieout.model import Field, Kind, ObjectType
from tieout.store import mirror

PAPER = ObjectType("Paper", {path: Field(path, Kind.TEXT) for path in ("owner", "text", "aside")})


def test_what_is_read_beside_the_sides_is_mirrored_with_what_is_read_of_it_only() -> None:
    kind = thing("code", "name")
    made = Stage(THINGS, (kind, kind), beside={"Paper": PAPER})
    (mapping,) = made.mappings
    beside = Source("books", "xero", "memory", "Paper", PAPER, frozenset({"owner", "text"}))
    made.mappings = (replace(mapping, sources=(beside,)),)
    paper = made.add(1, {"owner": "B1", "text": "one", "aside": "two"}, name="Paper")
    made.add(0, {"code": "k1", "name": "Acme"})
    made.run()
    with made.database.read() as tx:
        number = mirror.endpoint_id(tx, "memory", "books", "Paper")
        (seen,) = mirror.live(tx, number)
        assert mirror.mark(tx, number).complete_at is not None
        assert mirror.pairs_of(tx, number) == []
    assert (seen.id, seen.fields) == (paper, {"owner": "B1", "text": "one"})
    made.systems[1].edit(paper, {"text": "three"}, by="ann")
    made.run()
    with made.database.read() as tx:
        (seen,) = mirror.live(tx, number)
    assert seen.fields["text"] == "three"
