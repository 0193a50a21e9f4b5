"""Credit notes, of sales (ACCRECCREDIT) and of bills (ACCPAYCREDIT): numbers, life cycle, edits, locks (facts 2.4).

They have the statuses of invoices and no discounts. What is left of one is its total less refunds and allocations.
"""

from __future__ import annotations

from collections.abc import Iterator

from tieout_xero.simulator.allocations import Allocations
from tieout_xero.simulator.books import Books
from tieout_xero.simulator.codec import Row, read_date
from tieout_xero.simulator.contacts import Contacts
from tieout_xero.simulator.credit_views import CreditShapes
from tieout_xero.simulator.documents import Documents, approval_problems
from tieout_xero.simulator.invoices import HAS_PAYMENT, STATUSES
from tieout_xero.simulator.problems import Invalid, Malformed, Missing
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
from tieout_xero.simulator.totals import ZERO

BAD_STATUS = "Credit Note not of valid status for modification"
NUMBER_TAKEN = "Credit Note # must be unique."
TEXTS = ("CreditNoteNumber", "Reference", "BrandingThemeID", "CurrencyCode", "LineAmountTypes")
READ_ONLY = frozenset(
    {"SubTotal", "TotalTax", "Total", "RemainingCredit", "Allocations", "AppliedAmount", "Payments", "FullyPaidOnDate"}
    | {"UpdatedDateUTC", "UpdatedDateUTCString", "HasAttachments", "SentToContact", "CISDeduction", "CISRate"}
    | {"InvoiceAddresses", "DateString", "ID"}
)
KNOWN = READ_ONLY | {*TEXTS, "Date", "DueDate", "CreditNoteID", "Type", "Status", "Contact", "LineItems"}
KNOWN |= {"CurrencyRate"}


class CreditNotes(Documents):
    """The CreditNotes endpoint; its listing knows no filter by ids, numbers or statuses (specification)."""

    name, plural, key = "CreditNote", "CreditNotes", "CreditNoteID"
    known = KNOWN
    composite = frozenset({"LineItems", "Contact", "Payments", "Allocations"})
    optimised = frozenset({"CreditNoteID", "UpdatedDateUTC"})
    queries = frozenset({"where", "order", "page", "pagesize", "unitdp", "summarizeerrors"})
    markers = ("Reference",)

    def __init__(self, books: Books, contacts: Contacts, allocations: Allocations) -> None:
        super().__init__(books, books.credit_notes, contacts)
        self._shapes = CreditShapes(books, contacts, allocations, self.key)

    def kind(self, row: Row) -> str:
        """Its Type."""
        return str(row["Type"])

    def find(self, reference: str) -> Row | None:
        """By id or by CreditNoteNumber."""
        if GUID.match(reference):
            return self.table.get(reference.lower())
        return next(iter(self.table.find("number", reference)), None)

    def save(self, element: Row, write: Write) -> Saved:
        """PUT creates; POST updates by id."""
        refuse_unknown(self.books, "CreditNote", element, KNOWN)
        element = drop_ignored(self.books, "CreditNote", element)
        old = self._target(element, write)
        row = self._merged(element, old, write)
        refuse(_create_problems(row) if old is None else self._edit_problems(old, row))
        if old is None and row["Type"] == "ACCRECCREDIT" and not row["CreditNoteNumber"]:
            row["CreditNoteNumber"] = self.numbered("CN", "number")
        refuse(self._problems(row, old))
        if row["Status"] == "AUTHORISED" and row["RemainingCredit"] == 0:
            row["Status"], row["FullyPaidOnDate"] = "PAID", row["Date"]
        row["UpdatedDateUTC"] = self.books.now()
        self.table.put(row)
        self.mark_contact(row, "IsCustomer" if row["Type"] == "ACCRECCREDIT" else "IsSupplier")
        effect = "deleted" if row["Status"] in {"DELETED", "VOIDED"} else "updated"
        return Saved(row, effect if old else "created", tuple(self.rate_warnings(element, row)))

    def view(self, row: Row, view: View, places: int) -> Row:
        """Show a credit note."""
        shown = {"CreditNoteNumber": row["CreditNoteNumber"], **self._shapes.view(row, view, places)}
        shown |= {name: row[name] for name in ("DueDate", "FullyPaidOnDate", "BrandingThemeID") if row[name]}
        return {**shown, "HasErrors": False}

    def _target(self, element: Row, write: Write) -> Row | None:
        if not (id := text(element, "CreditNoteID")):
            return None
        if (found := self.find(id)) is None:
            raise Missing(f"no credit note {id}")
        if write.create_only:
            raise Invalid("A credit note with this CreditNoteID exists already; PUT creates only.")
        return found

    def _merged(self, element: Row, old: Row | None, write: Write) -> Row:
        row = dict(old) if old else self._blank(element)
        if text(element, "Type") not in {None, row["Type"]}:
            raise Invalid("The Type of a credit note cannot be changed.")
        for name in TEXTS:
            if (value := text(element, name)) is not None and (name != "Reference" or row["Type"] == "ACCRECCREDIT"):
                row[name] = value
        for name in ("Date", "DueDate"):
            if element.get(name):
                row[name] = read_date(element[name], name)
        row["Status"] = text(element, "Status") or row["Status"]
        row["Contact"] = self.contact(element, row["Contact"])
        row["CurrencyRate"] = self.rate(element, row, old)
        if row["Status"] not in {"VOIDED", "DELETED"}:
            used = row["Total"] - row["RemainingCredit"]
            self.count(row, element, write)
            row["RemainingCredit"] = row["Total"] - used
        return row

    def _blank(self, element: Row) -> Row:
        if (type := text(element, "Type")) not in {"ACCRECCREDIT", "ACCPAYCREDIT"}:
            raise Malformed("The Type of a credit note must be ACCRECCREDIT or ACCPAYCREDIT.")
        return {
            "CreditNoteID": self.books.guid(),
            "Type": type,
            **dict.fromkeys(TEXTS, ""),
            "LineAmountTypes": "Exclusive",
            "CurrencyCode": self.books.profile.base_currency,
            "Date": self.books.today(),
            "DueDate": None,
            "Status": "DRAFT",
            "Contact": None,
            "Lines": [],
            "Total": ZERO,
            "RemainingCredit": ZERO,
            "FullyPaidOnDate": None,
        }

    def _edit_problems(self, old: Row, row: Row) -> Iterator[str]:
        """Locked periods never; with a refund or an allocation not at all (facts 2.3 Editing names invoices only)."""
        used = old["RemainingCredit"] != old["Total"]
        if row["Status"] not in STATUSES[old["Status"]]:
            yield HAS_PAYMENT if used and row["Status"] == "VOIDED" else BAD_STATUS
        elif used and any(old.get(name) != value for name, value in row.items()):
            yield HAS_PAYMENT
        if lock := self.books.lock(old["Date"]):
            yield lock

    def _problems(self, row: Row, old: Row | None) -> Iterator[str]:
        if row["Status"] in {"VOIDED", "DELETED"}:
            return
        if not row["Lines"]:
            yield "One or more line items must be specified"
        if (old is None or old["Date"] != row["Date"]) and (lock := self.books.lock(row["Date"])):
            yield lock
        yield from too_long(row, {"CreditNoteNumber": 255, "Reference": 255})
        named = row["CreditNoteNumber"]
        if row["Type"] == "ACCRECCREDIT" and named:
            others = (one for one in self.table.find("number", named) if one["CreditNoteID"] != row["CreditNoteID"])
            yield from [NUMBER_TAKEN for _ in others][:1]
        yield from self.theme_problems(row)
        if row["Status"] in {"SUBMITTED", "AUTHORISED"}:
            yield from approval_problems(row)


def _create_problems(row: Row) -> Iterator[str]:
    if row["Status"] not in {"DRAFT", "SUBMITTED", "AUTHORISED"}:
        yield "Credit Note not of valid status for creation"
    if row["Contact"] is None:
        yield "A Contact must be specified for this type of transaction"
