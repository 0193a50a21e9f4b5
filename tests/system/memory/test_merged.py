"""A link that followed a merge: what the survivor says travels as an edit, though nobody touched either record."""

from __future__ import annotations

from system.memory.stage import THINGS, Stage, thing
from tieout.model import Deletions


def test_what_the_survivor_of_a_merge_says_reaches_the_partner_in_the_same_run() -> None:
    reported = thing("code", "name", deletions=Deletions.REPORTED)
    made = Stage(THINGS.replace("{books: always}", "{books: never}"), (reported, reported))
    loser, survivor = made.add(0, {"code": "k1", "name": "Acme"}), made.add(0, {"code": "k2", "name": "Brook"})
    made.add(1, {"code": "k1", "name": "Acme"})
    made.run()
    made.run()
    made.systems[0].remove(loser, by="ann", into=survivor)
    made.run()
    assert (made.record(1)["code"], made.record(1)["name"]) == ("k2", "Brook")
    assert made.run().endings == {}
