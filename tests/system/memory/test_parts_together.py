"""Roll-ups over the partners of all parts: what one record says of its several documents."""

from __future__ import annotations

from dataclasses import replace

from system.memory.stage import Stage, thing
from tieout.model import Field, Kind, ObjectType, Value

TOGETHER = """\
mapping: things
version: 1
between:
  crm: {connection: salesforce, object: Thing}
  books: {connection: xero, object: Thing}
parts: crm.Rows[].day
rollups:
  numbers: {of: links, list: item.number}
  open: {of: links, where: item.open, count: true}
  latest: {of: links, max: item.paid}
create: {books: always}
leave: {books: {do: delete}}
fields:
  - {books: name, from: crm.name}
  - {crm: numbers, from: rollup.numbers, as: {join: ", "}}
  - {crm: paid, from: rollup.latest}
  - {crm: state, first: [{when: "rollup.open == `0`", value: done}, {value: open}]}
"""


def types() -> tuple[ObjectType, ObjectType]:
    crm = thing("name", "numbers", "paid", "state", "Rows.Id", "Rows.day", children={"Rows": "Id"})
    books = thing("name", "number", "open", "paid")
    return crm, replace(books, fields={**books.fields, "open": Field("open", Kind.BOOLEAN)})


def staged(*days: str) -> Stage:
    made = Stage(TOGETHER, types())
    made.add(0, {"name": "Acme", "Rows": [{"day": day} for day in days]})
    made.run()
    for number, row in enumerate(made.rows(1), 1):
        made.edit(1, row.id, number=f"INV-{number}", open=True)
    made.run()
    return made


def shown(made: Stage) -> tuple[Value, Value, Value]:
    (row,) = made.rows(0)
    return row.record["numbers"], row.record["state"], row.record.get("paid")


def test_the_record_tells_of_the_documents_of_all_its_parts() -> None:
    made = staged("mon", "tue")
    assert shown(made) == ("INV-1, INV-2", "open", None)
    made.edit(1, made.rows(1)[0].id, open=False, paid="2026-01-07")
    made.run()
    assert shown(made) == ("INV-1, INV-2", "open", "2026-01-07")
    made.edit(1, made.rows(1)[1].id, open=False, paid="2026-01-09")
    made.run()
    assert shown(made) == ("INV-1, INV-2", "done", "2026-01-09")
    assert made.run().passes[-1].planning.wire == 0
    assert made.holds() == []


def test_a_part_that_goes_is_told_no_more() -> None:
    made = staged("mon", "tue")
    (row,) = made.rows(0)
    made.edit(0, row.id, Rows=[{"day": "mon"}])
    made.run()
    made.run()
    assert shown(made)[0] == "INV-1"


def test_each_field_of_the_record_is_written_once_for_all_parts() -> None:
    made = staged("mon", "tue", "wed")
    before = made.writes(0, "numbers")
    made.edit(1, made.rows(1)[2].id, number="INV-9")
    made.run()
    assert shown(made)[0] == "INV-1, INV-2, INV-9"
    assert made.writes(0, "numbers") == before + 1
