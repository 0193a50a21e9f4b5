"""What is given beside a mapping and read by none is told: its name is misspelt, most likely."""

from __future__ import annotations

import pytest

from tieout.finding import Severity
from tieout.language.loading import load_text
from tieout.language.nodes import MapNode, merge
from tieout.mapping.unused import unused

PACK = """
mapping: invoices
settings: {days: 30, nobody_reads: 1}
tables: {codes: {}}
fields:
  - {books: DueDate, from: crm.CloseDate, as: {add_days: settings.days}}
  - {books: Code, from: crm.Family, as: {lookup: codes}}
"""


def changed(change: str) -> MapNode:
    pack, over = load_text(PACK, "pack/invoices.yaml").root, load_text(change, "tieout.yaml").root
    assert pack is not None
    assert over is not None
    root = merge(pack, over)
    assert isinstance(root, MapNode)
    return root


@pytest.mark.parametrize(
    ("change", "told", "nearest"),
    [
        ("settings: {dayss: 14}", "the setting dayss is not read by invoices", ("days",)),
        ("tables: {code: {}}", "the table code is not read by invoices", ("codes",)),
    ],
)
def test_sx05_a_misspelt_setting_or_table_of_a_change_is_told(change: str, told: str, nearest: tuple[str, ...]) -> None:
    (problem,) = unused([changed(change)], {})
    assert (problem.code, problem.message, problem.nearest) == ("unused-name", told, nearest)
    assert (problem.at and problem.at.file, problem.severity) == ("tieout.yaml", Severity.WARNING)


def test_what_is_read_and_what_the_mapping_gives_itself_is_left_alone() -> None:
    assert list(unused([changed("{settings: {days: 14}, tables: {codes: {Hardware: '1'}}}")], {})) == []
