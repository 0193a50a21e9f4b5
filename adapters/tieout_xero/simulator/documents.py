"""What invoices, credit notes and quotes have in common: contact, currency, rate, lines, totals (facts 2.3 to 2.7)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from tieout_xero.simulator import lines
from tieout_xero.simulator.books import NIL, Books
from tieout_xero.simulator.codec import Row, read_date
from tieout_xero.simulator.contacts import ARCHIVED, Contacts
from tieout_xero.simulator.problems import Invalid, Malformed
from tieout_xero.simulator.rates import PLACES as RATE_PLACES
from tieout_xero.simulator.rates import doubts
from tieout_xero.simulator.resource import Resource, Write, nested, number, text
from tieout_xero.simulator.tables import Table
from tieout_xero.simulator.totals import ZERO, rounded, totals

DAYS = ("Date", "DueDate", "ExpiryDate", "ExpectedPaymentDate", "PlannedPaymentDate")
AMOUNTS = ("Exclusive", "Inclusive", "NoTax")


class Documents(Resource):
    """An object of the API that has a contact, a currency and lines."""

    flag = "HasErrors"
    bases: Mapping[str, str] = MappingProxyType({name: name for name in AMOUNTS})
    """LineAmountTypes as this object spells them -> as amounts are computed."""

    def __init__(self, books: Books, table: Table, contacts: Contacts) -> None:
        super().__init__(books, table)
        self.contacts = contacts

    @abstractmethod
    def kind(self, row: Row) -> str:
        """Give what lines must know: the Type, or QUOTE."""

    def getter(self, path: tuple[str, ...]) -> Callable[[Row], object]:
        """Fields of the document, and those of its contact as `Contact.Name` (facts (c) where)."""
        if path[0] == "Contact" and len(path) > 1:
            inner, contacts = self.contacts.getter(path[1:]), self.books.contacts.rows
            return lambda row: inner(contacts[row["Contact"]])
        return super().getter((self.key,) if path == (f"{self.key[:-2]}Id",) else path)

    def echo(self, element: Row) -> Row:
        """Show a refused document with the REQUESTED status (facts (c), (g) 17)."""
        days = {name: _day(element[name], name) for name in DAYS if element.get(name)}
        return {"Contact": {"ContactID": NIL}, "LineItems": [], **super().echo(element), **days}

    def contact(self, element: Row, old: str | None) -> str | None:
        """Read the contact; with more than its id, Xero updates it, without an id it is matched or made (facts 2.1)."""
        sent = nested(element, "Contact")
        if not sent:
            return old
        id = (text(sent, "ContactID") or "").lower()
        if id:
            found = self.books.contacts.get(id)
            if found is None:
                raise Invalid(f"The contact with ContactID {id} could not be found.")
            if found["ContactStatus"] != "ACTIVE" and id != old:
                raise Invalid(ARCHIVED)
        given = {name for name, value in sent.items() if value not in (None, [], "")} - {"HasValidationErrors"}
        if given == {"ContactID"}:
            return id
        return str(self.contacts.save(sent, Write(create_only=False, places=2)).row["ContactID"])

    def rate(self, element: Row, row: Row, old: Row | None) -> Decimal:
        """Document currency per base unit: as sent, else the day's; 1 in base currency (facts 2.7)."""
        currency, sent = row["CurrencyCode"], number(element, "CurrencyRate")
        if currency not in self.books.currencies:
            raise Invalid(f"Organisation is not subscribed to currency {currency}")
        if currency == self.books.profile.base_currency:
            if sent not in {None, 1} and self.books.switches.base_rate == "refuse":
                raise Invalid("The CurrencyRate of a document in base currency is 1.")
            return Decimal("1.000000")
        if sent is not None:
            if rounded(sent, RATE_PLACES) <= 0:
                raise Invalid("The CurrencyRate must be greater than zero.")
            return rounded(sent, RATE_PLACES)
        renewed = old is not None and old["Date"] != row["Date"] and self.books.switches.redated == "renew"
        if old and old["CurrencyCode"] == currency and not renewed:
            return Decimal(old["CurrencyRate"])
        return self.books.rates.find(currency, row["Date"])

    def count(self, row: Row, element: Row, write: Write) -> None:
        """Make the lines of a document and add them up."""
        if row["LineAmountTypes"] not in self.bases:
            raise Malformed(f"LineAmountTypes must be one of {', '.join(self.bases)}")
        amounts, kind = self.bases[row["LineAmountTypes"]], self.kind(row)
        contact = self.books.contacts.rows[row["Contact"]] if row["Contact"] else {}
        side = "AccountsReceivableTaxType" if kind in lines.SALES else "AccountsPayableTaxType"
        document = lines.Document(kind, amounts, write.places, contact.get(side, ""))
        row["Lines"] = lines.build(self.books, row["Lines"], element, document)
        sums = totals(((line["LineAmount"], line["TaxAmount"]) for line in row["Lines"]), amounts)
        row["SubTotal"], row["TotalTax"], row["Total"] = sums.sub_total, sums.tax, sums.total
        row["TotalDiscount"] = sum((lines.discount_of(line) for line in row["Lines"]), ZERO)

    def rate_warnings(self, element: Row, row: Row) -> Iterator[str]:
        """Warn of a rate that was sent and looks wrong (facts 2.7)."""
        if number(element, "CurrencyRate") is not None:
            yield from doubts(self.books.rates, row["CurrencyCode"], row["Date"], row["CurrencyRate"])

    def theme_problems(self, row: Row) -> Iterator[str]:
        """Refuse a branding theme that there is not."""
        if row["BrandingThemeID"] and row["BrandingThemeID"] != self.books.theme["BrandingThemeID"]:
            yield f"The branding theme {row['BrandingThemeID']} could not be found."

    def mark_contact(self, row: Row, role: str) -> None:
        """The first document makes its contact a customer or supplier, without a new stamp (fact 3, facts 2.1)."""
        contact = self.books.contacts.rows[row["Contact"]]
        if not contact[role]:
            self.books.contacts.put({**contact, role: True})

    def numbered(self, head: str, name: str) -> str:
        """Give the next free number in the manner of INV-0055 (facts 2.3 defaults)."""
        while True:
            last = self.books.last_numbers[head] = self.books.last_numbers.get(head, 0) + 1
            named = f"{head}-{last:04d}"
            if not self.table.find(name, named):
                return named


def _day(sent: object, name: str) -> object:
    try:
        return read_date(sent, name)
    except Malformed:
        return sent


def approval_problems(row: Row) -> Iterator[str]:
    """What a draft may lack and an approved document may not (facts 2.3: Description alone is legal in a draft)."""
    for line in row["Lines"]:
        priced = line.get("UnitAmount") is not None
        if priced and not line.get("AccountCode"):
            yield "Account code must be specified."
        if not line.get("Description"):
            yield "Description is required."
    if row["Total"] < 0:
        yield "The document total must not be negative."
