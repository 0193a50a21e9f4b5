"""The log in a file: what is cut off, empty, contradictory or no export at all is never said to hold."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tieout.store import audit, trail
from tieout.store.audit import Entry, Head
from tieout.store.export import as_lines, check, entry

if TYPE_CHECKING:
    from tieout.store.database import Database

ENTRIES = 5


@pytest.fixture
def exported(database: Database) -> list[str]:
    with database.write() as tx:
        audit.append_many(tx, [Entry("r1", 1, "write", {"n": n}, {"name": f"Zoë {n}"}) for n in range(ENTRIES)])
        head = audit.head(tx)
        first = {"what": "export", "head": f"{head.seq}:{head.hash}"}
        return list(as_lines([first, *map(entry, trail.lines(tx, trail.Asked()))]))


def test_sx60_a_whole_export_holds(exported: list[str]) -> None:
    found = check(exported)
    assert (found.broken, found.entries, found.gaps) == (None, ENTRIES, 0)


def test_sx60_entries_cut_off_at_the_end_are_left_out_by_the_first_line(exported: list[str]) -> None:
    assert check(exported[:-2]).gaps == 1
    assert check(exported[:1]).gaps == 1
    assert check([exported[0], *exported[2:-1]]).gaps == 2


def test_sx60_an_empty_file_and_one_without_its_first_line_do_not_hold(exported: list[str]) -> None:
    for rows in ([], exported[1:], [json.dumps({"what": "state"})]):
        assert check(rows).broken is not None
        assert "first line" in check(rows).reason


def test_sx60_another_end_than_the_first_line_names_is_found(exported: list[str]) -> None:
    for end in (f"{ENTRIES}:{'0' * 64}", f"{ENTRIES - 1}:{json.loads(exported[-2])['proof']['hash']}"):
        rows = [json.dumps({"what": "export", "head": end}), *exported[1:]]
        assert check(rows).broken == ENTRIES
        assert "ended elsewhere" in check(rows).reason


def test_sx60_of_two_heads_that_contradict_each_other_one_is_found_wrong(exported: list[str]) -> None:
    true = Head(ENTRIES, json.loads(exported[-1])["proof"]["hash"])
    false = Head(ENTRIES, "0" * 64)
    for heads in ((true, false), (false, true)):
        assert check(exported, heads).broken == ENTRIES
    assert check(exported, [true]).broken is None


def test_sx60_a_head_that_a_part_does_not_reach_names_the_way(exported: list[str]) -> None:
    true = Head(ENTRIES, json.loads(exported[-1])["proof"]["hash"])
    assert "--proof" in check(exported[:-1], [true]).reason


SHORT = json.dumps({"previous": "", "hash": sha256(b"\n[]").hexdigest(), "content": "[]"})
HOSTILE = (
    "{", "5", "[]", "null", "[" * 100_000, '{"what": "state", "seq": 1e999}', '{"what": "entry", "seq": Infinity}',
    '{"what": "export"}', '{"what": "export", "head": 5}', '{"what": "entry", "seq": 1, "proof": {"content": "[]"}}',
    f'{{"what": "entry", "seq": 2, "proof": {SHORT}}}', '{"what": ["entry"]}',
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_line_that_is_none_of_an_export_is_named_by_its_number(exported: list[str], text: str) -> None:
    found = check([*exported[:2], text, *exported[2:]])
    assert found.broken is not None
    assert found.reason == "line 3 is no line of an export"
