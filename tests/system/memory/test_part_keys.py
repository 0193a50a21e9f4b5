"""The keys of documents of several parts: each its own, and those of an earlier version are recognised (law 2)."""

from __future__ import annotations

from system.memory.parted import (
    DEAL,
    PARTS,
    active,
    document,
    forget,
    lines,
    quiet,
    shown,
    staged,
    types,
)
from system.memory.stage import Stage
from tieout.model import Value
from tieout.testing.memory import Traits

ALIKE: dict[str, Value] = {
    "name": "Acme",
    "Rows": [{"Text": "a", "day": "p372"}, {"Text": "b", "day": "p434"}],
}
"""Two parts whose digests begin with the same four digits."""


def test_two_parts_with_nearly_the_same_digest_get_documents_under_two_keys() -> None:
    made = Stage(PARTS, types(), traits=(Traits(), Traits()))
    made.add(0, ALIKE)
    made.run()
    assert shown(made) == {"p372": ["a"], "p434": ["b"]}
    assert len({row.key for row in made.rows(1)}) == 2
    assert quiet(made)


def aged(made: Stage, part: str) -> str:
    """Give a part's document the key that it had when four digits told of its part."""
    id_ = document(made, part)
    row = made.systems[1].rows[id_]
    endpoints, source, digest, generation = str(row.key).split(".")
    row.key = ".".join([endpoints, source, digest[:4], generation])
    made.edit(1, id_, memo="aged")
    return id_


def test_t08_a_document_with_a_key_of_four_digits_for_its_part_is_found_again() -> None:
    made = staged()
    before = {aged(made, "mon"), aged(made, "tue")}
    assert quiet(made), "a link does not depend on what its record's key says"
    forget(made)
    made.run()
    made.run()
    assert {row.id for row in made.rows(1)} == before
    assert active(made) == {"mon", "tue"}
    assert quiet(made)


def test_t08_of_two_parts_that_a_short_key_may_mean_the_one_that_no_other_document_has_is_found() -> None:
    made = Stage(PARTS, types(), traits=(Traits(), Traits()))
    made.add(0, ALIKE)
    made.run()
    before = {aged(made, "p434"), document(made, "p372")}
    forget(made)
    made.run()
    made.run()
    assert {row.id for row in made.rows(1)} == before
    assert {row.record["code"]: [line["Text"] for line in lines(row.record)] for row in made.rows(1)} == shown(made)
    assert active(made) == {"p372", "p434"}
    assert quiet(made)


def test_t08_a_short_key_that_may_mean_two_parts_makes_no_twin_and_is_a_question() -> None:
    made = Stage(PARTS, types(), traits=(Traits(), Traits()))
    made.add(0, ALIKE)
    made.run()
    kept = aged(made, "p434")
    made.systems[1].remove(document(made, "p372"), by="ann")
    forget(made)
    made.run()
    assert [row.id for row in made.rows(1)] == [kept]
    assert {review.kind for review in made.reviews()} == {"create"}
    assert len(made.reviews()) == 2
    (held,) = made.holds()
    assert held.code == "orphan"
    assert "C1#p372 or C1#p434" in str(held.detail["message"])


GUID = "0" * 8 + "-0000-4000-8000-" + "0" * 12


def test_parts_whose_keys_would_be_equal_are_held_and_told() -> None:
    made = Stage(PARTS, types(), traits=(Traits(), Traits()))
    row = made.systems[0].rows.pop(made.add(0, {"name": "Acme"}))
    row.id, row.sightings = GUID, []
    made.systems[0].rows[GUID] = row
    made.edit(0, GUID, Rows=[{"Text": "a", "day": "p560"}, {"Text": "b", "day": "p964"}])
    made.add(0, DEAL)
    made.run()
    assert set(shown(made)) == {"mon", "tue"}
    (held,) = made.holds()
    assert held.code == "parts-alike"
    assert "p560 and p964" in str(held.detail["message"])
    assert made.run().passes[-1].planning.wire == 0
