"""One organisation's books: its profile, its tables and the rules that tests may switch."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tieout_xero.simulator.codec import Row
from tieout_xero.simulator.editions import COUNTRIES
from tieout_xero.simulator.rates import PER_POUND, Rates
from tieout_xero.simulator.seeding import seed
from tieout_xero.simulator.tables import Journal, Table

NIL = "00000000-0000-0000-0000-000000000000"
MILLISECOND = 1000
CURRENCIES = ("GBP", "EUR", "USD", "CAD", "BRL", "MXN", "ARS", "VES", "CHF", "DKK", "NOK", "SEK", "PLN")


@dataclass(frozen=True, slots=True)
class Profile:
    """What an organisation is: told once, when the simulator is made.

    `country` decides edition, tax rates and time zone (`editions.COUNTRIES`). `kind` is Xero's Class: DEMO means "not
    live".
    """

    name: str = "Harbour Supplies Ltd"
    base_currency: str = "GBP"
    country: str = "GB"
    currencies: tuple[str, ...] = CURRENCIES
    kind: str = "DEMO"

    def __post_init__(self) -> None:
        if self.country not in COUNTRIES:
            raise ValueError(f"country {self.country!r} has no chart here; choose one of {', '.join(COUNTRIES)}")
        if unknown := sorted({self.base_currency, *self.currencies} - PER_POUND.keys()):
            raise ValueError(f"no rate for {', '.join(unknown)}; choose of {', '.join(PER_POUND)}")

    @property
    def tenant_id(self) -> str:
        """The tenant's id, the same every time for the same name."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.name}.xero.invalid"))


CHOICES = {
    "names": ("normalise", "refuse"),
    "addresses": ("replace", "merge"),
    "countries": ("ascii", "any"),
    "unknown_keys": ("refuse", "ignore"),
    "number_reuse": ("refuse", "allow"),
    "modified_since": ("exclusive", "inclusive"),
    "page_past_end": ("empty", "missing"),
    "payment_bumps": ("yes", "no"),
    "big_queries": ("refuse", "allow"),
    "item_tax": ("pulled", "account"),
    "contact_tax": ("ignored", "last", "first"),
    "redated": ("keep", "renew"),
    "base_rate": ("refuse", "ignore"),
    "lock_day": ("locked", "open"),
    "quote_updates": ("replace", "merge"),
    "deleted_quotes": ("left_out", "listed"),
    "notes": ("taken", "failing"),
}
"""Each switch with its words, the default first."""


@dataclass(slots=True)
class Switches:
    """What the facts leave open or tests want otherwise; each default is the choice that is harder on a client."""

    names: str = "normalise"
    """Blanks in contact names (facts 2.1 Name): "normalise" trims and makes runs one, "refuse" is an error."""
    addresses: str = "replace"
    """An address sent without some of its keys: "replace" empties them, "merge" keeps them; [U]."""
    countries: str = "ascii"
    """Letters of an address's Country: "ascii" (facts 2.1, blanks allowed), or "any"."""
    unknown_keys: str = "refuse"
    """A key that the specification does not know: "refuse" (facts (e) defect 8), or "ignore" as Xero does."""
    number_reuse: str = "refuse"
    """InvoiceNumber of a DELETED or VOIDED invoice: "refuse" or "allow"; [U]."""
    modified_since: str = "exclusive"
    """If-Modified-Since at the very moment: "exclusive" or "inclusive"; [U]."""
    page_past_end: str = "empty"
    """A page behind the last one: "empty" (200), or "missing" (404); [U]."""
    payment_bumps: str = "yes"
    """A payment moves its invoice's UpdatedDateUTC: "yes" (observed), or "no"; [U]."""
    big_queries: str = "refuse"
    """More than `big` matching rows: "refuse" (facts (c) Paging), or "allow"."""
    item_tax: str = "pulled"
    """A line without a TaxType: "pulled", its item's comes before its account's (facts 2.3 ItemCode), or "account":
    developer.xero.com's FAQ on functionality says that an item gives description, account and price "but not tax"."""
    contact_tax: str = "ignored"
    """The contact's AccountsReceivableTaxType (or payable one) for lines without a TaxType: "ignored", for that FAQ
    names the account's as the only default, "last", where neither item nor account has one, or "first"; [U]."""
    redated: str = "keep"
    """The CurrencyRate of a foreign document whose Date changes, none being sent: "keep", or "renew" by the new date;
    facts 2.7 say only that one that is left out is the rate of the document's date; [U]."""
    base_rate: str = "refuse"
    """A CurrencyRate other than 1 on a document in base currency: "refuse", or "ignore"; [U]."""
    lock_day: str = "locked"
    """The lock date's own day: "locked", or "open" as the text says ("cannot be before"); [U]."""
    quote_updates: str = "replace"
    """Texts, expiry and tax basis that an update of a quote leaves out: "replace" clears them, "merge" keeps; [U]."""
    deleted_quotes: str = "left_out"
    """Quotes with the status DELETED in a listing without a status: "left_out", or "listed"; [U]."""
    notes: str = "taken"
    """Notes for the history of a record: "taken", or "failing", a 500 each time (facts (c) Status table)."""
    big: int = 100_000
    """Rows from which on queries are big; the limits order lowers it, so that a test need not make so many."""
    ignored: set[tuple[str, str]] = field(default_factory=set)
    """(object, field) pairs whose writes are silently dropped."""

    def turn(self, name: str, word: object) -> None:
        """Set one switch; raise `ValueError` naming the choices."""
        if name not in CHOICES:
            raise ValueError(f"no switch {name}; choose one of {', '.join(CHOICES)}")
        if word not in CHOICES[name]:
            raise ValueError(f"switch {name} takes one of {', '.join(CHOICES[name])}")
        setattr(self, name, word)

    def __post_init__(self) -> None:
        for name in CHOICES:
            self.turn(name, getattr(self, name))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # a machine without zone data: near enough for a stand-in
        return UTC


def _reference(row: Row) -> str | None:
    return row["Reference"] or None if row["Status"] != "DELETED" else None


class Books:
    """Tables and counters of one organisation. `clock` gives aware UTC."""

    def __init__(self, profile: Profile, clock: Callable[[], datetime], switches: Switches) -> None:
        self.profile, self.switches, self._clock = profile, switches, clock
        self.country = COUNTRIES[profile.country]
        self.zone = _zone(self.country.zone)
        self.rates = Rates(profile.base_currency)
        self.journal = Journal()
        self.random = random.Random(profile.tenant_id)  # noqa: S311  ids that a test can repeat, no secrets
        self.period_lock: date | None = None
        self.year_lock: date | None = None
        self.created = self.now()
        self.contacts = Table(
            "ContactID",
            self.journal,
            name=lambda row: row["Name"].casefold() if row["ContactStatus"] == "ACTIVE" else None,
            number=lambda row: row["ContactNumber"] or None,
            account=lambda row: row["AccountNumber"] or None if row["ContactStatus"] == "ACTIVE" else None,
            archived=lambda row: None if row["ContactStatus"] == "ACTIVE" else "",
        )
        self.invoices = Table(
            "InvoiceID",
            self.journal,
            number=lambda row: row["InvoiceNumber"] if row["Type"] == "ACCREC" else None,
            any_number=lambda row: row["InvoiceNumber"] or None,
            contact=lambda row: row["Contact"],
        )
        self.payments = Table(
            "PaymentID",
            self.journal,
            invoice=lambda row: row["Invoice"],
            credit=lambda row: row["Credit"],
            reference=_reference,
        )
        self.credit_notes = Table(
            "CreditNoteID",
            self.journal,
            number=lambda row: (row["CreditNoteNumber"] or None) if row["Type"] == "ACCRECCREDIT" else None,
            contact=lambda row: row["Contact"],
        )
        self.overpayments = Table("OverpaymentID", self.journal, contact=lambda row: row["Contact"])
        self.prepayments = Table("PrepaymentID", self.journal, contact=lambda row: row["Contact"])
        self.allocations = Table(
            "AllocationID", self.journal, invoice=lambda row: row["Invoice"], credit=lambda row: row["Credit"]
        )
        self.quotes = Table(
            "QuoteID", self.journal, number=lambda row: row["QuoteNumber"], contact=lambda row: row["Contact"]
        )
        self.items = Table("ItemID", self.journal, code=lambda row: row["Code"].casefold())
        self.accounts = Table("AccountID", self.journal, code=lambda row: row["Code"] or None)
        self.tax_rates: dict[str, Row] = {}
        self.currencies: dict[str, str] = {}
        self.history: dict[str, list[Row]] = {}
        self.last_numbers: dict[str, int] = {}
        self.acting = "app"  # or "user": who makes what is being made (createdByMyApp)
        self.theme: Row = {
            "BrandingThemeID": self.guid(),
            "Name": "Standard",
            "SortOrder": 0,
            "CreatedDateUTC": self.created,
        }
        seed(self)

    def become(self, profile: Profile) -> None:
        """Turn into another organisation under the same id; only with neither documents nor items."""
        if any(len(table) for table in (self.invoices, self.credit_notes, self.quotes, self.items)):
            raise ValueError("an organisation with documents or items cannot become another one")
        self.profile, self.country = profile, COUNTRIES[profile.country]
        self.zone = _zone(self.country.zone)
        self.rates = Rates(profile.base_currency)
        seed(self)

    def now(self) -> datetime:
        """The moment, to the millisecond, as stamps have it."""
        at = self._clock()
        return at.replace(microsecond=at.microsecond // MILLISECOND * MILLISECOND)

    def today(self) -> date:
        """The calendar day in the organisation's time zone (facts 2.3 defaults)."""
        return self.now().astimezone(self.zone).date()

    def guid(self) -> str:
        """A fresh id."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def account(self, code: str) -> Row | None:
        """Give the account with this code."""
        return next(iter(self.accounts.find("code", code)), None)

    def lock(self, day: date) -> str | None:
        """Say why a document of this day is locked, or None (facts: catalogue; the day itself is a switch)."""
        for name, until in (("period", self.period_lock), ("end of year", self.year_lock)):
            if until is not None and (day < until or (day == until and self.switches.lock_day == "locked")):
                shown = f"{until.day} {until:%B %Y}"
                return f"The document date cannot be before the {name} lock date, currently set at {shown}"
        return None

    def note(self, id: str, changes: str, details: str) -> Row:
        """Add to the history of a record (facts 2.5 History)."""
        at = self.now()
        record = {
            "Changes": changes,
            "DateUTCString": f"{at:%Y-%m-%dT%H:%M:%S}",
            "DateUTC": at,
            "User": "System Generated",
            "Details": details,
        }
        self.history.setdefault(id, []).append(record)
        return record
