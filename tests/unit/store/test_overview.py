from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.store import links, mirror, overview, runs
from tieout.store.links import ChildRow, LinkRow

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieout.store.database import Database
    from unit.store.conftest import Clock


def linked(tx: Connection, pair: int, first: str, base: dict[str, list[str]]) -> int:
    (number,) = links.add(tx, [LinkRow(0, pair, "", first, f"{first}'", "active", "", 0, {}, {})])
    links.set_bases(tx, [(number, {rule: list(values) for rule, values in base.items()})])
    return number


def test_runs_are_kept_with_what_they_came_to(database: Database, clock: Clock) -> None:
    with database.write() as tx:
        runs.begin(tx, "one", environment="dev", command="run", epoch=1)
    clock.forward(seconds=5)
    with database.write() as tx:
        runs.end(tx, "one", exit_code=3, summary={"done": "2"})
        runs.begin(tx, "two", environment="dev", command="plan", epoch=2)
    with database.read() as tx:
        newest, oldest = runs.latest(tx, 5)
        assert runs.latest(tx) == [newest]
    assert (newest.id, newest.ended, newest.exit) == ("two", None, None)
    assert (oldest.exit, oldest.summary, oldest.command) == (3, {"done": "2"}, "run")
    assert oldest.ended is not None
    assert oldest.ended > oldest.started


def test_pairs_count_their_links_and_what_is_stored_differently(database: Database) -> None:
    with database.write() as tx:
        ends = [mirror.endpoint_id(tx, "memory", "1", name) for name in ("Account", "Contact", "Item")]
        pair, _ = mirror.pair_id(tx, ends[0], ends[1], "customers")
        other, _ = mirror.pair_id(tx, ends[1], ends[2], "items")
        one = linked(tx, pair, "a", {"x": ["1", "2", "differs"], "y": ["differs", "differs", "equal"]})
        two = linked(tx, pair, "b", {"x": ["1", "1", "equal"]})
        links.set_children(tx, two, "lines", [ChildRow("l", "l'", 0, {"z": ["1", "2", "differs"]})])
        gone = linked(tx, pair, "c", {"x": ["1", "2", "differs"]})
        links.end_link(tx, gone, "deleted")
        links.dormant(tx, [pair])
    with database.read() as tx:
        customers, items = overview.pairs(tx)
        assert overview.link_of(tx, one) == overview.Linked(pair, ("a", "a'"), "")
        assert overview.link_of(tx, 99) is None
        assert overview.unsettled(tx) == 0
    assert (customers.label, customers.links, customers.differs, customers.dormant) == ("customers", 2, 2, False)
    assert [end.object for end in customers.ends] == ["Account", "Contact"]
    assert (items.id, items.links, items.differs, items.dormant) == (other, 0, 0, True)
