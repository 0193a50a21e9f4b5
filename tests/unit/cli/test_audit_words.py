"""Moments and numbers that no log can have: refused in words, whatever is typed."""

from __future__ import annotations

from decimal import Decimal

import click
import pytest

from tieout.cli.audit_log import Moment
from tieout.cli.numbers import LARGEST, whole
from tieout.report.audit_text import evidence_lines


@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "2026-13-01", "soon"])
def test_a_moment_that_is_none_in_utc_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no moment"):
        Moment().convert(text, None, None)


def test_a_number_beyond_what_a_database_counts_to_is_refused() -> None:
    assert whole(1)(str(LARGEST)) == LARGEST
    with pytest.raises(click.BadParameter, match="not in the range"):
        whole(1)(str(LARGEST + 1))


def test_numbers_and_lists_of_an_entry_are_shown_as_they_are_in_json() -> None:
    assert list(evidence_lines("entries", [Decimal(11), Decimal(17)])) == ["    entries      [11,17]"]
    assert list(evidence_lines("pair", Decimal(1))) == ["    pair         1"]
    assert list(evidence_lines("link", None)) == []
