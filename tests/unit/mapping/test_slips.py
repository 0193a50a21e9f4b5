"""What is said of slips that YAML itself trips over: the mend is what would have been right."""

from __future__ import annotations

import pytest

from schemas.world import check

HEAD = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
fields:
  - {crm: AccountNumber, books: AccountNumber}
"""


@pytest.mark.parametrize(
    ("slip", "code", "words"),
    [
        ("  - {crm: Name, books: Name\n  - {crm: Phone, books: CompanyNumber}\n", "yaml-syntax", "close the bracket"),
        ("  - {crm: Name books: Name}\n", "yaml-quote", "missing comma"),
        ("  - {crm: Name, books: Name}}\n", "yaml-syntax", "never opened"),
        ("  - crm: Name\n     books: Name\n", "yaml-syntax", "same column"),
        ("  - {books: Name, from: contains(settings.a, crm.Name)}\n", "yaml-quote", "double quotes"),
        ("  - {books: Name, from: join('a', crm.Name)}\n", "yaml-quote", "double quotes"),
        ("create: {books: {when: books.Name}}\n", "no-root", "the roots here are crm"),
    ],
)
def test_a_slip_is_told_with_what_was_meant(slip: str, code: str, words: str) -> None:
    found = [problem for problem in check(HEAD + slip).problems if problem.code == code]
    assert found, check(HEAD + slip).problems
    assert words in found[0].message + found[0].mend
    assert "crm.books" not in found[0].mend
