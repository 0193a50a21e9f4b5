"""Roll-ups over links: what all partners of a record come to, over all its parts."""

from __future__ import annotations

from system.memory.parted import DEAL, PARTS, types
from system.memory.stage import Stage
from tieout.testing.memory import Traits

FIGURES = """\
rollups:
  notes: {of: links, list: item.note}
fields:
  - {crm: memo, from: rollup.notes, as: {join: ", "}}
"""


def staged() -> Stage:
    crm, books = types()
    memo = books.fields["memo"]
    crm.fields["memo"] = memo  # type: ignore[index]  # the fields of a test's object are a dict
    made = Stage(
        PARTS.replace("fields:\n", FIGURES, 1).replace("  - {crm: note, from: books.note}\n", ""),
        (crm, books),
        traits=(Traits(), Traits()),
    )
    made.add(0, DEAL)
    made.run()
    return made


def test_sx33_a_record_shows_what_all_its_partners_say_and_follows_each() -> None:
    made = staged()
    documents = {row.record["code"]: row.id for row in made.rows(1)}
    assert set(documents) == {"mon", "tue"}
    made.edit(1, documents["tue"], note="two")
    made.run()
    assert made.record(0)["memo"] == "two"
    made.edit(1, documents["mon"], note="one")
    made.run()
    assert made.record(0)["memo"] == "one, two"
    made.systems[1].remove(documents["tue"], by="ann")
    made.edit(1, documents["mon"], note="once")
    made.run()
    written = made.writes(0, "memo")
    made.run()
    assert made.writes(0, "memo") == written, "a second run has nothing to do"
    assert str(made.record(0)["memo"]).startswith("once")
    assert made.sound()
