"""The accounting endpoints: from a path and a body to an answer (facts (b), (c))."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tieout_xero.simulator import people, settings
from tieout_xero.simulator.codec import Row, decode, encode, milliseconds
from tieout_xero.simulator.listing import Query, listed, sortable
from tieout_xero.simulator.problems import BadQuery, Invalid, Malformed, Missing
from tieout_xero.simulator.resource import Resource, View, Write, text
from tieout_xero.simulator.tenants import Reply, Tenant
from tieout_xero.simulator.where import folded, parse
from tieout_xero.simulator.writing import Refused, elements, validation_error, write

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
NOT_FOUND = b"The resource you're looking for cannot be found"
HISTORY_LENGTH = 2500
PLACES = {"4": 4}
CONTACTS = ("accounting.contacts",)
INVOICES = ("accounting.transactions", "accounting.invoices")
PAYMENTS = ("accounting.transactions", "accounting.payments")
SETTINGS = ("accounting.settings",)
SCOPES = {
    "contacts": CONTACTS,
    "invoices": INVOICES,
    "creditnotes": INVOICES,
    "quotes": INVOICES,
    "payments": PAYMENTS,
    "overpayments": PAYMENTS,
    "prepayments": PAYMENTS,
    "items": (*SETTINGS, *INVOICES),
    "accounts": SETTINGS,
    "taxrates": SETTINGS,
    "currencies": SETTINGS,
    "organisation": SETTINGS,
    "brandingthemes": SETTINGS,
}
"""First part of the path -> the scopes of which one is needed; `.read` is enough to read (facts (a) Scopes)."""
QUERIES = frozenset(
    {"where", "order", "ids", "page", "pagesize", "includearchived", "summaryonly", "searchterm", "invoicenumbers"}
    | {"contactids", "statuses", "createdbymyapp", "unitdp", "summarizeerrors", "allowbackorders"}
)
"""Query names that the specification knows, in lower case; objects that know fewer or others name theirs."""
DOCUMENTS = ("Invoice", "CreditNote", "Overpayment", "Prepayment", "Quote")
NOTED = (*DOCUMENTS, "Contact", "Payment", "Item")
"""Objects that have a history (specification)."""
ALLOCATING = ("CreditNote", "Overpayment", "Prepayment")


@dataclass(frozen=True, slots=True)
class Call:
    """One request after authorisation; query names in lower case."""

    method: str
    parts: tuple[str, ...]
    params: Mapping[str, str]
    body: bytes
    since: str | None

    @property
    def kind(self) -> str:
        """The method and path without ids: what counters go by."""
        names = [part if index % 2 == 0 else "{}" for index, part in enumerate(self.parts)]
        if self.parts[0].lower() == "organisation":
            names = list(self.parts)
        return f"{self.method} /{'/'.join(names)}"


def not_found() -> Reply:
    """Give the 404: HTML, never JSON (fact 8)."""
    return Reply(404, NOT_FOUND, HTML)


def failure(status: int, number: int, type: str, message: str) -> Reply:
    """Give an error body in Xero's form (facts: Status table)."""
    return Reply(status, encode({"ErrorNumber": number, "Type": type, "Message": message}), JSON)


def answer(tenant: Tenant, call: Call) -> Reply:
    """Carry out one call."""
    try:
        return _route(tenant, call)
    except Missing:
        return not_found()
    except Malformed as problem:
        return failure(400, 14, "PostDataInvalidException", str(problem))
    except BadQuery as problem:
        return failure(400, 16, "QueryParseException", str(problem))


def _refuse_unknown_queries(tenant: Tenant, call: Call) -> None:
    """A misspelt query is refused unless switched off, like a misspelt key (facts (e) defect 8)."""
    resource = tenant.resources.get(call.parts[0].lower())
    known = QUERIES if resource is None or resource.queries is None else resource.queries
    unknown = sorted(call.params.keys() - known)
    if unknown and tenant.books.switches.unknown_keys == "refuse":
        raise BadQuery(f"{', '.join(unknown)}: no such query (a strict simulator refuses what Xero ignores)")


def _route(tenant: Tenant, call: Call) -> Reply:
    _refuse_unknown_queries(tenant, call)
    head, rest = call.parts[0].lower(), call.parts[1:]
    if (plain := _PLAIN.get((call.method, head, *(part.lower() for part in rest)))) is not None:
        return plain(tenant, call)
    resource = tenant.resources.get(head)
    if resource is None:
        if head == "taxrates" and call.method == "GET" and len(rest) == 1 and rest[0] in tenant.books.tax_rates:
            return _ok(tenant, "TaxRates", [tenant.books.tax_rates[rest[0]]])
        raise Missing(head)
    if call.method != "GET" and not resource.written and len(rest) <= 1:
        raise Missing(head)
    match call.method, len(rest):
        case "GET", 0:
            return _list(tenant, resource, call)
        case "GET", 1:
            shown = resource.view(_found(resource, rest[0]), View.SINGLE, _places(call))
            return _ok(tenant, resource.plural, [shown])
        case "PUT" | "POST", 0:
            return _write(tenant, resource, call, elements(decode(call.body), resource.plural))
        case "POST", 1:
            return _update(tenant, resource, call)
        case "DELETE", 1 if head == "items":
            row = _found(resource, rest[0])
            tenant.items.delete(row)
            tenant.books.journal.forget()
            tenant.counters.removed(resource, row)
            return Reply(204, b"", None)
    return _beneath(tenant, resource, call)


def _beneath(tenant: Tenant, resource: Resource, call: Call) -> Reply:
    """What stands under one record: its history, its allocations, a sales invoice's page."""
    if len(call.parts) < 3:  # noqa: PLR2004  object, id, what
        raise Missing("/".join(call.parts))
    row, what = _found(resource, call.parts[1]), [part.lower() for part in call.parts[2:]]
    match call.method, what, resource.name:
        case "GET", ["history"], name if name in NOTED:
            return _ok(tenant, "HistoryRecords", tenant.books.history.get(row[resource.key], []))
        case "PUT", ["history"], name if name in NOTED:
            return _note(tenant, row[resource.key], call)
        case "PUT", ["allocations"], name if name in ALLOCATING:
            return _allocate(tenant, resource, row, call)
        case "DELETE", ["allocations", id], name if name in ALLOCATING:
            return _take_back(tenant, resource, row, id)
        case "GET", ["onlineinvoice"], "Invoice" if row["Type"] == "ACCREC" and row["Status"] != "DRAFT":
            return _ok(tenant, "OnlineInvoices", [{"OnlineInvoiceUrl": f"https://in.xero.com/{row['InvoiceID']}"}])
    raise Missing("/".join(call.parts))


def _allocate(tenant: Tenant, resource: Resource, row: Row, call: Call) -> Reply:
    """PUT /CreditNotes/{id}/Allocations: each element is applied from this credit (facts 2.4)."""
    credit = {resource.name: {resource.key: row[resource.key]}}
    sent = [{**element, **credit} for element in elements(decode(call.body), "Allocations")]
    return _write(tenant, tenant.allocations, call, sent)


def _take_back(tenant: Tenant, resource: Resource, row: Row, id: str) -> Reply:
    """DELETE /CreditNotes/{id}/Allocations/{id}: the answer is the allocation, without an envelope (specification)."""
    allocation = _found(tenant.allocations, id)
    if allocation["Credit"] != row[resource.key]:
        raise Missing(f"no allocation {id} of {row[resource.key]}")
    try:
        told = tenant.allocations.remove(allocation)
    except Invalid as problem:
        tenant.books.journal.roll_back(0)
        failed = Refused({"AllocationID": id}, problem.messages)
        return Reply(400, encode(validation_error(tenant.allocations, [failed])), JSON)
    tenant.books.journal.forget()
    tenant.counters.removed(tenant.allocations, allocation)
    return Reply(200, encode(told), JSON)


def _found(resource: Resource, reference: str) -> Row:
    row = resource.find(reference)
    if row is None:
        raise Missing(f"no {resource.name} {reference}")
    return row


def _places(call: Call) -> int:
    """Decimals of unit prices: 2, or 4 with unitdp=4 (facts 2.6)."""
    return PLACES.get(call.params.get("unitdp", ""), 2)


def _list(tenant: Tenant, resource: Resource, call: Call) -> Reply:
    listing = listed(resource, Query(call.params, call.since))
    places = _places(call)
    shown = [resource.view(row, listing.view, places) for row in listing.rows]
    reply = _ok(tenant, resource.plural, shown, listing.pagination)
    _spring(tenant, resource)
    return reply


def _spring(tenant: Tenant, resource: Resource) -> None:
    """Let edits happen that were armed to come between two pages."""
    for armed in [each for each in tenant.armed if each.name == resource.name]:
        armed.pages -= 1
        if armed.pages <= 0:
            tenant.armed.remove(armed)
            people.edit(tenant, armed.order)


def _write(tenant: Tenant, resource: Resource, call: Call, sent: Sequence[Row]) -> Reply:
    if resource.name == "Account" and len(sent) > 1:
        raise Malformed("One account per request.")  # facts 2.5
    each = call.params.get("summarizeerrors", "").lower() == "false"
    create_only = call.method == "PUT" or (resource.name == "Payment" and not any("PaymentID" in row for row in sent))
    done = write(resource, sent, Write(create_only, _places(call)), each=each)
    for saved in done.saved:
        tenant.counters.effect(resource, saved)
    for saved in done.contacts:
        tenant.counters.effect(tenant.contacts, saved)
    if done.body is None:
        return Reply(400, encode(done.error), JSON)
    return _ok(tenant, resource.plural, done.body)


def _update(tenant: Tenant, resource: Resource, call: Call) -> Reply:
    """POST /Contacts/{id}: an update of exactly that record."""
    row = _found(resource, call.parts[1])
    sent = elements(decode(call.body), resource.plural)
    if len(sent) != 1:
        raise Malformed(f"One {resource.name} per request under its id.")
    return _write(tenant, resource, call, [{**sent[0], resource.key: row[resource.key]}])


def _note(tenant: Tenant, id: str, call: Call) -> Reply:
    if tenant.books.switches.notes == "failing":
        return Reply(500, b"An error occurred", HTML)
    sent = elements(decode(call.body), "HistoryRecords")
    details = [text(record, "Details") or "" for record in sent]
    if not all(details) or any(len(detail) > HISTORY_LENGTH for detail in details):
        raise Malformed(f"Details of 1 to {HISTORY_LENGTH} characters are needed.")
    return _ok(tenant, "HistoryRecords", [tenant.books.note(id, "Note", detail) for detail in details])


def _ok(tenant: Tenant, name: str, shown: Sequence[Any], pagination: Row | None = None) -> Reply:
    """Wrap rows in the envelope; DateTimeUTC has no offset (facts (b) Envelope)."""
    books = tenant.books
    envelope: Row = {
        "Id": books.guid(),
        "Status": "OK",
        "ProviderName": "Tieout",
        "DateTimeUTC": f"/Date({milliseconds(books.now())})/",
    }
    if pagination is not None:
        envelope["pagination"] = pagination
    return Reply(200, encode({**envelope, name: shown}), JSON)


def _filtered(shown: Sequence[Row], call: Call) -> Sequence[Row]:
    """Apply `where` and `order` to short lists."""
    if where := call.params.get("where"):
        test, _ = parse(where, _plain_getter)
        shown = [row for row in shown if test(row)]
    if order := call.params.get("order"):
        name, _, direction = order.replace("+", " ").strip().partition(" ")
        get = _plain_getter((name,))
        down = direction.strip().upper() == "DESC"
        shown = sorted(shown, key=lambda row: sortable(folded(get(row))), reverse=down)
    return shown


def _plain_getter(path: tuple[str, ...]) -> Callable[[Row], object]:
    if len(path) != 1 or path[0] not in settings.SHORT_LISTS:
        raise BadQuery(f"No property or field '{'.'.join(path)}' exists")
    return lambda row: row.get(path[0])


def _tax_rates(tenant: Tenant, call: Call) -> Reply:
    return _ok(tenant, "TaxRates", _filtered(list(tenant.books.tax_rates.values()), call))


def _save_tax_rate(tenant: Tenant, call: Call) -> Reply:
    sent = elements(decode(call.body), "TaxRates")
    if len(sent) != 1:
        raise Malformed("One tax rate per request.")  # facts 2.5
    try:
        row = settings.save_tax_rate(tenant.books, sent[0], create_only=call.method == "PUT")
    except Invalid as problem:
        failed = {**sent[0], "ValidationErrors": [{"Message": message} for message in problem.messages]}
        body = validation_error(tenant.accounts, [Refused({}, problem.messages)])
        return Reply(400, encode({**body, "Elements": [failed]}), JSON)
    return _ok(tenant, "TaxRates", [row])


def _subscribe(tenant: Tenant, call: Call) -> Reply:
    sent = elements(decode(call.body), "Currencies")
    return _ok(tenant, "Currencies", [settings.subscribe(tenant.books, row) for row in sent])


_PLAIN: Mapping[tuple[str, ...], Callable[[Tenant, Call], Reply]] = {
    ("GET", "organisation"): lambda tenant, _: _ok(tenant, "Organisations", [settings.organisation(tenant.books)]),
    ("GET", "organisation", "actions"): lambda tenant, _: _ok(tenant, "Actions", settings.actions()),
    ("GET", "currencies"): lambda tenant, call: _ok(
        tenant, "Currencies", _filtered(settings.currencies(tenant.books), call)
    ),
    ("PUT", "currencies"): _subscribe,
    ("GET", "brandingthemes"): lambda tenant, _: _ok(tenant, "BrandingThemes", [tenant.books.theme]),
    ("GET", "taxrates"): _tax_rates,
    ("PUT", "taxrates"): _save_tax_rate,
    ("POST", "taxrates"): _save_tax_rate,
}
