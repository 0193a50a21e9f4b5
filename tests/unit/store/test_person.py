"""One person's records: found over links and merges, never over somebody else; forgotten without their decisions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from tieout.store import audit, links, mirror, person, standing, trail
from tieout.store.links import LinkRow
from tieout.store.replay import differences, replay, stored
from tieout.store.tables import hold, link, record, review, suppress
from tieout.values import loads_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tieout.store.database import Database

AT = "2026-07-29T12:00:00.000000Z"


class World:
    """A pair of two endpoints, and links in it."""

    def __init__(self, tx: Connection) -> None:
        self.tx = tx
        self.tell = partial(audit.tell, tx)
        self.crm, self.books = (mirror.endpoint_id(tx, "memory", "1", name) for name in ("Account", "Contact"))
        self.pair = mirror.pair_id(tx, self.crm, self.books, "customers")[0]

    def link(self, first: str, second: str, *, ended: bool = False, part: str = "") -> int:
        (made,) = links.add(self.tx, [LinkRow(0, self.pair, part, first, second, "active", "", 0, {}, {})])
        told = {"link": made, "pair": self.pair, "part": part, "first": first, "second": second, "generation": 0}
        self.tell("link", told, None)
        if ended:
            links.end_link(self.tx, made, "gone")
            self.tell("end", {"link": made, "reason": "gone"}, {"lost": {"Name": first}})
        return made

    def see(self, end: int, id_: str, into: str | None = None) -> None:
        row = {"endpoint": end, "id": id_, "state": "merged" if into else "present", "into": into,
               "fields": '{"Name":"n"}', "digest": "d"}  # fmt: skip
        self.tx.execute(insert(record).values(**row))

    def of(self, id_: str) -> set[str]:
        return {one for _, one in person.find(self.tx, self.crm, id_).records}


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with database.write() as tx:
        yield World(tx)


def test_sx61_both_partners_are_one_person_and_nobody_else(world: World) -> None:
    world.link("a", "b")
    world.link("c", "d")
    assert world.of("a") == {"a", "b"}
    assert {one for _, one in person.find(world.tx, world.crm, "a", partners=False).records} == {"a"}


def test_sx61_a_former_partner_belongs_to_the_person_unless_it_has_another_one_now(world: World) -> None:
    world.link("a", "b", ended=True)
    assert world.of("a") == {"a", "b"}
    world.link("c", "b")
    assert world.of("a") == {"a"}
    assert world.of("c") == {"b", "c"}


def test_px31_a_part_is_its_own_link_and_scopes_and_nothing_of_the_record_as_a_whole(world: World) -> None:
    may, june = (world.link("a", other, part=day) for other, day in (("b", "may"), ("c", "june")))
    for scope in ("record:0:a", "record:0:a#may", "record:0:a#june"):
        world.tell("held", {"pair": world.pair, "scope": scope, "rule": "@", "code": "x"}, None)
    for day in ("may", "june"):
        world.tell("intent", {"pair": world.pair, "end": 1, "source": "a", "part": day, "key": day}, None)
        world.tell("void", {"key": day}, None)
    world.tell("settled", {"link": june, "key": "of june"}, None)
    whole = person.find(world.tx, world.crm, "a", partners=False)
    assert person.parts_of(world.tx, whole) == ["june", "may"]
    of_may = person.of_part(world.tx, whole, "may")
    assert of_may.links == (may,)
    found = [line.told for line in trail.lines(world.tx, trail.Asked(of_may))]
    assert [(told.get("link"), told.get("scope"), told.get("key")) for told in found] == [
        (may, None, None), (None, "record:0:a#may", None), (None, None, "may"), (None, None, "may"),
    ]  # fmt: skip
    assert len(list(trail.lines(world.tx, trail.Asked(whole)))) == 10


def test_sx61_records_that_were_merged_are_one_person(world: World) -> None:
    world.link("a", "b")
    world.see(world.crm, "old", into="a")
    world.see(world.crm, "a")
    assert world.of("a") == world.of("old") == {"a", "b", "old"}


def test_sx61_decisions_stay_in_force_without_their_words(world: World) -> None:
    number = world.link("a", "b")
    scope = f"link:{number}"
    detail = standing.detail(message="Zoë is taken", words="DUPLICATE Zoë", under="ground", **{"class": "data"})
    row = {"pair": world.pair, "scope": scope, "rule": "@1", "code": "c", "fingerprint": "f", "detail": detail}
    standing.suppress_all(world.tx, [{**row, "kind": "failed", "since": AT, "run": "r"}], tell=world.tell)
    held = {**row, "rule": "Name"}
    del held["pair"]
    standing.replace_holds(world.tx, world.pair, [scope], [held], "r", AT, tell=world.tell)
    question = {"scope": scope, "rule": "Name", "kind": "drift", "fingerprint": "f", "question": '{"text":"Zoë?"}'}
    (asked,) = standing.ask(world.tx, world.pair, [scope], [question], "r", AT, tell=world.tell)
    standing.answer(world.tx, asked, chosen="crm", who="ann", why="Zoë said so", now=AT)
    told = {"review": asked, "pair": world.pair, "scope": scope, "rule": "Name", "who": "ann", "answer": "crm"}
    world.tell("answer", told, {"why": "Zoë said so", "fingerprint": "f"})

    whole = person.find(world.tx, world.crm, "a")
    assert "Zoë" in str(list(person.holdings(world.tx, whole)))
    person.forget(world.tx, whole)
    seqs = person.entries(world.tx, whole)
    about = {"links": list(whole.links), "scopes": [list(one) for one in whole.scopes]}
    assert audit.erase(world.tx, seqs, who="ann", about=about) == len(seqs) == 4

    assert "Zoë" not in str(list(person.holdings(world.tx, whole)))
    kept = world.tx.execute(select(suppress)).one()
    assert (kept.fingerprint, kept.kind) == ("f", "failed")
    assert loads_object(kept.detail) == {"under": "ground", "class": "data", "message": "(erased)"}
    assert world.tx.execute(select(hold)).all() == []
    answered = world.tx.execute(select(review)).one()
    assert (answered.state, answered.answer, answered.why) == ("answered", "crm", None)
    assert loads_object(world.tx.execute(select(link.c.evidence)).scalar_one())["erased"] is True
    assert list(differences(replay(world.tx), stored(world.tx))) == []
    assert audit.verify(world.tx).ok
    assert person.entries(world.tx, whole) == []
