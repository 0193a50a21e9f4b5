"""Quotes: statuses, updates that clear what they leave out, pages without a count (facts 2.3, specification).

What the specification and the facts leave open, each the harder choice: an update must name Contact and Date, as its
one example does, and clears the texts, the expiry date and LineAmountTypes that it does not name (integrators met it);
lines that are not named stay. Statuses move as integrators found them to. Unit prices keep four decimals without being
asked (developer.xero.com, Quotes). A quote posts nothing, so that no lock date holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from tieout_xero.simulator import lines
from tieout_xero.simulator.books import Books
from tieout_xero.simulator.codec import Row, read_date
from tieout_xero.simulator.contacts import Contacts
from tieout_xero.simulator.documents import Documents
from tieout_xero.simulator.problems import Invalid, Missing
from tieout_xero.simulator.resource import (
    GUID,
    Saved,
    View,
    Write,
    drop_ignored,
    refuse,
    refuse_unknown,
    text,
    too_long,
)

STATUSES = {
    "DRAFT": frozenset({"DRAFT", "SENT", "DELETED"}),
    "SENT": frozenset({"SENT", "ACCEPTED", "DECLINED", "DELETED"}),
    "DECLINED": frozenset({"DECLINED", "SENT", "DELETED"}),
    "ACCEPTED": frozenset({"ACCEPTED", "SENT", "INVOICED", "DELETED"}),
    "INVOICED": frozenset({"INVOICED", "SENT", "DELETED"}),
    "DELETED": frozenset[str](),
}
"""Status -> the statuses that it may be given, as integrators found them; [U]."""
BAD_STATUS = "Quote not of valid status for modification"
NUMBER_TAKEN = "Quote # must be unique."
CLEARED = ("Reference", "Terms", "Title", "Summary")
TEXTS = ("QuoteNumber", "BrandingThemeID", "CurrencyCode")
LENGTHS = {"QuoteNumber": 255, "Reference": 4000, "Terms": 4000, "Title": 100, "Summary": 3000}
READ_ONLY = frozenset(
    ["SubTotal", "TotalTax", "Total", "TotalDiscount", "UpdatedDateUTC", "DateString", "ExpiryDateString"]
)
KNOWN = READ_ONLY | {*TEXTS, *CLEARED, "QuoteID", "Contact", "LineItems", "Date", "ExpiryDate", "Status"}
KNOWN |= {"CurrencyRate", "LineAmountTypes"}
PRICE_PLACES = 4
PAGE = 100
AMOUNTS = ("SubTotal", "TotalTax", "Total", "TotalDiscount")


class Quotes(Documents):
    """The Quotes endpoint."""

    name, plural, key, flag = "Quote", "Quotes", "QuoteID", ""
    known = KNOWN
    bases = MappingProxyType({"EXCLUSIVE": "Exclusive", "INCLUSIVE": "Inclusive", "NOTAX": "NoTax"})
    composite = frozenset({"LineItems", "Contact"})
    queries = frozenset(
        {"datefrom", "dateto", "expirydatefrom", "expirydateto", "contactid", "status", "page", "order"}
        | {"quotenumber", "summarizeerrors"}
    )
    uncounted = PAGE
    markers = ("Reference",)

    def __init__(self, books: Books, contacts: Contacts) -> None:
        super().__init__(books, books.quotes, contacts)

    def kind(self, row: Row) -> str:  # noqa: ARG002  all are of one kind
        """Quotes have no Type."""
        return "QUOTE"

    def find(self, reference: str) -> Row | None:
        """By id alone: numbers have a filter of their own (specification)."""
        return self.table.get(reference.lower()) if GUID.match(reference) else None

    def filters(self, params: Mapping[str, str]) -> Sequence[Callable[[Row], bool]]:
        """Read the filters that quotes alone have; deleted ones are left out unless the switch lists them."""
        tests: list[Callable[[Row], bool]] = []
        if self.books.switches.deleted_quotes == "left_out" and not params.get("status"):
            tests.append(lambda row: row["Status"] != "DELETED")
        for query, name in (("status", "Status"), ("contactid", "Contact"), ("quotenumber", "QuoteNumber")):
            if wanted := params.get(query):
                tests.append(_equal(name, wanted))
        for query, name in (("date", "Date"), ("expirydate", "ExpiryDate")):
            tests += _between(name, params.get(f"{query}from"), params.get(f"{query}to"))
        return tests

    def save(self, element: Row, write: Write) -> Saved:
        """PUT creates; POST updates by id."""
        refuse_unknown(self.books, "Quote", element, KNOWN)
        element = drop_ignored(self.books, "Quote", element)
        old = self._target(element, write)
        refuse(_missing(element))
        row = self._merged(element, old)
        if old is None and row["Status"] == "DELETED":
            raise Invalid("Quote not of valid status for creation")
        if old is not None and row["Status"] not in STATUSES[old["Status"]]:
            raise Invalid(BAD_STATUS)
        row["QuoteNumber"] = row["QuoteNumber"] or self.numbered("QU", "number")
        refuse(self._problems(row))
        row["UpdatedDateUTC"] = self.books.now()
        self.table.put(row)
        effect = "created" if old is None else "deleted" if row["Status"] == "DELETED" else "updated"
        return Saved(row, effect, tuple(self.rate_warnings(element, row)))

    def view(self, row: Row, view: View, places: int) -> Row:  # noqa: ARG002  quotes know no unitdp
        """Show a quote; every shape has its lines, and Contact no more than its name (specification, examples)."""
        contact = self.books.contacts.rows[row["Contact"]]
        shown: Row = {
            "QuoteID": row["QuoteID"],
            "QuoteNumber": row["QuoteNumber"],
            **{name: row[name] for name in CLEARED if row[name]},
            "Terms": row["Terms"],
            "Contact": {name: contact[name] for name in ("ContactID", "Name", "EmailAddress")},
            "LineItems": [lines.view(line, PRICE_PLACES) for line in row["Lines"]],
            "Date": row["Date"],
            "DateString": f"{row['Date']:%Y-%m-%d}T00:00:00",
            "Status": row["Status"],
            "CurrencyRate": row["CurrencyRate"],
            "CurrencyCode": row["CurrencyCode"],
            **{name: row[name] for name in AMOUNTS},
            "UpdatedDateUTC": row["UpdatedDateUTC"],
            "LineAmountTypes": row["LineAmountTypes"],
        }
        if row["ExpiryDate"]:
            shown |= {"ExpiryDate": row["ExpiryDate"], "ExpiryDateString": f"{row['ExpiryDate']:%Y-%m-%d}T00:00:00"}
        return shown | ({"BrandingThemeID": row["BrandingThemeID"]} if row["BrandingThemeID"] else {})

    def _target(self, element: Row, write: Write) -> Row | None:
        if not (id := text(element, "QuoteID")):
            return None
        if (found := self.find(id)) is None:
            raise Missing(f"no quote {id}")
        if write.create_only:
            raise Invalid("A quote with this QuoteID exists already; PUT creates only.")
        return found

    def _merged(self, element: Row, old: Row | None) -> Row:
        row = dict(old) if old else self._blank()
        row |= {name: value for name in TEXTS if (value := text(element, name)) is not None}
        replaced = self.books.switches.quote_updates == "replace"
        for name in CLEARED:
            if (value := text(element, name)) is not None or replaced:
                row[name] = value or ""
        if element.get("ExpiryDate") or replaced:
            row["ExpiryDate"] = read_date(element["ExpiryDate"], "ExpiryDate") if element.get("ExpiryDate") else None
        if (basis := text(element, "LineAmountTypes")) or replaced:
            row["LineAmountTypes"] = basis or "EXCLUSIVE"
        row["Date"] = read_date(element["Date"], "Date")
        row["Status"] = text(element, "Status") or row["Status"]
        row["Contact"] = self.contact(element, row["Contact"])
        row["CurrencyRate"] = self.rate(element, row, old)
        self.count(row, element, Write(create_only=False, places=PRICE_PLACES))
        return row

    def _blank(self) -> Row:
        return {
            "QuoteID": self.books.guid(),
            **dict.fromkeys((*TEXTS, *CLEARED), ""),
            "LineAmountTypes": "EXCLUSIVE",
            "CurrencyCode": self.books.profile.base_currency,
            "ExpiryDate": None,
            "Status": "DRAFT",
            "Contact": None,
            "Lines": [],
        }

    def _problems(self, row: Row) -> Iterator[str]:
        if not row["Lines"]:
            yield "One or more line items must be specified"
        if any(not line.get("Description") for line in row["Lines"]):
            yield "Description is required."
        others = (one for one in self.table.find("number", row["QuoteNumber"]) if one["QuoteID"] != row["QuoteID"])
        yield from [NUMBER_TAKEN for _ in others][:1]
        yield from too_long(row, LENGTHS)
        yield from self.theme_problems(row)


def _missing(element: Row) -> Iterator[str]:
    if not element.get("Contact"):
        yield "A Contact must be specified for this type of transaction"
    if not element.get("Date"):
        yield "Date is required."


def _equal(name: str, wanted: str) -> Callable[[Row], bool]:
    return lambda row: str(row[name]) == wanted


def _between(name: str, start: str | None, end: str | None) -> Iterator[Callable[[Row], bool]]:
    first, last = (read_date(word, name) if word else None for word in (start, end))
    if first is not None:
        yield lambda row: row[name] is not None and row[name] >= first
    if last is not None:
        yield lambda row: row[name] is not None and row[name] <= last
