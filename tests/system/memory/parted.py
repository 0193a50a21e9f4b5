"""A deal whose rows are of several days, and a mapping that makes a document for each day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from sqlalchemy import delete, select

from system.memory.stage import OPEN, Stage, thing
from tieout.model import ObjectType, Value
from tieout.store.replay import differences, replay, stored
from tieout.store.tables import link, metadata
from tieout.sync.figures import Selection
from tieout.sync.passes import Reading, Report, apply_plan, make_plan, run_passes
from tieout.testing.memory import Traits

PARTS = """\
mapping: things
version: 1
between:
  crm: {connection: salesforce, object: Thing, where: "crm.name != 'out'"}
  books: {connection: xero, object: Thing}
parts: crm.Rows[].day
create: {books: always}
delete: {books: {do: delete}}
leave: {books: {do: delete}}
fields:
  - {books: name, from: crm.name}
  - {books: code, from: link.part, only: create}
  - {crm: note, from: books.note}
lists:
  - books: Lines
    from: crm.Rows
    where: crm.day == link.part
    key: {crm: Id, books: LineID}
    fields:
      - {books: Text, from: crm.Text}
"""
WHOLE = PARTS.replace("parts: crm.Rows[].day\n", "").replace("    where: crm.day == link.part\n", "")
DEAL: dict[str, Value] = {
    "name": "Acme",
    "Rows": [{"Text": "a", "day": "mon"}, {"Text": "b", "day": "tue"}, {"Text": "c", "day": "mon"}],
}


def types(**more: object) -> tuple[ObjectType, ObjectType]:
    return (
        thing("name", "note", "Rows.Id", "Rows.Text", "Rows.day", children={"Rows": "Id"}),
        thing("code", "name", "note", "memo", "Lines.LineID", "Lines.Text", children={"Lines": "LineID"}, **more),
    )


def staged(mapping: str = PARTS, **more: object) -> Stage:
    made = Stage(mapping, types(**more), traits=(Traits(), Traits()))
    made.add(0, DEAL)
    made.run()
    return made


def shown(made: Stage) -> dict[Value, list[Value]]:
    """Give, by part, the texts of the documents that are there."""
    return {row.record["code"]: [line["Text"] for line in lines(row.record)] for row in made.rows(1)}


def lines(record: Mapping[str, Value]) -> list[Mapping[str, Value]]:
    return cast("list[Mapping[str, Value]]", record.get("Lines") or [])


def days(made: Stage, *names: str) -> None:
    """Have a person say which days the rows are of."""
    (row,) = made.rows(0)
    kept = cast("list[Mapping[str, Value]]", row.record["Rows"])
    made.edit(0, row.id, Rows=[{**one, "day": name} for one, name in zip(kept, names, strict=True)])


def document(made: Stage, part: str) -> str:
    (id_,) = (row.id for row in made.rows(1) if row.record["code"] == part)
    return id_


def consistent(made: Stage) -> bool:
    with made.database.read() as tx:
        return not list(differences(replay(tx), stored(tx)))


def active(made: Stage) -> set[str]:
    with made.database.read() as tx:
        return set(tx.execute(select(link.c.part).where(link.c.state == "active")).scalars())


def looked(made: Stage) -> None:
    """Make a run that reads everything: it sees what is gone."""
    made.runs += 1
    made.now += timedelta(minutes=15)
    with made._leased() as epoch:
        run_passes(made._open(epoch), OPEN, Reading(full=True))


def quiet(made: Stage) -> bool:
    """Say whether a run has nothing to write, nothing to hold and nothing to ask."""
    planning = made.run().passes[-1].planning
    return not planning.wire and not planning.internal and not made.holds() and not made.reviews()


def forget(made: Stage) -> None:
    """Lose the state, all of it."""
    with made.database.write() as tx:
        for table in reversed(metadata.sorted_tables):
            if table.name not in {"audit", "audit_value", "lease"}:
                tx.execute(delete(table))


def planned(made: Stage, selection: Selection) -> str:
    made.runs += 1
    with made._leased() as epoch:
        return make_plan(made._open(epoch), Reading(), selection=selection)[0].digest


def applied(made: Stage, digest: str) -> Report:
    made.runs += 1
    with made._leased() as epoch:
        return apply_plan(made._open(epoch), digest, OPEN, allow={"first-run"}, who="ann")
