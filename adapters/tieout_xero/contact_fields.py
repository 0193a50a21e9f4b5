"""The fields of a Contact (facts 2.1; lengths from the OpenAPI description 16.1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout_xero.shape import (
    choice,
    fixed,
    flag,
    group,
    instant,
    money,
    person,
    rows,
    table,
    text,
    untracked,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieout.adapter import Field

PHONES = ("DEFAULT", "DDI", "MOBILE", "FAX")
ADDRESSES = ("POBOX", "STREET")
"""The types that come back on a contact; DELIVERY is the organisation's alone."""
LINE_AMOUNTS = "INCLUSIVE EXCLUSIVE NONE"


def contact_fields(base_currency: str) -> dict[str, Field]:
    """Give the table; balances are in the organisation's base currency (facts 2.1)."""
    return table(
        fixed(text("ContactID")),
        fixed(text("ContactNumber", 50, unique=True)),
        text("AccountNumber", 50),
        fixed(choice("ContactStatus", "ACTIVE ARCHIVED GDPRREQUEST")),
        # A contact may be a person, and a sole trader's name is personal data; a mapping says so where it is.
        text("Name", 255, required=True, unique=True, trims=True),
        person(text("FirstName", 255)),
        person(text("LastName", 255)),
        person(text("EmailAddress", 255)),
        text("CompanyNumber", 50),
        text("TaxNumber", 50),
        choice("TaxNumberType", "SSN EIN ITIN ATIN"),
        person(text("BankAccountDetails")),
        choice("AccountsReceivableTaxType"),
        choice("AccountsPayableTaxType"),
        choice("DefaultCurrency"),
        text("SalesDefaultAccountCode", 10),
        text("PurchasesDefaultAccountCode", 10),
        choice("SalesDefaultLineAmountType", LINE_AMOUNTS),
        choice("PurchasesDefaultLineAmountType", LINE_AMOUNTS),
        _phones(),
        _addresses(),
        rows("ContactPersons"),
        person(text("ContactPersons.FirstName", 255)),
        person(text("ContactPersons.LastName", 255)),
        person(text("ContactPersons.EmailAddress", 255)),
        flag("ContactPersons.IncludeInEmails"),
        untracked(fixed(flag("IsCustomer"))),
        untracked(fixed(flag("IsSupplier"))),
        fixed(text("Website")),
        _balances(base_currency),
        fixed(flag("HasAttachments")),
        fixed(instant("UpdatedDateUTC")),
    )


def _phones() -> Iterator[Field]:
    yield group("Phones")
    for kind in PHONES:
        yield person(group(f"Phones.{kind}"))
        yield person(text(f"Phones.{kind}.PhoneNumber", 50))
        yield person(text(f"Phones.{kind}.PhoneAreaCode", 10))
        yield person(text(f"Phones.{kind}.PhoneCountryCode", 20))


def _addresses() -> Iterator[Field]:
    yield group("Addresses")
    for kind in ADDRESSES:
        path = f"Addresses.{kind}"
        yield person(group(path))
        for line in range(1, 5):
            yield person(text(f"{path}.AddressLine{line}", 500))
        yield person(text(f"{path}.City", 255))
        yield person(text(f"{path}.Region", 255))
        yield person(text(f"{path}.PostalCode", 50))
        yield person(text(f"{path}.Country", 50))
        yield person(text(f"{path}.AttentionTo", 255))


def _balances(currency: str) -> Iterator[Field]:
    yield untracked(fixed(group("Balances")))
    for ledger in ("AccountsReceivable", "AccountsPayable"):
        yield untracked(fixed(group(f"Balances.{ledger}")))
        for figure in ("Outstanding", "Overdue"):
            yield untracked(fixed(money(f"Balances.{ledger}.{figure}", currency)))
