"""A held document that is voided and made anew: both, or neither."""

from __future__ import annotations

from tieout.sync.reissuing import INSTEAD, WHY, given_up, reissued, together
from tieout.sync.words import Decision, Hold, Kind, Planned, Question

VOID = Planned(Kind.VOID, "invoices", 1, 1, "INV-1", "006", link=7, why=WHY)
OTHER = Planned(Kind.UPDATE, "invoices", 1, 0, "006", "INV-1")
CREATE = Planned(Kind.CREATE, "invoices", 1, 1, None, "006", generation=1, key="k", evidence={"seen": "1"})
HELD = Hold("", "blocked", "it waits", "f")
ASKED = Question("request:reissue@1", "request", "void it?", "f", {"yes": "do it"})


def test_px34_only_an_ended_link_that_says_so_is_made_again_by_itself() -> None:
    assert reissued(f"void by us: {WHY}")
    assert not reissued("void by us: its partner 006 was deleted")
    assert not reissued(None)


def test_px34_another_void_is_no_reissue() -> None:
    assert given_up(Decision([OTHER, VOID])) == VOID
    assert given_up(Decision([Planned(Kind.VOID, "invoices", 1, 1, "INV-1", "006", why="its partner is gone")])) is None


def test_px34_the_new_document_follows_the_void_and_says_what_it_stands_for() -> None:
    made = together(Decision([OTHER, VOID], questions=[ASKED]), VOID, Decision([CREATE], notes=["told"]), "reissue")
    assert [one.kind for one in made.operations] == [Kind.UPDATE, Kind.VOID, Kind.CREATE]
    assert made.operations[2].evidence == {"seen": "1", INSTEAD: "INV-1"}
    assert (made.questions, made.notes) == ([ASKED], ["told"])


def test_px34_what_holds_the_new_document_keeps_the_old_one() -> None:
    made = together(Decision([OTHER, VOID]), VOID, Decision(holds=[HELD]), "")
    assert ([one.kind for one in made.operations], made.holds, made.notes) == ([Kind.UPDATE], [HELD], [])


def test_px34_whoever_asks_is_told_that_the_old_one_stays_for_want_of_a_new_one() -> None:
    made = together(Decision([VOID]), VOID, Decision(holds=[HELD]), "reissue")
    assert made.notes == ["INV-1: no reissue: it is both or neither, and no new document can be made now"]
