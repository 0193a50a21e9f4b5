"""Rounding profiles: where a ledger keeps which figure of a document, and how it rounds. Data, one a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from tieout.model import Value
from tieout.money.chart import Columns
from tieout.money.rounding import Rounding


class TaxBy(StrEnum):
    """What the tax is computed of, and rounded."""

    LINE = "line"
    """Every line's tax is rounded; the document's is their sum."""
    DOCUMENT = "document"
    """The lines of one tax type together; a line has no tax of its own."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How a ledger computes a document. Names are paths: of the document, or of a line."""

    lines: str
    line_id: str
    """The id of a line that is there already."""
    quantity: str
    price: str
    discount: str
    """Percent taken off the line."""
    discount_amount: str
    """Another discount, whose rounding no fact confirms: a line with one is not predicted."""
    item: str
    """An item fills in what is not given: without the item such a line is not predicted."""
    account: str
    tax: str
    """The line's tax type."""
    tax_amount: str
    """The line's, computed."""
    amount: str
    """The line's amount, computed."""
    subtotal: str
    """The document's, computed; so are the next three."""
    total_tax: str
    total: str
    due: str
    """What is open of it; "": the ledger keeps no such figure."""
    settled: tuple[str, ...]
    """What was paid and credited: taken off the total, it gives what is due; none: what the two tell of each other."""
    currency: str
    date: str
    basis: str
    """Says whether amounts hold tax; kept with the document, never derived from its amounts."""
    net: frozenset[str]
    """Values of `basis` without tax inside, folded; blank counts as net if `net_default`."""
    bases: tuple[str, ...]
    """All values of `basis` that there are, as the ledger spells them."""
    untaxed: frozenset[str]
    """Values of `basis` of a document without any tax, folded."""
    sale: tuple[str, str] | None
    """Field and value that make it a sales document; None: every one is."""
    derived: tuple[str, ...]
    """Figures that follow from the subtotal and are unknown as soon as it changes."""
    places: int
    """Decimal places of computed figures, whatever the currency."""
    price_places: int
    columns: Columns
    """Where the organisation's own tables keep what a document rests on."""
    bank_kinds: frozenset[str] = frozenset()
    """Kinds of accounts that no line can name."""
    sale_groups: frozenset[str] = frozenset()
    """Classes of accounts to which a line of a sale is booked unless the project allows others; none: any."""
    rounding: Rounding = Rounding.HALF_UP
    tax_by: TaxBy = TaxBy.LINE
    net_default: bool = True
    rate: str = ""
    """The rate of a document in units of its currency for one of base; empty: the ledger keeps none."""
    sign: int = 1
    """1: it adds to what customers owe, revenue and tax; -1: it takes that off; 0: it posts nothing."""
    word: str = ""
    """What people call it where steps are counted; "": the document that a ledger is asked for first, an invoice."""

    def sells(self, record: Mapping[str, Value]) -> bool:
        """Say whether a record is a sales document."""
        return self.sale is None or record.get(self.sale[0]) == self.sale[1]

    @property
    def heads(self) -> frozenset[str]:
        """Name what is read of every document that may be written: what it counts for."""
        return frozenset((*self._about, self.subtotal, self.total_tax, self.total))

    @property
    def reads(self) -> frozenset[str]:
        """Name what is read of every document whose lines are written: what its figures rest on, and these."""
        head = (self.basis, *self._about, self.subtotal, *self.derived, *self.settled)
        return frozenset((*head, f"{self.lines}.{self.amount}", f"{self.lines}.{self.tax_amount}"))

    @property
    def _about(self) -> tuple[str, ...]:
        return (self.currency, self.date, *(() if self.sale is None else self.sale[:1]))


_XERO_COLUMNS = Columns(
    organisation="Organisation",
    base="BaseCurrency",
    country="CountryCode",
    version="Version",
    locks=("PeriodLockDate", "EndOfYearLockDate"),
    currency="Currency",
    currency_code="Code",
    tax_rate="TaxRate",
    tax_code="TaxType",
    tax_name="Name",
    tax_percent="EffectiveRate",
    tax_status="Status",
    tax_parts="TaxComponents",
    part_name="Name",
    part_percent="Rate",
    part_compound="IsCompound",
    applies=MappingProxyType(
        {
            "ASSET": "CanApplyToAssets",
            "EQUITY": "CanApplyToEquity",
            "EXPENSE": "CanApplyToExpenses",
            "LIABILITY": "CanApplyToLiabilities",
            "REVENUE": "CanApplyToRevenue",
        }
    ),
    account="Account",
    account_code="Code",
    account_name="Name",
    account_kind="Type",
    account_group="Class",
    account_status="Status",
    account_tax="TaxType",
    account_system="SystemAccount",
    reserved=frozenset({"DEBTORS", "CREDITORS"}),
    rounding="ROUNDING",
    item="Item",
    item_code="Code",
    item_price="SalesDetails.UnitPrice",
    item_account="SalesDetails.AccountCode",
    item_tax="SalesDetails.TaxType",
)
"""Facts: xero 2.5."""

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        # facts: xero 2.3 and 2.6. LineAmount = Quantity * UnitAmount * (100 - DiscountRate) / 100, half up; UnitAmount
        # to four places (the adapter asks for unitdp=4), all else to two whatever the currency; tax by line.
        "xero": Profile(
            lines="LineItems",
            line_id="LineItemID",
            quantity="Quantity",
            price="UnitAmount",
            discount="DiscountRate",
            discount_amount="DiscountAmount",
            item="ItemCode",
            account="AccountCode",
            tax="TaxType",
            tax_amount="TaxAmount",
            amount="LineAmount",
            subtotal="SubTotal",
            total_tax="TotalTax",
            total="Total",
            due="AmountDue",
            settled=("AmountPaid", "AmountCredited"),
            currency="CurrencyCode",
            date="Date",
            basis="LineAmountTypes",
            net=frozenset({"exclusive", "notax"}),
            bases=("Exclusive", "Inclusive", "NoTax"),
            untaxed=frozenset({"notax"}),
            sale=("Type", "ACCREC"),
            derived=("TotalTax", "Total", "TotalDiscount", "AmountDue"),
            places=2,
            price_places=4,
            columns=_XERO_COLUMNS,
            bank_kinds=frozenset({"BANK"}),
            sale_groups=frozenset({"REVENUE"}),
            rate="CurrencyRate",
        ),
    }
)
"""Adapter -> profile of its sales invoices."""

PAPERS: Mapping[tuple[str, str], Profile] = MappingProxyType(
    {
        # facts: xero 2.4. Lines, tax and totals as of an invoice, without discounts; what was applied or paid out of it
        # is told by the total and what remains alone.
        ("xero", "CreditNote"): replace(
            PROFILES["xero"],
            due="RemainingCredit",
            settled=(),
            sale=("Type", "ACCRECCREDIT"),
            derived=("TotalTax", "Total", "RemainingCredit"),
            sign=-1,
            word="credit note",
        ),
        # The published specification: no Type, LineAmountTypes in capitals, nothing is due and nothing posted.
        ("xero", "Quote"): replace(
            PROFILES["xero"],
            due="",
            settled=(),
            sale=None,
            bases=("EXCLUSIVE", "INCLUSIVE", "NOTAX"),
            derived=("TotalTax", "Total", "TotalDiscount"),
            sign=0,
            word="quote",
        ),
    }
)
"""(Adapter, object) -> profile of a document that is computed as an invoice and is none."""


@dataclass(frozen=True, slots=True)
class Named:
    """A rounding profile by name: what is otherwise than in the adapter's own; None: nothing."""

    meaning: str
    adapter: str = ""
    """For this adapter alone; "": for every ledger."""
    tax_by: TaxBy | None = None
    rounding: Rounding | None = None
    price_places: int | None = None
    options: Mapping[str, int] = field(default_factory=dict)
    """What the connection's own options must say, so that the adapter asks the ledger for just this."""


ROUNDINGS: Mapping[str, Named] = MappingProxyType(
    {
        "xero": Named("Xero's own: tax by line, half up to two places, unit prices to four", "xero"),
        "xero_price_2": Named(
            "as xero, unit prices to two places (without `unitdp=4`)",
            "xero",
            price_places=2,
            options={"price_decimals": 2},
        ),
        "per_document": Named("tax of all lines of one rate together, rounded once", tax_by=TaxBy.DOCUMENT),
        "half_even": Named("by line; 5 goes to the even neighbour (bankers' rounding)", rounding=Rounding.HALF_EVEN),
        "per_document_half_even": Named(
            "tax of all lines of one rate together, rounded once, 5 to the even neighbour",
            tax_by=TaxBy.DOCUMENT,
            rounding=Rounding.HALF_EVEN,
        ),
    }
)
"""Name, as a connection's `rounding` has it -> profile."""


@cache
def profile_of(adapter: str, rounding: str = "", object_: str = "") -> Profile | None:
    """Give the profile of an adapter's documents under a named rounding; None for an adapter that is no ledger.

    `object_`: the kind of document; any that has no profile of its own is taken for an invoice.
    """
    own = PAPERS.get((adapter, object_)) or PROFILES.get(adapter)
    named = ROUNDINGS.get(rounding)
    if own is None or named is None:
        return own
    return replace(
        own,
        tax_by=named.tax_by or own.tax_by,
        rounding=named.rounding or own.rounding,
        price_places=own.price_places if named.price_places is None else named.price_places,
    )


def unfit_option(adapter: str, rounding: str, options: Mapping[str, object]) -> tuple[str, int | None] | None:
    """Name an option of the connection that contradicts its rounding, and what it must be (None: not given)."""
    mine = ROUNDINGS[rounding].options if rounding in ROUNDINGS else {}
    for name, wanted in mine.items():
        if options.get(name) != wanted:
            return name, wanted
    others = [one for one in ROUNDINGS.values() if one.adapter == adapter]
    for name, value in ((name, value) for one in others for name, value in one.options.items() if name not in mine):
        if options.get(name) == value:
            return name, None
    return None


def roundings_of(adapter: str) -> list[str]:
    """Name the rounding profiles that a connection of this adapter can choose; none for what is no ledger."""
    return [name for name, one in ROUNDINGS.items() if one.adapter in {"", adapter}] if adapter in PROFILES else []
