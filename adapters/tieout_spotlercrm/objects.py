"""The eleven record types, and what is known of their fields before anybody is asked (facts 1.1, resources, fields)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.adapter import Kind, Verb
from tieout.errors import UnknownObject
from tieout.toolkit import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

LEDGER_CODE = "ledgercode"
"""What mappings call the ledger code, whatever an account calls it (A1)."""
LEDGER_LABELS = ("ledger code", "account code")
LINES, VALUE, CURRENCY, STAMP = "lines", "value", "currency", "modifieddate"
LINE_OBJECT, DEALS = "opportunity_lines", "opportunities"
ACCOUNTS, PEOPLE = "accounts", "contacts"
LISTS = {DEALS: (LINES, LINE_OBJECT), ACCOUNTS: (PEOPLE, PEOPLE)}
"""Record type -> the list that is read with it, and what the list holds."""
OWNER = "accountid"
"""The field by which a contact, an opportunity or a case belongs to its account."""
ACCOUNT = "account"
"""What mappings call the account that a record belongs to, to read its fields (`account.addresscountry`)."""
WRITES = {Verb.CREATE: 1, Verb.UPDATE: 1, Verb.DELETE: 1}
"""One record a call: nothing is known of batches."""


@dataclass(frozen=True, slots=True)
class RecordType:
    """One resource. `refers`: its references, field -> record type; `people`: it holds personal data."""

    name: str
    label: str
    refers: Mapping[str, str]
    writable: bool = True
    people: bool = False


def _type(name: str, label: str, *, writable: bool = True, people: bool = False, **refers: str) -> RecordType:
    return RecordType(name, label, refers, writable, people)


TYPES: Mapping[str, RecordType] = {
    one.name: one
    for one in (
        _type("accounts", "Account"),
        _type("contacts", "Contact", people=True, accountid="accounts"),
        _type(DEALS, "Opportunity", accountid="accounts"),
        _type(LINE_OBJECT, "Line of an opportunity", opportunityid=DEALS),
        _type("activities", "Activity", accountid="accounts", contactid="contacts", caseid="cases"),
        _type("cases", "Case", accountid="accounts"),
        _type("campaigns", "Campaign"),
        _type("campaigndetails", "Detail of a campaign"),
        _type("campaignstages", "Stage of a campaign"),
        _type("opportunityhistories", "History of an opportunity", writable=False),
        _type("documents", "Document", writable=False),
    )
}
KINDS: Mapping[tuple[str, str], Kind] = {
    ("contacts", "hold"): Kind.BOOLEAN,
    ("contacts", "decisionmaker"): Kind.BOOLEAN,
    ("contacts", "leftcompany"): Kind.BOOLEAN,
    (DEALS, "closedate"): Kind.DATE,
    (DEALS, VALUE): Kind.MONEY,
    (LINE_OBJECT, "quantity"): Kind.NUMBER,
    (LINE_OBJECT, "unitprice"): Kind.MONEY,
    ("opportunityhistories", "closedate"): Kind.DATE,
    ("opportunityhistories", VALUE): Kind.MONEY,
}
"""Kinds of standard fields, which nothing that the data dictionary or the options say can change."""
STAMPS = frozenset({"createddate", STAMP})
SET_BY_THE_SYSTEM = frozenset({"id", "createdby", "modifiedby", "leadscore", *STAMPS})
WORDS: Mapping[str, Kind] = {
    "number": Kind.NUMBER,
    "integer": Kind.NUMBER,
    "decimal": Kind.NUMBER,
    "currency": Kind.MONEY,
    "money": Kind.MONEY,
    "checkbox": Kind.BOOLEAN,
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "datetime": Kind.INSTANT,
    "lookup": Kind.CHOICE,
    "picklist": Kind.CHOICE,
}
"""Words by which a data dictionary may call the type of a field (A15); any other one is a text."""
PERSONAL = frozenset(
    {"salutation", "first", "middle", "last", "jobtitle", "email", "phone", "mobile", "direct", "addressline",
     "addresscity", "addresscounty/state", "addresspostcode/zip", "addresscountry"}
)  # fmt: skip
"""Of a contact; of other record types the phone and the e-mail address."""
ALWAYS_PERSONAL = frozenset({"email", "phone"})


def record_type(name: str) -> RecordType:
    """Find a record type by name; raises UnknownObject with the nearest names."""
    if name not in TYPES:
        raise UnknownObject(name, nearest(name, TYPES))
    return TYPES[name]
