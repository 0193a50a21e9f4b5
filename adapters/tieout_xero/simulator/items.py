"""Items: products with a code as their key (facts 2.5 Items)."""

from __future__ import annotations

from collections.abc import Iterator

from tieout_xero.simulator.books import Books
from tieout_xero.simulator.codec import Row
from tieout_xero.simulator.problems import Invalid, Missing
from tieout_xero.simulator.resource import (
    GUID,
    Resource,
    Saved,
    View,
    Write,
    drop_ignored,
    flag,
    nested,
    number,
    refuse,
    refuse_unknown,
    text,
    too_long,
)
from tieout_xero.simulator.totals import rounded

LENGTHS = {"Code": 30, "Name": 50, "Description": 4000, "PurchaseDescription": 4000}
DETAILS = ("SalesDetails", "PurchaseDetails")
KNOWN = frozenset(
    {*LENGTHS, *DETAILS, "ItemID", "IsSold", "IsPurchased", "InventoryAssetAccountCode", "IsTrackedAsInventory"}
    | {"TotalCostPool", "QuantityOnHand", "UpdatedDateUTC"}
)


class Items(Resource):
    """The Items endpoint; never paged."""

    name, plural, key = "Item", "Items", "ItemID"
    paged = False
    known = KNOWN
    composite = frozenset(DETAILS)
    markers = ("Code",)

    def __init__(self, books: Books) -> None:
        super().__init__(books, books.items)

    def find(self, reference: str) -> Row | None:
        """By id or by Code."""
        if GUID.match(reference):
            return self.table.get(reference.lower())
        return next(iter(self.table.find("code", reference.casefold())), None)

    def save(self, element: Row, write: Write) -> Saved:
        """PUT creates; POST updates by id or Code, else creates (fact 5)."""
        refuse_unknown(self.books, "Item", element, KNOWN)
        element = drop_ignored(self.books, "Item", element)
        old = self._target(element, write)
        row = self._merged(old or self._blank(), element, write)
        refuse(self._problems(row))
        row["UpdatedDateUTC"] = self.books.now()
        self.table.put(row)
        return Saved(row, "updated" if old else "created")

    def delete(self, row: Row) -> None:
        """Delete for good: 204 (facts 2.5)."""
        self.table.remove(row["ItemID"])

    def _blank(self) -> Row:
        return {
            "ItemID": self.books.guid(),
            **dict.fromkeys(LENGTHS, ""),
            "SalesDetails": {},
            "PurchaseDetails": {},
            "IsSold": True,
            "IsPurchased": True,
            "IsTrackedAsInventory": False,
        }

    def _target(self, element: Row, write: Write) -> Row | None:
        id = text(element, "ItemID")
        if id:
            found = self.table.get(id.lower())
            if found is None:
                raise Missing(f"no item {id}")
            if write.create_only:
                raise Invalid("An item with this ItemID exists already; PUT creates only.")
            return found
        if write.create_only:
            return None
        return next(iter(self.table.find("code", (text(element, "Code") or "").casefold())), None)

    def _merged(self, old: Row, element: Row, write: Write) -> Row:
        row = dict(old)
        for name in LENGTHS:
            if (value := text(element, name)) is not None:
                row[name] = value
        for name in ("IsSold", "IsPurchased"):
            if (said := flag(element, name)) is not None:
                row[name] = said
        for name in DETAILS:
            row[name] = self._details(row[name], nested(element, name) or {}, write)
        if text(element, "InventoryAssetAccountCode"):
            raise Invalid("Tracked inventory is not part of this simulator.")
        return row

    def _details(self, old: Row, sent: Row, write: Write) -> Row:
        refuse_unknown(self.books, "Details", sent, {"UnitPrice", "AccountCode", "TaxType", "COGSAccountCode"})
        details = dict(old)
        if (price := number(sent, "UnitPrice")) is not None:
            details["UnitPrice"] = rounded(price, write.places)  # unitdp, as for lines (facts 2.6)
        for name in ("AccountCode", "TaxType"):
            if (value := text(sent, name)) is not None:
                details[name] = value
        if details.get("AccountCode") and not details.get("TaxType"):
            account = self.books.account(details["AccountCode"])
            details["TaxType"] = account["TaxType"] if account else ""
        return details

    def _problems(self, row: Row) -> Iterator[str]:
        if not row["Code"]:
            yield "Item code must be supplied"
        if any(other["ItemID"] != row["ItemID"] for other in self.table.find("code", row["Code"].casefold())):
            yield f"Item with Code '{row['Code']}' already exists"
        yield from too_long(row, LENGTHS)
        for name in DETAILS:
            code, tax = row[name].get("AccountCode"), row[name].get("TaxType")
            if code and self.books.account(code) is None:
                yield f"Account code '{code}' is not a valid code for this document."
            if tax and tax not in self.books.tax_rates:
                yield f"The TaxType code '{tax}' does not exist or cannot be used."

    def view(self, row: Row, view: View, places: int) -> Row:  # noqa: ARG002  items have one shape
        """Show an item; always with its stamp (facts 2.5)."""
        shown = {name: value for name, value in row.items() if value != ""}
        for name in DETAILS:
            shown[name] = {key: value for key, value in row[name].items() if value != ""}
            if "UnitPrice" in shown[name]:
                shown[name]["UnitPrice"] = rounded(shown[name]["UnitPrice"], places)
        return shown
