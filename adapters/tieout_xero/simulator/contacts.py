"""Contacts: upsert and create, uniqueness, archiving, and their shapes (facts 2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from tieout_xero.simulator.books import Books
from tieout_xero.simulator.codec import Row
from tieout_xero.simulator.problems import Invalid, Malformed, Missing
from tieout_xero.simulator.resource import (
    GUID,
    Resource,
    Saved,
    View,
    Write,
    drop_ignored,
    flag,
    nested,
    refuse,
    refuse_unknown,
    rows,
    text,
    too_long,
)
from tieout_xero.simulator.tables import Table
from tieout_xero.simulator.totals import ZERO, to_base

ADDRESS_TYPES = ("STREET", "POBOX")
PHONE_TYPES = ("DEFAULT", "DDI", "FAX", "MOBILE")
ADDRESS = {
    "AddressLine1": 500,
    "AddressLine2": 500,
    "AddressLine3": 500,
    "AddressLine4": 500,
    "City": 255,
    "Region": 255,
    "PostalCode": 50,
    "Country": 50,
    "AttentionTo": 255,
}
ALWAYS_SHOWN = ("City", "Region", "PostalCode", "Country")
PHONE = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
PLAIN = {
    "ContactNumber": 50,
    "AccountNumber": 50,
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "CompanyNumber": 50,
    "EmailAddress": 255,
    "BankAccountDetails": 255,
    "TaxNumber": 50,
    "AccountsReceivableTaxType": 50,
    "AccountsPayableTaxType": 50,
    "DefaultCurrency": 3,
    "SalesDefaultAccountCode": 10,
    "PurchasesDefaultAccountCode": 10,
    "SalesDefaultLineAmountType": 9,
    "PurchasesDefaultLineAmountType": 9,
    "TaxNumberType": 4,
}
"""Writable texts and their lengths."""
_LINE_AMOUNTS = ("INCLUSIVE", "EXCLUSIVE", "NONE")
WORDS = {
    "SalesDefaultLineAmountType": _LINE_AMOUNTS,
    "PurchasesDefaultLineAmountType": _LINE_AMOUNTS,
    "TaxNumberType": ("SSN", "EIN", "ITIN", "ATIN"),
}
"""Texts of which the specification knows but these; a document made by the API takes no defaults of its contact."""
PERSON = {"FirstName": 255, "LastName": 255, "EmailAddress": 255}
PERSONS = 5
READ_ONLY = frozenset(
    [
        "IsCustomer",
        "IsSupplier",
        "Balances",
        "Website",
        "Discount",
        "UpdatedDateUTC",
        "MergedToContactID",
        "ContactGroups",
        "HasAttachments",
        "SalesTrackingCategories",
        "PurchasesTrackingCategories",
        "Attachments",
        "BrandingTheme",
        "BatchPayments",
        "XeroNetworkKey",
    ]
)
KNOWN = (
    READ_ONLY | PLAIN.keys() | {"ContactID", "ContactStatus", "Addresses", "Phones", "ContactPersons", "PaymentTerms"}
)
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_COUNTRY = re.compile(r"^[A-Za-z ]*$")
ARCHIVED = (
    "The specified contact details matched an archived contact. "
    "Archived contacts cannot currently be edited via the API."
)
NUMBER_TAKEN = "Another contact has this contact number. Please enter a different contact number."


class Contacts(Resource):
    """The Contacts endpoint."""

    name, plural, key = "Contact", "Contacts", "ContactID"
    known = KNOWN
    optimised = frozenset({"Name", "EmailAddress", "AccountNumber", "ContactID", "UpdatedDateUTC"})
    composite = frozenset({"Addresses", "Phones", "ContactPersons", "Balances", "PaymentTerms"})
    markers = ("ContactNumber",)

    def __init__(self, books: Books) -> None:
        super().__init__(books, books.contacts)

    def find(self, reference: str) -> Row | None:
        """By id, or by ContactNumber (facts 2.1)."""
        if GUID.match(reference):
            return self.table.get(reference.lower())
        return next(iter(self.table.find("number", reference)), None)

    def has_hidden(self) -> bool:
        """Tell whether any contact is archived."""
        return self.table.holds("archived", "")

    def hidden(self, row: Row) -> bool:
        """Archived contacts come only with includeArchived (facts (g) 10)."""
        return bool(row["ContactStatus"] != "ACTIVE")

    def save(self, element: Row, write: Write) -> Saved:
        """PUT creates; POST updates by id, else by ContactNumber or Name, else creates (facts (c), fact 5)."""
        refuse_unknown(self.books, "Contact", element, KNOWN)
        element = drop_ignored(self.books, "Contact", element)
        old = self._target(element, write)
        if old is not None and old["ContactStatus"] != "ACTIVE":
            merged = old.get("MergedToContactID") and not element.get("ContactID")
            raise Invalid(NUMBER_TAKEN if merged else ARCHIVED)
        row = self._merged(old or self.blank(), element)
        refuse(self._problems(row, element, old))
        row["UpdatedDateUTC"] = self.books.now()
        self.table.put(row)
        return Saved(row, "updated" if old else "created")

    def blank(self) -> Row:
        """Give a contact with nothing set."""
        return {
            "ContactID": self.books.guid(),
            "ContactStatus": "ACTIVE",
            **dict.fromkeys(PLAIN, ""),
            "Addresses": {},
            "Phones": {},
            "ContactPersons": [],
            "PaymentTerms": None,
            "IsCustomer": False,
            "IsSupplier": False,
        }

    def _target(self, element: Row, write: Write) -> Row | None:
        id = text(element, "ContactID")
        if id:
            found = self.table.get(id.lower())
            if found is None:
                raise Missing(f"no contact {id}")
            if write.create_only:
                raise Invalid("A contact with this ContactID exists already; PUT creates only.")
            return found
        if write.create_only:
            return None
        by_number = self.table.find("number", text(element, "ContactNumber") or None)
        by_name = self.table.find("name", self._name(element.get("Name") or "").casefold())
        return next(iter((*by_number, *by_name)), None)

    def _name(self, name: object) -> str:
        if not isinstance(name, str):
            raise Malformed("Name must be a string")
        return " ".join(name.split()) if self.books.switches.names == "normalise" else name

    def _merged(self, old: Row, element: Row) -> Row:
        row = dict(old)
        for field in PLAIN:
            if (value := text(element, field)) is not None:
                row[field] = self._name(value) if field == "Name" else value
        if (status := text(element, "ContactStatus")) is not None:
            row["ContactStatus"] = status
        if (terms := nested(element, "PaymentTerms")) is not None:
            row["PaymentTerms"] = terms
        row["Addresses"] = self._parts(row["Addresses"], element, "Addresses", "AddressType", {**ADDRESS})
        row["Phones"] = self._parts(row["Phones"], element, "Phones", "PhoneType", {**PHONE})
        if (persons := rows(element, "ContactPersons")) is not None:  # the list replaces the former one (facts 2.1)
            row["ContactPersons"] = [self._person(person) for person in persons]
        return row

    def _parts(self, old: Row, element: Row, key: str, kind: str, lengths: dict[str, int]) -> Row:
        """Addresses or phones: a type not sent is preserved."""
        parts = dict(old)
        for sent in rows(element, key) or ():
            refuse_unknown(self.books, key, sent, {*lengths, kind})
            type = text(sent, kind) or ""
            if type not in (ADDRESS_TYPES if kind == "AddressType" else PHONE_TYPES):
                raise Malformed(f"'{type}' is no {kind} of a contact")  # DELIVERY: of organisations only (facts 2.1)
            keep = old.get(type, {}) if key == "Phones" or self.books.switches.addresses == "merge" else {}
            given = {name: value for name in lengths if (value := text(sent, name)) is not None}
            parts[type] = {**keep, **given}
        return parts

    def _person(self, person: Row) -> Row:
        refuse_unknown(self.books, "ContactPerson", person, {*PERSON, "IncludeInEmails"})
        return {
            **{name: text(person, name) or "" for name in PERSON},
            "IncludeInEmails": flag(person, "IncludeInEmails") or False,
        }

    def _problems(self, row: Row, element: Row, old: Row | None) -> Iterator[str]:
        id, name = row["ContactID"], row["Name"]
        if row["ContactStatus"] not in {"ACTIVE", "ARCHIVED"} or (old is None and row["ContactStatus"] != "ACTIVE"):
            yield f"ContactStatus {row['ContactStatus']} cannot be set."
        if not name.strip():
            yield "The contact name must be specified."
        if name != " ".join(name.split()) or "<" in name or ">" in name:
            yield "The contact name must not contain < or >, leading, trailing or double spaces."
        if _others(self.table, "name", name.casefold(), id):
            yield (
                f"The contact name {name} is already assigned to another contact. "
                "The contact name must be unique across all active contacts."
            )
        if row["ContactNumber"] and _others(self.table, "number", row["ContactNumber"], id):
            yield NUMBER_TAKEN
        if row["AccountNumber"] and _others(self.table, "account", row["AccountNumber"], id):
            yield f"The account number {row['AccountNumber']} is already assigned to another contact."
        for field, words in WORDS.items():
            if row[field] and row[field] not in words:
                yield f"{field} must be one of {', '.join(words)}."
        yield from too_long(row, PLAIN)
        yield from self._part_problems(row)
        yield from self._code_problems(row, element)

    def _part_problems(self, row: Row) -> Iterator[str]:
        for address in row["Addresses"].values():
            yield from too_long(address, ADDRESS)
            if self.books.switches.countries == "ascii" and not _COUNTRY.match(address.get("Country", "")):
                yield f"Country '{address['Country']}' may have the letters A to Z only."
        for phone in row["Phones"].values():
            yield from too_long(phone, PHONE)
        for person in row["ContactPersons"]:
            yield from too_long(person, PERSON)
        if len(row["ContactPersons"]) > PERSONS:
            yield f"A contact has at most {PERSONS} contact persons."
        mails = [row["EmailAddress"], *(person["EmailAddress"] for person in row["ContactPersons"])]
        if any(mail and not _EMAIL.match(mail) for mail in mails):
            yield "Email address must be valid."

    def _code_problems(self, row: Row, element: Row) -> Iterator[str]:
        currency = element.get("DefaultCurrency")
        if currency and currency not in self.books.currencies:
            yield f"Organisation is not subscribed to currency {currency}"
        for key in ("SalesDefaultAccountCode", "PurchasesDefaultAccountCode"):
            if element.get(key) and self.books.account(row[key]) is None:
                yield f"Account code '{row[key]}' is not a valid code for this document."
        for key in ("AccountsReceivableTaxType", "AccountsPayableTaxType"):
            if element.get(key) and row[key] not in self.books.tax_rates:
                yield f"The TaxType code '{row[key]}' does not exist or cannot be used."

    def view(self, row: Row, view: View, places: int) -> Row:  # noqa: ARG002  contacts have no unit prices
        """Show a contact (facts 2.1: unset parts, and what only paged and single reads have)."""
        shown: Row = {"ContactID": row["ContactID"], "ContactStatus": row["ContactStatus"]}
        written = view is View.WRITTEN
        shown.update({name: row[name] for name in PLAIN if row[name] or (written and name == "BankAccountDetails")})
        if view is not View.SUMMARY:
            shown["Addresses"] = [_address(row, type, view) for type in ADDRESS_TYPES]
            shown["IsSupplier"], shown["IsCustomer"] = row["IsSupplier"], row["IsCustomer"]
            shown["ContactGroups"] = []
        shown["Phones"] = [_phone(row, type, view) for type in PHONE_TYPES]
        shown["UpdatedDateUTC"] = row["UpdatedDateUTC"]
        if written or view in {View.PAGED, View.SINGLE}:
            shown.update(self._detail(row, view))
        if not written:
            for key in _LEFT_OUT.get(view, ()):
                shown.pop(key, None)
        shown["HasValidationErrors"] = False
        return shown

    def _detail(self, row: Row, view: View) -> Row:
        detail: Row = {
            "SalesTrackingCategories": [],
            "PurchasesTrackingCategories": [],
            "ContactPersons": row["ContactPersons"],
        }
        if row["PaymentTerms"]:
            detail["PaymentTerms"] = row["PaymentTerms"]
        if view is View.WRITTEN:
            return detail
        detail["HasAttachments"] = False
        if balances := self._balances(row["ContactID"]):
            detail["Balances"] = balances
        if merged := row.get("MergedToContactID"):
            detail["MergedToContactID"] = merged
        return detail

    def _balances(self, id: str) -> Row | None:
        """Outstanding and overdue in base currency, over approved documents (facts 2.1 Balances, 2.7)."""
        documents = self.books.invoices.find("contact", id)
        if not documents:
            return None
        sums = {side: {"Outstanding": ZERO, "Overdue": ZERO} for side in ("AccountsReceivable", "AccountsPayable")}
        today = self.books.today()
        for row in documents:
            if row["Status"] == "AUTHORISED":
                side = sums["AccountsReceivable" if row["Type"] == "ACCREC" else "AccountsPayable"]
                due: Decimal = to_base(row["AmountDue"], row["CurrencyRate"])
                side["Outstanding"] += due
                if row["DueDate"] is not None and row["DueDate"] < today:
                    side["Overdue"] += due
        return dict(sums)

    def echo(self, element: Row) -> Row:
        """Show a refused contact as in the recording (facts (c) 400)."""
        shown = super().echo(element)
        return {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": [], **shown}


_ACCOUNTS = ("SalesDefaultAccountCode", "PurchasesDefaultAccountCode")
_LEFT_OUT = {
    View.SUMMARY: _ACCOUNTS,
    View.UNPAGED: (*_ACCOUNTS, "SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType"),
}
"""Defaults that only some lists have (facts 2.1, (c) Filters; specification)."""


def _others(table: Table, index: str, key: str, id: str) -> bool:
    return any(row["ContactID"] != id for row in table.find(index, key))


def _address(row: Row, type: str, view: View) -> Row:
    address = row["Addresses"].get(type, {})
    shown = {"AddressType": type, **{name: value for name, value in address.items() if value}}
    return {**dict.fromkeys(ALWAYS_SHOWN, ""), **shown} if view is View.WRITTEN or address else shown


def _phone(row: Row, type: str, view: View) -> Row:
    phone = row["Phones"].get(type, {})
    if view is View.WRITTEN or any(phone.values()):
        return {"PhoneType": type, **dict.fromkeys(PHONE, ""), **phone}
    return {"PhoneType": type}
