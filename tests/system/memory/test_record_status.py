"""How one record stands: what is linked, held, asked and on its way; named by its title unless that is personal."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from system.memory.stage import BEGIN, THINGS, Stage, thing
from tieout.errors import UsageError
from tieout.report.record_status import Titles, must_be_known, record_status
from tieout.report.standing import PairNames
from tieout.store.database import stamp
from tieout.store.tables import intent

NAMES = {1: PairNames("things", ("crm", "books"))}
NAMED = THINGS.replace("{crm: name, books: name}", "{crm: Name, books: Name}")
MASKED = NAMED.replace("{crm: Name, books: Name}", "{crm: Name, books: Name, pii: true}")


def staged(mapping: str = NAMED) -> Stage:
    return Stage(mapping, (thing("code", "Name"), thing("code", "Name")))


def test_sx50_of_one_record_what_is_linked_asked_and_in_flight_is_told() -> None:
    made = staged(f"{NAMED}conflict: review\n")
    acme = made.add(0, {"code": "1", "Name": "Acme"})
    other = made.add(0, {"code": "2", "Name": "Brook"})
    made.run()
    partner = next(row.id for row in made.rows(1) if row.record["code"] == "1")
    made.edit(0, acme, Name="Left")
    made.edit(1, partner, Name="Right")
    made.run()
    sent = {"run": "r", "epoch": 1, "pair": 1, "end": 1, "verb": "update", "record": partner, "source": acme,
            "key": "k", "batch": "b", "body": "{}", "state": "prepared", "sent_at": stamp(BEGIN),
            "until": stamp(BEGIN)}  # fmt: skip
    with made.database.write() as tx:
        tx.execute(insert(intent).values(sent))
    with made.database.read() as tx:
        found = record_status(tx, NAMES, f"things/crm:{acme}")
        assert found.partners == (f"things/books:{partner}",)
        assert [one.code for one in found.asked] == ["conflict"]
        assert [(one.do, one.record, one.source) for one in found.sent] == [
            ("update", f"things/books:{partner}", f"things/crm:{acme}")
        ]
        assert record_status(tx, NAMES, f"things/books:{partner}").sent == found.sent, "from either side"
        calm = record_status(tx, NAMES, f"things/crm:{other}")
        assert (len(calm.partners), calm.held, calm.asked, calm.sent) == (1, (), (), ())


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ("thing/crm:1", "did you mean things"),
        ("things/crn:1", "did you mean crm"),
        ("things/crm", "names no record"),
        ("things/crm:nobody", "there is no record 'nobody'"),
    ],
)
def test_sx50_a_wrong_record_is_answered_with_the_nearest(record: str, told: str) -> None:
    made = staged()
    made.add(0, {"code": "1", "Name": "Acme"})
    made.run()
    with made.database.read() as tx, pytest.raises(UsageError, match=told):
        must_be_known(tx, NAMES, record)


@pytest.mark.parametrize(("mapping", "title"), [(NAMED, "Acme"), (MASKED, "")])
def test_sx50_a_record_is_named_by_its_title_unless_that_is_personal(mapping: str, title: str) -> None:
    made = staged(mapping)
    acme = made.add(0, {"code": "1", "Name": "Acme"})
    made.run()
    with made.opened() as run:
        mappings = [joined.mapping for joined in run.joined]
    with made.database.read() as tx:
        titles = Titles(tx, NAMES, mappings)
        assert titles.of(f"things/crm:{acme}") == title
        assert titles.of("things/crm:nobody") == ""
