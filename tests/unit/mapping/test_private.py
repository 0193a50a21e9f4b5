"""What notices tell of a record that theirs refers to: masked where the mapping of that one calls it personal."""

from __future__ import annotations

import pytest

from schemas.world import check
from tieout.problems import errors

CUSTOMERS = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
fields:
  - {crm: Name, books: Name, pii: true}
"""
INVOICES = """\
mapping: invoices
version: 1
between:
  crm: {connection: salesforce, object: Opportunity}
  books: {connection: xero, object: Invoice}
update: {books: never}
notices:
  overdue:
    date: books.DueDate
    days: [7]
    tell: {customer: books.Contact.Name, owner: crm.Account.Name, outstanding: books.AmountDue, whole: books.Contact}
fields:
  - {crm: CloseDate, from: books.DueDate}
"""


@pytest.mark.parametrize(
    ("customers", "personal"),
    [(CUSTOMERS, {"customer", "owner", "whole"}), (CUSTOMERS.replace(", pii: true", ""), set())],
)
def test_sx66_what_another_mapping_calls_personal_is_so_where_a_notice_reads_it(
    customers: str, personal: set[str]
) -> None:
    checked = check(customers, INVOICES)
    assert not errors(checked.problems), checked.problems
    (notice,) = (found for mapping in checked.mappings for found in mapping.notices)
    assert {one.name for one in notice.tell if one.personal} == personal
