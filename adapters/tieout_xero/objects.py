"""The objects: where each is found in the API, and what may be asked of it.

Twin protection, from the facts: a contact's number and an item's code are unique, so a repeated PUT is refused (2.1,
2.5). Invoices, payments, credit notes and quotes have no unique field of ours, so the key stands in `Url` (invoices) or
`Reference` (the others) and is looked up.

`sees_own` is true, though nothing says how soon a listing shows a write: `find_created` answers NotApplied only when
the time of sending is past by the overlap that all incremental reads rest on; until then it stays in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tieout.adapter import Deletions, Field, ObjectType, Twins, Verb
from tieout.errors import UnknownObject
from tieout.toolkit import nearest
from tieout_xero.contact_fields import contact_fields
from tieout_xero.credit_fields import credit_note_fields, overpayment_fields, prepayment_fields
from tieout_xero.document_fields import invoice_fields, payment_fields
from tieout_xero.quote_fields import quote_fields
from tieout_xero.table_fields import (
    account_fields,
    currency_fields,
    item_fields,
    organisation_fields,
    tax_rate_fields,
)

BATCH = 50
"""Elements a request that Xero recommends (facts (c), batches)."""
IDS = 40
"""Ids in one `IDs` filter (facts (c), filters)."""
WHOLE_TABLE = 1000
"""An unpaged object is read whole, so that any number of ids costs one call; the engine cuts at this."""
UNCOUNTED_PAGE = 100
"""Rows of a page whose size cannot be chosen (specification, Quotes)."""
HORIZON = timedelta(minutes=15)
"""So long a request without an answer may still take effect: the client goes on trying for five minutes, and ten are
taken for the last attempt, of which nothing is known. It is longer than `REPLAY`: no run sends a lost create again."""
REPLAY = timedelta(minutes=5)
"""Xero honours an idempotency key for six minutes from the first call (facts 0.4); one is kept in reserve."""
DOCUMENT_VERBS = {
    Verb.CREATE: BATCH,
    Verb.UPDATE: BATCH,
    Verb.DELETE: BATCH,
    Verb.VOID: BATCH,
    Verb.NOTE: 1,
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One object's place in the API. `fields` takes the organisation's base currency."""

    name: str
    plural: str
    id: str
    label: str
    fields: Callable[[str], Mapping[str, Field]]
    path: str = ""
    paged: bool = False
    counted: bool = True
    """A page tells how many records there are, and its size can be chosen (facts (c) Paging names which)."""
    by_ids: bool = False
    """The listing takes an `IDs` filter."""
    by_id: bool = False
    """One record can be read at PATH/ID."""
    dated: bool = False
    """Each record has a `Date` by which the listing can be narrowed, however long it is."""
    reads: Mapping[str, str] = field(default_factory=dict)
    """Parameters of every listing."""
    writes: Mapping[str, str] = field(default_factory=dict)
    """Parameters of every write."""
    marker: str | None = None
    verbs: Mapping[Verb, int] = field(default_factory=dict)
    deletions: Deletions = Deletions.ABSENCE
    twins: Twins = Twins.POSSIBLE
    children: Mapping[str, str | None] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    partial: bool = True
    carried: tuple[str, ...] = ()
    """What an update must name, or would clear by leaving it out: read before each, and sent as it stands."""

    @property
    def url(self) -> str:
        """The path of the listing."""
        return f"/api.xro/2.0/{self.path or self.plural}"

    def described(self, base_currency: str, page: int) -> ObjectType:
        """Put it into the engine's terms; `page`: rows of a page."""
        return ObjectType(
            name=self.name,
            label=self.label,
            fields=self.fields(base_currency),
            verbs=self.verbs,
            children=self.children,
            whole=self.whole,
            deletions=self.deletions,
            twins=self.twins,
            marker=self.marker,
            partial=self.partial,
            incremental=self.paged,
            horizon=HORIZON,
            replay=REPLAY if self.verbs else None,
            sees_own=self.twins is not Twins.POSSIBLE,
            fetch=IDS if self.by_ids else 1 if self.paged else WHOLE_TABLE,
            page=WHOLE_TABLE if not self.paged else page if self.counted else UNCOUNTED_PAGE,
        )


FOUR_DECIMALS = {"unitdp": "4"}
PRICES = ("UnitAmount", "UnitPrice")


def with_coarse_prices(type_: ObjectType) -> ObjectType:
    """Give an object as a connection sees it that does not ask for four decimals: its unit prices keep two."""
    fields = {
        path: replace(one, scale=2) if path.rpartition(".")[2] in PRICES else one for path, one in type_.fields.items()
    }
    return replace(type_, fields=fields)


PER_ELEMENT = {"summarizeErrors": "false"}

CONTACT = Endpoint(
    "Contact",
    "Contacts",
    "ContactID",
    "Contact",
    contact_fields,
    paged=True,
    by_ids=True,
    by_id=True,
    reads={"includeArchived": "true"},
    writes=PER_ELEMENT,
    marker="ContactNumber",
    verbs={Verb.CREATE: BATCH, Verb.UPDATE: BATCH, Verb.ARCHIVE: BATCH, Verb.NOTE: 1},
    deletions=Deletions.REPORTED,
    twins=Twins.REFUSED,
    children={"ContactPersons": None},
    # One phone or address sent alone may wipe the others (facts (g) 12), so that the lists are sent whole.
    whole=frozenset({"Phones", "Addresses"}),
)
INVOICE = Endpoint(
    "Invoice",
    "Invoices",
    "InvoiceID",
    "Invoice or bill",
    lambda _: invoice_fields(),
    paged=True,
    by_ids=True,
    by_id=True,
    dated=True,
    reads={"includeArchived": "true", **FOUR_DECIMALS},
    writes={**PER_ELEMENT, **FOUR_DECIMALS},
    marker="Url",
    verbs=DOCUMENT_VERBS | {Verb.CREDIT: BATCH},
    deletions=Deletions.REPORTED,
    twins=Twins.FOUND,
    children={
        "LineItems": "LineItemID",
        "Payments": "PaymentID",
        "CreditNotes": "CreditNoteID",
        "Overpayments": "OverpaymentID",
        "Prepayments": "PrepaymentID",
    },
)
CREDIT_NOTE = Endpoint(
    "CreditNote",
    "CreditNotes",
    "CreditNoteID",
    "Credit note",
    lambda _: credit_note_fields(),
    paged=True,
    by_id=True,
    reads=FOUR_DECIMALS,
    writes={**PER_ELEMENT, **FOUR_DECIMALS},
    marker="Reference",
    verbs=DOCUMENT_VERBS,
    deletions=Deletions.REPORTED,
    twins=Twins.FOUND,
    children={"LineItems": "LineItemID", "Allocations": "AllocationID", "Payments": "PaymentID"},
)
QUOTE = Endpoint(
    "Quote",
    "Quotes",
    "QuoteID",
    "Quote",
    lambda _: quote_fields(),
    paged=True,
    counted=False,
    by_id=True,
    writes=PER_ELEMENT,
    marker="Reference",
    verbs={Verb.CREATE: BATCH, Verb.UPDATE: BATCH, Verb.DELETE: BATCH, Verb.NOTE: 1},
    # Nothing says that a listing shows a deleted quote; a reading by id does.
    deletions=Deletions.ABSENCE,
    twins=Twins.FOUND,
    children={"LineItems": "LineItemID"},
    carried=("Contact", "Date", "ExpiryDate", "Title", "Summary", "Terms", "Reference", "LineAmountTypes"),
)
PAYMENT = Endpoint(
    "Payment",
    "Payments",
    "PaymentID",
    "Payment of an invoice",
    lambda _: payment_fields(),
    paged=True,
    by_id=True,
    writes=PER_ELEMENT,
    marker="Reference",
    verbs={Verb.CREATE: BATCH, Verb.DELETE: 1, Verb.NOTE: 1},
    deletions=Deletions.REPORTED,
    twins=Twins.FOUND,
)
OVERPAYMENT = Endpoint(
    "Overpayment",
    "Overpayments",
    "OverpaymentID",
    "Overpayment",
    lambda _: overpayment_fields(),
    paged=True,
    by_id=True,
    reads=FOUR_DECIMALS,
    deletions=Deletions.REPORTED,
    children={"Allocations": "AllocationID", "Payments": "PaymentID"},
)
PREPAYMENT = Endpoint(
    "Prepayment",
    "Prepayments",
    "PrepaymentID",
    "Prepayment",
    lambda _: prepayment_fields(),
    paged=True,
    by_id=True,
    reads=FOUR_DECIMALS,
    deletions=Deletions.REPORTED,
    children={"Allocations": "AllocationID", "Payments": "PaymentID"},
)
ITEM = Endpoint(
    "Item",
    "Items",
    "ItemID",
    "Product or service",
    item_fields,
    by_id=True,
    reads=FOUR_DECIMALS,
    writes={**PER_ELEMENT, **FOUR_DECIMALS},
    verbs={Verb.CREATE: BATCH, Verb.UPDATE: BATCH, Verb.DELETE: 1, Verb.NOTE: 1},
    twins=Twins.REFUSED,
    # `Code` is required in every write, and nothing says that what an update leaves out stays as it was.
    partial=False,
)
ACCOUNT = Endpoint("Account", "Accounts", "AccountID", "Account", lambda _: account_fields(), by_id=True)
TAX_RATE = Endpoint("TaxRate", "TaxRates", "TaxType", "Tax rate", lambda _: tax_rate_fields())
CURRENCY = Endpoint("Currency", "Currencies", "Code", "Currency", lambda _: currency_fields())
ORGANISATION = Endpoint(
    "Organisation",
    "Organisations",
    "OrganisationID",
    "Organisation",
    lambda _: organisation_fields(),
    path="Organisation",
    deletions=Deletions.NEVER,
)

DOCUMENTS = (INVOICE, CREDIT_NOTE, QUOTE, PAYMENT, OVERPAYMENT, PREPAYMENT)
TABLES = (ITEM, ACCOUNT, TAX_RATE, CURRENCY, ORGANISATION)
ENDPOINTS = {one.name: one for one in (CONTACT, *DOCUMENTS, *TABLES)}


def endpoint(name: str) -> Endpoint:
    """Find an object by name; raises UnknownObject with the nearest names."""
    if name not in ENDPOINTS:
        raise UnknownObject(name, nearest(name, ENDPOINTS))
    return ENDPOINTS[name]
