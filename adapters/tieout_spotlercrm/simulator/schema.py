"""The objects and their fields (1.1, resources and field names)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Form(StrEnum):
    """What a field holds on the wire (1.1, types)."""

    ID = "id"
    """A JSON number of up to 64 bits, set by the system."""
    REFERENCE = "reference"
    """The id of a record of another object."""
    TEXT = "text"
    NUMBER = "number"
    FLAG = "checkbox"
    """0 or 1: as a number or as a text by field, null while nobody has set it (1.1: all three were seen)."""
    DATE = "date"
    STAMP = "datetime"
    """Without a zone (1.1), set by the system."""
    AUTHOR = "author"
    """Who made or changed it, set by the system; the form is not known, so the user's number as a text."""
    PICK = "lookup"
    """A text of a list of values (1.1, metadata)."""


SET_BY_THE_SYSTEM = frozenset({Form.ID, Form.STAMP, Form.AUTHOR})


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `to`: the object a reference leads to; `as_text`: a flag that is written as a text."""

    name: str
    label: str
    form: Form = Form.TEXT
    to: str = ""
    as_text: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Object:
    """One resource, by its plural name in the path."""

    name: str
    fields: Mapping[str, Field]

    @property
    def stamped(self) -> bool:
        """Does it have a modified stamp? Lines do not (1.1, opportunity_lines)."""
        return "modifieddate" in self.fields


def name_of(label: str) -> str:
    """Make an API name of a label: lower case, without blanks, `/` kept (1.1, name rule)."""
    return label.lower().replace(" ", "")


def field(label: str, form: Form = Form.TEXT, **more: object) -> Field:
    """Make a field by its label."""
    return replace(Field(name_of(label), label, form), **more)  # type: ignore[arg-type]  # names of Field


def _texts(*labels: str) -> Iterator[Field]:
    yield from (field(label) for label in labels)


def _reference(name: str, label: str, to: str) -> Field:
    return Field(name, label, Form.REFERENCE, to)


def _pick(label: str, *values: str) -> Field:
    return field(label, Form.PICK, values=values)


_ID = Field("id", "Id", Form.ID)
_CREATED = (Field("createdby", "Created By", Form.AUTHOR), Field("createddate", "Created Date", Form.STAMP))
_MODIFIED = (Field("modifiedby", "Modified By", Form.AUTHOR), Field("modifieddate", "Modified Date", Form.STAMP))
_ADDRESS = ("Address City", "Address County/State", "Address Postcode/Zip", "Address Country")
_STANDARD: Mapping[str, Sequence[Field]] = {
    "accounts": (
        _ID, *_texts("Name"), _pick("Type", "Client", "Prospect", "Supplier"),
        _pick("Source", "Web", "Referral", "Exhibition"), _pick("Sector", "Food", "Retail", "Services"),
        *_texts("Phone", "Website", "Notes", "Address Line", *_ADDRESS),
        field("Owner Id"), field("Sla Id"), *_CREATED, *_MODIFIED,
    ),
    "contacts": (
        _ID, _reference("accountid", "Account Id", "accounts"),
        *_texts("Salutation", "First", "Middle", "Last", "Job Title", "Department"),
        *_texts("Email", "Phone", "Mobile", "Direct"),
        field("Hold", Form.FLAG), field("Decision Maker", Form.FLAG, as_text=True), field("Left Company", Form.FLAG),
        *_texts(*_ADDRESS), *_CREATED, *_MODIFIED,
    ),
    "opportunities": (
        _ID, _reference("accountid", "Account Id", "accounts"), *_texts("Name"),
        _pick("Status", "Open", "Won", "Lost"), *_texts("Forecast"), field("Probability", Form.NUMBER),
        field("Close Date", Form.DATE), *_texts("Next Step", "Repeat"),
        _pick("Source", "Web", "Referral", "Exhibition"), field("Owner Id"), *_CREATED, *_MODIFIED,
    ),
    "opportunity_lines": (
        _ID, _reference("opportunityid", "Opportunity Id", "opportunities"), *_texts("Product"),
        field("Quantity", Form.NUMBER), field("Unit Price", Form.NUMBER), _CREATED[0], _MODIFIED[0],
    ),
    "opportunityhistories": (
        _ID, *_texts("Opportunity Status", "Forecast"), field("Probability", Form.NUMBER),
        field("Close Date", Form.DATE), field("Value", Form.NUMBER), *_MODIFIED,
    ),
    "activities": (
        _ID, _reference("accountid", "Account Id", "accounts"), _reference("contactid", "Contact Id", "contacts"),
        _reference("caseid", "Case Id", "cases"), *_texts("Type", "Status", "Date", "All Day", "Priority"),
        _CREATED[1], _MODIFIED[1],
    ),
    "cases": (
        _ID, _reference("accountid", "Account Id", "accounts"),
        *_texts("Subject", "Status", "Opened", "Type", "Case Level Id", "Owner Id"),
    ),
    "campaigns": (
        _ID, *_texts("Name", "Type", "Status", "Active"), field("Members", Form.NUMBER),
        field("Opportunities", Form.NUMBER), field("Sales", Form.NUMBER), *_texts("Drip Feed", "Owner Id"),
    ),
    "campaigndetails": (_ID,),
    "campaignstages": (_ID,),
    "documents": (_ID,),
}  # fmt: skip
"""The eleven resources (1.1). Of the last three no field is known but the id that every record has."""

CUSTOM: Mapping[str, Sequence[Field]] = {
    "accounts": (
        *_texts("Tieout Key", "Xero Link", "Xero Outstanding", "Xero Overdue"),
        *_texts("Xero Last Invoice", "Xero Total Sales"),
    ),
    "contacts": (*_texts("Tieout Key"),),
    "opportunities": (
        *_texts("Tieout Key", "Xero Link", "Xero Invoice", "Xero Status", "Xero Paid", "Xero Due", "Revenue Code"),
    ),
}  # fmt: skip
"""What a consultant adds for the pack, by label."""


def objects(*, ledger_code: str = "Ledger Code", custom: bool = True) -> dict[str, Object]:
    """Put an account's objects together; `ledger_code`: label of that field of accounts, "" for none."""
    found = {}
    for name, standard in _STANDARD.items():
        more = list(CUSTOM.get(name, ())) if custom else []
        if name == "accounts" and ledger_code:
            more.append(field(ledger_code))
        found[name] = Object(name, {one.name: one for one in (*standard, *more)})
    return found
