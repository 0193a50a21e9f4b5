"""The page of capabilities is what the tests are named after; rows that no test shows from outside are named here."""

from __future__ import annotations

from docs.capabilities import PAGE, page, shown

NOT_YET = {"SX-55", "SX-64", "SX-65", "T-09", "T-11", "T-12", "T-13"}
"""Rows without a test that goes through the command line."""


def test_the_page_is_made_of_the_tests() -> None:
    assert PAGE.read_text("utf-8") == page(), "python tests/docs/capabilities.py"


def test_what_is_not_shown_from_outside_is_known() -> None:
    assert {id_ for id_, tests in shown().items() if not tests.outside} == NOT_YET
