"""Random histories of lists that go both ways, with lost answers: no twin row, no lost edit, and everything at rest.

More of them: TIEOUT_ROW_HISTORIES=2000 .venv/bin/pytest tests/system/memory/test_row_histories.py
"""

from __future__ import annotations

import os

import pytest

from system.memory.row_histories import faults, history
from system.memory.test_both_lists import SHAPES

COUNT = int(os.environ.get("TIEOUT_ROW_HISTORIES", "60"))
ONCE_AT_FAULT = (62, 64, 71, 95, 119)
"""Seeds whose histories once ended with twin rows, or with a removed row that came back."""


@pytest.mark.parametrize("start", range(len(SHAPES)), ids=list(SHAPES))
def test_no_row_is_doubled_and_no_edit_lost_whatever_becomes_of_answers(start: int) -> None:
    seeds = {*range(start, COUNT, len(SHAPES)), *(seed for seed in ONCE_AT_FAULT if seed % len(SHAPES) == start)}
    found: dict[int, list[str]] = {}
    for seed in sorted(seeds):
        lived = history(seed)
        lived.go()
        found[seed] = list(faults(lived))
    assert {seed: told for seed, told in found.items() if told} == {}
