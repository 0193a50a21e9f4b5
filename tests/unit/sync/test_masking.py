"""Personal values in the words of systems."""

from __future__ import annotations

import pytest

from schemas.world import check
from tieout.sync.masking import personal_paths, reads_personal, veiled

NAMED = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: Name, books: Name}
fields:
  - {crm: Name, books: Name, pii: true}
  - {crm: AccountNumber, books: AccountNumber}
  - {books: FirstName, from: crm.BillingCity, pii: true}
checks:
  - {equal: [crm.BillingCity, books.AccountNumber], say: never}
  - {equal: [crm.AccountNumber, books.AccountNumber], say: never}
"""


@pytest.mark.parametrize(
    ("text", "values", "shown"),
    [
        ("the name Jane Doe is taken", {"Jane Doe"}, "the name (masked) is taken"),
        ("the name JANE  DOE is taken", {"Jane Doe"}, "the name (masked) is taken"),
        ("j.doe@x.test: invalid", {"j.doe@x.test"}, "(masked): invalid"),
        ("'+44 20 7946' is no number", {"+44 20 7946"}, "'(masked)' is no number"),
        ("Al is an alias of Al Green", {"Al Green", "Al"}, "(masked) is an alias of (masked)"),
        ("Annex 1 is missing", {"Anne", "1 i"}, "Annex 1 is missing"),
        ("nothing to hide", {"", " ", "x"}, "nothing to hide"),
    ],
)
def test_personal_values_are_masked_as_whole_words_however_they_are_spelt(
    text: str, values: set[str], shown: str
) -> None:
    assert veiled(text, values) == shown


def test_what_a_personal_field_is_made_from_is_personal_too() -> None:
    (mapping,) = check(NAMED).mappings
    books = next(end for end, side in enumerate(mapping.sides) if side.name == "books")
    assert {"Name", "BillingCity"} <= personal_paths(mapping, 1 - books)
    assert {"Name", "FirstName"} <= personal_paths(mapping, books)
    assert "AccountNumber" not in personal_paths(mapping, books)
    compared = [[reads_personal(mapping, one) for one in made.equal or ()] for made in mapping.checks]
    assert compared == [[True, False], [False, False]]
