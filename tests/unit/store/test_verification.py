"""What verify and undo read of the store."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from tieout.errors import UsageError
from tieout.store import audit, history, runs, verification
from tieout.store.database import Database
from tieout.store.tables import endpoint, link, pair, record


def kept(tx: object, end: int, id_: str, *, marker: str | None = None, state: str = "present") -> None:
    values = {"endpoint": end, "id": id_, "state": state, "marker": marker, "fields": "{}", "digest": id_}
    tx.execute(insert(record).values(**values))  # type: ignore[attr-defined]  # a transaction


@pytest.fixture
def filled(database: Database) -> Database:
    """Three records at each end, of which two are linked."""
    with database.write() as tx:
        for number, name in ((1, "Account"), (2, "Contact")):
            tx.execute(insert(endpoint).values(id=number, adapter="a", organisation="o", object=name))
        tx.execute(insert(pair).values(id=1, first=1, second=2, label="customers"))
        for end in (1, 2):
            for id_ in ("x", "y", "z"):
                kept(tx, end, f"{id_}{end}", marker="k" if end == 2 and id_ != "x" else None)
        kept(tx, 2, "gone", marker="k", state="gone")
        for number, id_ in ((1, "x"), (2, "y")):
            row = {"id": number, "pair": 1, "first": f"{id_}1", "second": f"{id_}2", "state": "active"}
            tx.execute(insert(link).values(**row))
        tx.execute(insert(link).values(id=3, pair=1, first="z1", second="z2", state="ended"))
    return database


def test_sx53_links_and_records_without_one_are_given_in_order(filled: Database) -> None:
    with filled.read() as tx:
        assert [row.id for row in verification.active_links(tx, 1, 0, 10)] == [1, 2]
        assert [row.id for row in verification.active_links(tx, 1, 1, 10)] == [2]
        assert verification.unlinked(tx, 1, 0, 1, "", 10) == ["z1"]
        assert verification.unlinked(tx, 1, 1, 2, "", 10) == ["z2"]
        assert verification.unlinked(tx, 1, 1, 2, "z2", 10) == []
        assert verification.count_live(tx, 2) == 3
        assert verification.keys_twice(tx, 2) == {"k": ["y2", "z2"]}


def test_sx53_the_next_verification_goes_on_behind_the_last(filled: Database) -> None:
    with filled.write() as tx:
        assert verification.stopped_at(tx) == {}
        runs.begin(tx, "one", environment="none", command="verify", epoch=1)
        runs.end(tx, "one", exit_code=0, summary={"stopped_at": {"customers": "40"}})
        runs.begin(tx, "two", environment="none", command="run", epoch=1)
        runs.end(tx, "two", exit_code=0, summary={})
        assert verification.stopped_at(tx) == {"customers": 40}


def test_t06_a_run_is_found_by_its_beginning_and_told_in_order(filled: Database) -> None:
    with filled.write() as tx:
        for name in ("20260101-a", "20260101-b", "20260102-a"):
            runs.begin(tx, name, environment="none", command="run", epoch=1)
        audit.append(tx, run="20260102-a", epoch=1, kind="one", payload={"n": 1}, values={"v": "secret"})
        audit.append(tx, run="20260101-a", epoch=1, kind="other", payload={})
        seq = audit.append(tx, run="20260102-a", epoch=1, kind="two", payload={}, values={"v": "gone"})
        audit.erase(tx, [seq], who="somebody")
        assert history.find_run(tx, "20260102") == "20260102-a"
        with pytest.raises(UsageError, match="2 runs are called"):
            history.find_run(tx, "20260101")
        with pytest.raises(UsageError, match=r"no run '1999'; the last ones that wrote: .*20260102-a"):
            history.find_run(tx, "1999")
        told = [(deed.kind, deed.values, deed.erased) for deed in history.deeds(tx, "20260102-a")]
    assert told == [("one", {"v": "secret"}, False), ("two", None, True)]
