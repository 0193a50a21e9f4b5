"""What a note says, and which notes are outlived by what they tell."""

from __future__ import annotations

from decimal import Decimal

from tieout.sync.fingerprints import operation_print
from tieout.sync.memory import Memory, Suppressed
from tieout.sync.note_text import WHOLE, cut, field_line, row_lines, rows_line
from tieout.sync.noting import HELD, NOTED, TEXT, held_in, note_in, outlived
from tieout.sync.words import Awaited, Hold, Item, Kind, ListWrite, Planned, Write

PATHS = {"price": ("UnitAmount",), "who": ("Description",)}
CHANGED = Item("1", 0, "L1", {}, {"price": (Decimal(100), Decimal(130), Decimal(130))}, paths=PATHS)
NEW = Item("2", 0, None, {}, {"who": (None, "Ann", "Ann")}, paths=PATHS, personal=frozenset({"who"}))
SAME = Item("", 0, "L2", {})
ROWS = ListWrite("lines", 1, ("LineItems",), [{}, {}, {}], [CHANGED, SAME, NEW], "")
NOTE = Planned(Kind.NOTE, "invoices", 1, 1, "INV-1", "006", link=7, evidence={TEXT: "told", HELD: "f"})
HOLD = Hold("@1", "locked", "it is paid", "f")


def write(before: str | None, sent: str, *, pii: bool = False, awaits: Awaited | None = None) -> Write:
    return Write("r", 1, ("Contact", "Name"), before, sent, sent, "", pii, awaits=awaits)


def test_px34_a_note_tells_a_field_before_and_after_and_masks_what_is_personal() -> None:
    assert field_line(write("Acme", "Acme Ltd")) == "Contact.Name: Acme -> Acme Ltd"
    assert field_line(write(None, "Acme Ltd")) == "Contact.Name: Acme Ltd"
    assert field_line(write("Ann", "Bob", pii=True)) == "Contact.Name: (masked)"
    waits = field_line(write("a", "", awaits=Awaited("customers", 0, "001")))
    assert waits == "Contact.Name: a -> the partner of 001"


def test_px34_a_note_tells_rows_tersely() -> None:
    assert rows_line(ROWS) == "LineItems: 1 added, 1 changed, 1 removed, 3 in all"
    assert list(row_lines(ROWS)) == ["  row 1: UnitAmount 100 -> 130", "  row 3 (new): Description (masked)"]


def test_px34_a_long_note_says_how_much_is_left_out() -> None:
    text = cut(["x" * 99] * 30)
    assert text.splitlines()[-1] == "… and 10 lines more"
    assert len(text) <= WHOLE + len("… and 10 lines more")
    assert cut(["a", "b"]) == "a\nb"


def test_px34_a_note_is_known_by_its_text_and_what_it_settles() -> None:
    assert (note_in(NOTE), held_in(NOTE), operation_print(NOTE)) == ("told", "f", "f")
    assert note_in(Planned(Kind.UPDATE, "invoices", 1, 1, "INV-1", "006", evidence={TEXT: "told"})) == ""


def test_px34_a_note_is_outlived_once_something_else_is_held_or_nothing() -> None:
    memory = Memory({"note@1": Suppressed("f", NOTED, NOTED, "noted")})
    assert outlived(memory, [HOLD]) == []
    assert outlived(memory, [Hold("@1", "locked", "it is paid", "g")]) == ["note@1"]
    assert outlived(memory, [Hold("@0", "locked", "it is paid", "f")]) == ["note@1"]
    assert outlived(memory, []) == ["note@1"]
    assert outlived(Memory(), [HOLD]) == []
