"""A record that would belong to an archived one is held where the system refuses such a record; the plan names it."""

from __future__ import annotations

from dataclasses import replace

from system.memory.stage import THINGS, Stage, thing
from tieout.model import Field, Kind

PAPERS = """\
mapping: papers
version: 1
between:
  crm: {connection: salesforce, object: Paper}
  books: {connection: xero, object: Paper}
create: {books: always}
fields:
  - {books: text, from: crm.text}
  - {books: owner, from: crm.owner, link: things}
"""


def paper(*, in_use: bool) -> Stage:
    """Make two objects on both sides, of which one belongs to the other; the customer's partner is archived."""
    kind = replace(
        thing("text", "owner"),
        name="Paper",
        fields={
            "text": Field("text", Kind.TEXT),
            "owner": Field("owner", Kind.REFERENCE, refers_to=("Thing",), in_use=in_use),
        },
    )
    made = Stage(THINGS, (thing("code", "name", "Name"), thing("code", "name", "Name")), beside={"Paper": kind})
    made.use(THINGS + "  - {crm: Name, books: Name}\n", PAPERS)
    owner = made.add(0, {"code": "k", "name": "a", "Name": "Acme Ltd"})
    made.run()
    (partner,) = made.rows(1)
    made.systems[1].archive(partner.id, by="ann")
    made.run()
    made.add(0, {"text": "one", "owner": owner}, name="Paper")
    return made


def test_px34_a_document_for_an_archived_record_is_held_and_named_when_it_is_planned() -> None:
    made = paper(in_use=True)
    made.run()
    (held,) = [one for one in made.holds() if one.code == "archived-reference"]
    assert list(made.systems[1].of("Paper")) == []
    assert '("Acme Ltd") is archived in books, and no Paper can be made for it there' in str(held.detail["message"])
    assert "restore the Thing in books; then the next run goes on by itself" in str(held.detail["ways_out"])
    (partner,) = made.systems[1].of("Thing")
    made.systems[1].restore(partner.id, by="ann")
    made.run()
    (row,) = made.systems[1].of("Paper")
    assert row.record["owner"] == partner.id
    assert made.holds() == []


def test_a_system_that_takes_archived_records_gets_it() -> None:
    made = paper(in_use=False)
    made.run()
    assert [row.record["text"] for row in made.systems[1].of("Paper")] == ["one"]
