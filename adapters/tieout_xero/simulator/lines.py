"""Line items of documents: what is sent, what stands in for what is not, amounts and tax (facts 2.3 LineItems, 2.6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tieout_xero.simulator.books import Books
from tieout_xero.simulator.codec import Row
from tieout_xero.simulator.problems import Invalid
from tieout_xero.simulator.resource import drop_ignored, number, refuse, refuse_unknown, rows, text, too_long
from tieout_xero.simulator.totals import HUNDRED, ZERO, line_amount, line_tax, rounded

QUANTITY_PLACES = 4
DISCOUNT_PLACES = 4
LARGEST = Decimal("9999999999.99")
QUANTITY_LENGTH = 13
TRACKING = 2
LENGTHS = {"Description": 4000, "ItemCode": 30, "AccountCode": 10}
TEXTS = ("Description", "ItemCode", "AccountCode", "TaxType")
NUMBERS = ("Quantity", "UnitAmount", "DiscountRate", "DiscountAmount")
KNOWN = frozenset((*TEXTS, *NUMBERS, "LineItemID", "LineAmount", "TaxAmount", "AccountID", "Tracking", "Item"))
PAID_MAY_CHANGE = frozenset({"Description", "AccountCode", "AccountID", "TaxType", "TaxAmount", "Tracking"})
"""Of lines of a paid document; the tax may follow its account but not change in amount (facts 2.3 Editing)."""
NOT_A_LINE = frozenset({"DEBTORS", "CREDITORS"})
SALES = frozenset({"ACCREC", "ACCRECCREDIT", "QUOTE"})
"""Documents of the sales side; an item's sales details fill in their lines."""
DISCOUNTED = frozenset({"ACCREC", "QUOTE"})
"""Documents whose lines may have a discount (facts 2.3 LineItems, 2.4 CreditNotes)."""
SIDES = {"ASSET": "Assets", "EQUITY": "Equity", "EXPENSE": "Expenses", "LIABILITY": "Liabilities", "REVENUE": "Revenue"}


@dataclass(frozen=True, slots=True)
class Document:
    """What lines must know of their document: its Type or QUOTE, Exclusive, Inclusive or NoTax, decimals of prices.

    `contact_tax`: the tax type that the contact has for documents of this kind, "" for none.
    """

    type: str
    amounts: str
    places: int
    contact_tax: str = ""


def build(books: Books, old: Sequence[Row], sent: Row, document: Document) -> list[Row]:
    """Make the lines of a document: with an id updated, without created, left out deleted; no list, untouched."""
    given = rows(sent, "LineItems")
    if given is None:
        return [_computed(books, line, {}, document) for line in old]
    known = {line["LineItemID"]: line for line in old}
    used: set[str] = set()
    made = []
    for element in given:
        refuse_unknown(books, "LineItem", element, KNOWN)
        element = drop_ignored(books, "LineItem", element)  # noqa: PLW2901  the rest sees what Xero would see
        id = (text(element, "LineItemID") or "").lower()
        if id and (id not in known or id in used):
            raise Invalid(f"The LineItemID {id} does not belong to this document.")
        used.add(id)
        base = known.get(id) or {"LineItemID": books.guid(), "Tracking": []}
        made.append(_computed(books, base, element, document))
    return made


def _computed(books: Books, old: Row, sent: Row, document: Document) -> Row:
    line = {**old, "Types": document.amounts}
    for name in TEXTS:
        if (value := text(sent, name)) is not None:
            line[name] = value
    for name in NUMBERS:
        if (figure := number(sent, name)) is not None:
            line[name] = figure
    if (tracking := rows(sent, "Tracking")) is not None:
        line["Tracking"] = tracking
    _item_defaults(books, old, line, sent, document)
    _price(old, line, sent, document)
    _account(books, line, sent)
    _tax(books, old, line, sent, document)
    refuse([*too_long(line, LENGTHS), *_problems(line, document)])
    return line


def _item_defaults(books: Books, old: Row, line: Row, sent: Row, document: Document) -> None:
    """A new ItemCode pulls price, account, tax and description, where they are not sent (facts 2.3)."""
    code = text(sent, "ItemCode")
    if not code or code == old.get("ItemCode"):
        return
    item = next(iter(books.items.find("code", code.casefold())), None)
    if item is None:
        raise Invalid(f"Item code '{code}' is not valid")
    sales = document.type in SALES
    details = item["SalesDetails" if sales else "PurchaseDetails"]
    line["ItemCode"] = item["Code"]
    line["Item"] = {"ItemID": item["ItemID"], "Name": item["Name"], "Code": item["Code"]}
    for name, value in (
        ("Description", item["Description" if sales else "PurchaseDescription"]),
        ("UnitAmount", details.get("UnitPrice")),
        ("AccountCode", details.get("AccountCode")),
        ("TaxType", details.get("TaxType") if books.switches.item_tax == "pulled" else None),
    ):
        if value not in {None, ""} and sent.get(name) in {None, ""}:
            line[name] = value
    if "Quantity" not in line and "UnitAmount" in line:
        line["Quantity"] = Decimal("1.0000")


def _price(old: Row, line: Row, sent: Row, document: Document) -> None:
    """Quantity to 4 decimals, unit price to 2 or 4 before the line is computed (facts 2.6)."""
    amount = number(sent, "LineAmount")
    if "UnitAmount" not in line and amount is not None:
        line["Quantity"] = line.get("Quantity", Decimal(1))
        if line["Quantity"]:
            line["UnitAmount"] = amount / line["Quantity"]
    if "UnitAmount" in line:
        line.setdefault("Quantity", Decimal(1))
    if "Quantity" in line:
        line["Quantity"] = rounded(line["Quantity"], QUANTITY_PLACES)
    if "UnitAmount" in line and line["UnitAmount"] != old.get("UnitAmount"):  # an untouched price keeps its decimals
        line["UnitAmount"] = rounded(line["UnitAmount"], document.places)
    rate, discount = _discount(line, sent)
    line["LineAmount"] = line_amount(line.get("Quantity", ZERO), line.get("UnitAmount", ZERO), rate, discount)
    if amount is not None and rounded(amount) != line["LineAmount"]:
        raise Invalid(f"The line total {amount} does not match the expected line total {line['LineAmount']}")


def _discount(line: Row, sent: Row) -> tuple[Decimal | None, Decimal | None]:
    """Give a line's rate and fixed discount, of which only one stands: the one sent last."""
    if sent.get("DiscountAmount") is not None:
        line["DiscountRate"] = None
    elif sent.get("DiscountRate") is not None:
        line["DiscountAmount"] = None
    rate, discount = line.get("DiscountRate"), line.get("DiscountAmount")
    if rate is not None:
        line["DiscountRate"] = rate = rounded(rate, DISCOUNT_PLACES)
    if discount is not None:
        line["DiscountAmount"] = discount = rounded(discount)
    return rate, discount


def _account(books: Books, line: Row, sent: Row) -> None:
    if (id := text(sent, "AccountID")) and not sent.get("AccountCode"):
        found = books.accounts.get(id.lower())
        line["AccountCode"] = found["Code"] if found else id
    code = line.get("AccountCode")
    if not code:
        return
    account = books.account(code)
    if account is None or account["SystemAccount"] in NOT_A_LINE or account["Type"] == "BANK":
        raise Invalid(f"Account code '{code}' is not a valid code for this document.")
    if account["Status"] != "ACTIVE":
        raise Invalid(
            f"Account code '{code}' has been archived, or has been deleted. "
            "Each line item must reference a valid account."
        )
    line["AccountID"] = account["AccountID"]


def _tax(books: Books, old: Row, line: Row, sent: Row, document: Document) -> None:
    """Tax per line at the rate of its type, or as overridden (facts 2.3, 2.5, 2.6)."""
    account = books.account(line["AccountCode"]) if line.get("AccountCode") else None
    if document.amounts == "NoTax":
        line["TaxType"] = books.country.none
    elif not sent.get("TaxType"):
        _default_tax(books, old, line, account, document)
    type = line.get("TaxType")
    if not type:
        line["TaxAmount"] = ZERO
        return
    rate = books.tax_rates.get(type)
    if rate is None or rate["Status"] != "ACTIVE":
        raise Invalid(f"The TaxType code '{type}' does not exist or cannot be used.")
    if account is not None and not rate[f"CanApplyTo{SIDES[account['Class']]}"]:
        raise Invalid(f"The TaxType code '{type}' cannot be used with account code '{account['Code']}'.")
    override = number(sent, "TaxAmount")
    if override is not None and document.amounts != "NoTax":
        line["TaxAmount"] = rounded(override)
    elif any(line.get(name) != old.get(name) for name in ("LineAmount", "TaxType", "Types")):
        line["TaxAmount"] = line_tax(line["LineAmount"], rate["EffectiveRate"], document.amounts)


def _default_tax(books: Books, old: Row, line: Row, account: Row | None, document: Document) -> None:
    """A line without a TaxType takes its item's, else its account's (facts 2.3); the contact's by the switch."""
    wish = books.switches.contact_tax
    if wish == "first" and document.contact_tax and not old.get("TaxType"):
        line["TaxType"] = document.contact_tax
        return
    moved = line.get("AccountCode") != old.get("AccountCode") and line.get("TaxType") == old.get("TaxType")
    if account is not None and (not line.get("TaxType") or moved):
        line["TaxType"] = account["TaxType"]
    elif wish == "last" and document.contact_tax and not line.get("TaxType"):
        line["TaxType"] = document.contact_tax


def _problems(line: Row, document: Document) -> Iterator[str]:
    if document.type not in DISCOUNTED and (line.get("DiscountRate") or line.get("DiscountAmount")):
        yield "Discounts can only be given on sales invoices and quotes."
    if (rate := line.get("DiscountRate")) is not None and not 0 <= rate <= HUNDRED:
        yield "The discount rate must be between 0 and 100."
    if abs(line["LineAmount"]) > LARGEST:
        yield f"The line amount must not exceed {LARGEST}."
    if len(f"{line.get('Quantity', ZERO).normalize():f}") > QUANTITY_LENGTH:
        yield f"The quantity has more than {QUANTITY_LENGTH} digits."
    if len(line["Tracking"]) > TRACKING:
        yield f"A line has at most {TRACKING} tracking categories."


def changed(old: Sequence[Row], new: Sequence[Row]) -> bool:
    """Tell whether lines differ in what a document with a payment may not change (facts 2.3 Editing)."""

    def frozen(line: Row) -> Row:
        return {name: value for name, value in line.items() if name not in PAID_MAY_CHANGE and value is not None}

    same_tax = sum((line["TaxAmount"] for line in old), ZERO) == sum((line["TaxAmount"] for line in new), ZERO)
    return [frozen(line) for line in old] != [frozen(line) for line in new] or not same_tax


def discount_of(line: Row) -> Decimal:
    """Give what the discount of a line came to, in the document's currency."""
    gross = line_amount(line.get("Quantity", ZERO), line.get("UnitAmount", ZERO), None, None)
    amount: Decimal = line["LineAmount"]
    return gross - amount


def view(line: Row, places: int) -> Row:
    """Show a line; unit prices to `places` (facts 2.6: unitdp on reads too)."""
    shown = {name: value for name, value in line.items() if value is not None and name != "Types"}
    if "UnitAmount" in shown:
        shown["UnitAmount"] = rounded(shown["UnitAmount"], places)
    return shown
