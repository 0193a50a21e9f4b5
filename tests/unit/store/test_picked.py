from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tieout.store import links, mirror, picked
from tieout.store.links import LinkRow
from tieout.store.standing import replace_holds
from tieout.values import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from tieout.model import Value
    from tieout.store.database import Database

RULE = "pick:revenue"


def row(endpoint: int, id_: str) -> dict[str, object]:
    """Give a record of the mirror."""
    rest = dict.fromkeys(("into", "marker", "stamp", "version", "by", "lock"))
    made = {"endpoint": endpoint, "id": id_, "state": "present", "fields": "{}", "digest": "", "firsts": "{}"}
    return {**made, **rest, "revived": 0}


@pytest.fixture
def pair(database: Database) -> int:
    """A pair with links that remember 200, 210 and nothing, one whose link ended, and two records without a partner."""
    with database.write() as tx:
        ends = [mirror.endpoint_id(tx, "memory", "1", name) for name in ("Deal", "Invoice")]
        number, _ = mirror.pair_id(tx, ends[0], ends[1], "invoices")
        mirror.keep(tx, [row(ends[0], one) for one in ("a", "b", "c", "d", "e", "x#y", "z")])
        for first, base in {"a": "200", "b": "210", "c": None, "d": "210"}.items():
            (link,) = links.add(tx, [LinkRow(0, number, "", first, f"{first}'", "active", "", 0, {}, {})])
            agreed: Mapping[str, Value] = {RULE: [base, base, "equal"]} if base else {"crm.x": ["210", "210", "equal"]}
            links.set_bases(tx, [(link, agreed)])
            if first == "d":
                links.end_link(tx, link, "deleted")
    return number


def due(tx: Connection, pair: int) -> list[str]:
    return mirror.due_ids(tx, pair, 0, "", 100)


def test_links_that_remember_a_key_and_those_that_remember_none_are_due(database: Database, pair: int) -> None:
    with database.write() as tx:
        picked.look_again_linked(tx, pair, RULE, ["210", "999"])
        assert due(tx, pair) == ["b", "c"]
        picked.look_again_linked(tx, pair, RULE, ["200"])
        assert due(tx, pair) == ["a", "b", "c"], "one that is due already is no fault"
        assert mirror.due_ids(tx, pair, 1, "", 100) == []


def test_what_is_held_for_its_pick_and_records_that_anything_holds_are_due(database: Database, pair: int) -> None:
    with database.write() as tx:
        linked = {one.first: one.id for one in links.active(tx, pair, 0, ["a", "b"])}
        held = [(f"link:{linked['a']}", RULE), (f"link:{linked['b']}", "books.Total"), ("record:0:e#2", ""),
                ("record:0:x#y", "books.Total"), ("record:0:gone", "")]  # fmt: skip
        rows = [{"scope": scope, "rule": rule, "code": "no-pick", "detail": dumps({}), "fingerprint": "f"}
                for scope, rule in held]  # fmt: skip
        scopes = [scope for scope, _ in held]
        replace_holds(tx, pair, scopes, rows, "run", "2026-01-01", tell=lambda *_: None)
        picked.look_again_standing(tx, pair, RULE)
        assert due(tx, pair) == ["a", "e", "x#y"]
