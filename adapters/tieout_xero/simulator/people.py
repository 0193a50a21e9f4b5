"""What people and the system itself do to the books, past the API: the acts behind the controls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tieout_xero.simulator.codec import Row, read_date
from tieout_xero.simulator.problems import Invalid, Malformed, Missing
from tieout_xero.simulator.resource import Resource, Write, number, text
from tieout_xero.simulator.tables import Table
from tieout_xero.simulator.tenants import Tenant
from tieout_xero.simulator.totals import rounded

BY_HAND = Write(create_only=False, places=4)


def resource_of(tenant: Tenant, order: Row) -> Resource:
    """Give the object that an order names."""
    name = text(order, "object") or ""
    if name not in tenant.by_name:
        raise Malformed(f"object must be one of {', '.join(tenant.by_name)}")
    return tenant.by_name[name]


def row_of(resource: Resource, reference: object) -> Row:
    """Give the row that an order names by id, number or code."""
    row = resource.find(reference) if isinstance(reference, str) else None
    if row is None:
        raise Missing(f"no {resource.name} {reference}")
    return row


def edit(tenant: Tenant, order: Row) -> Row:
    """Create or change a record as a person does; contacts may be archived or brought back (facts 2.1: UI only)."""
    resource, fields = resource_of(tenant, order), order.get("fields") or {}
    if not isinstance(fields, dict):
        raise Malformed("fields must be an object")
    books = tenant.books
    mark, ignored = books.journal.mark(), books.switches.ignored
    books.acting, books.switches.ignored = "user", set()
    try:
        if order.get("id"):
            row = row_of(resource, order["id"])
            if resource.name == "Contact" and row["ContactStatus"] != "ACTIVE":
                tenant.contacts.table.put({**row, "ContactStatus": "ACTIVE"})
                fields = {"ContactStatus": row["ContactStatus"], **fields}
            saved = resource.save({**_shown(tenant, row), **fields, resource.key: row[resource.key]}, BY_HAND)
        else:
            saved = resource.save(fields, Write(create_only=True, places=4))
    except (Invalid, Malformed, Missing):
        books.journal.roll_back(mark)
        raise
    finally:
        books.acting, books.switches.ignored = "app", ignored
    books.journal.forget()
    return saved.row


def _shown(tenant: Tenant, row: Row) -> Row:
    """What the page of a quote sends along: an update clears what it leaves out."""
    if "QuoteID" not in row:
        return {}
    kept = {name: row[name] for name in ("Reference", "Terms", "Title", "Summary", "LineAmountTypes")}
    days = {name: f"{row[name]:%Y-%m-%d}" for name in ("Date", "ExpiryDate") if row[name]}
    return {**kept, **days, "Contact": {"ContactID": tenant.books.contacts.rows[row["Contact"]]["ContactID"]}}


def restamp(resource: Resource, row: Row, stamp: datetime) -> None:
    """Give a row another UpdatedDateUTC."""
    resource.table.put({**resource.table.rows[row[resource.key]], "UpdatedDateUTC": stamp})
    resource.books.journal.forget()


def merge(tenant: Tenant, winner: str, loser: str) -> None:
    """Merge contacts: the loser is archived and points to the winner, documents move (facts 2.1 Merge)."""
    kept, gone = row_of(tenant.contacts, winner), row_of(tenant.contacts, loser)
    if kept["ContactID"] == gone["ContactID"]:
        raise Invalid("A contact cannot be merged into itself.")
    books, now = tenant.books, tenant.books.now()
    for table in _with_contact(tenant):
        for document in table.find("contact", gone["ContactID"]):
            table.put({**document, "Contact": kept["ContactID"], "UpdatedDateUTC": now})
    roles = {role: kept[role] or gone[role] for role in ("IsCustomer", "IsSupplier")}
    books.contacts.put({**kept, **roles, "UpdatedDateUTC": now})
    archived = {"ContactStatus": "ARCHIVED", "MergedToContactID": kept["ContactID"], "UpdatedDateUTC": now}
    books.contacts.put({**gone, **archived})
    books.journal.forget()


def _with_contact(tenant: Tenant) -> Sequence[Table]:
    books = tenant.books
    return (books.invoices, books.credit_notes, books.overpayments, books.prepayments, books.quotes)


def delete(tenant: Tenant, order: Row) -> None:
    """Delete an item for good, void or delete a document, delete a payment; a contact only without documents."""
    resource = resource_of(tenant, order)
    row = row_of(resource, order.get("id"))
    match resource.name:
        case "Invoice" | "CreditNote":
            status = "VOIDED" if row["Status"] == "AUTHORISED" else "DELETED"
            edit(tenant, {"object": resource.name, "id": row[resource.key], "fields": {"Status": status}})
        case "Quote":
            edit(tenant, {"object": "Quote", "id": row["QuoteID"], "fields": {"Status": "DELETED"}})
        case "Allocation":
            tenant.allocations.remove(row)
            tenant.books.journal.forget()
        case "Payment":
            edit(tenant, {"object": "Payment", "id": row["PaymentID"], "fields": {"Status": "DELETED"}})
        case "Contact" if any(table.holds("contact", row["ContactID"]) for table in _with_contact(tenant)):
            raise Invalid("A contact with documents can only be archived or merged.")
        case _:
            resource.table.remove(row[resource.key])
            tenant.books.journal.forget()


def pay(tenant: Tenant, order: Row) -> Row:
    """Record a payment at the bank: `amount` (text or number; left out: all that is due), `date`, `account`."""
    invoice = row_of(tenant.invoices, order.get("invoice"))
    fields = {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": order.get("account") or "090"},
        "Amount": order.get("amount") or invoice["AmountDue"],
        "Date": order.get("date") or f"{tenant.books.today():%Y-%m-%d}",
        "Reference": order.get("reference") or "",
    }
    return edit(tenant, {"object": "Payment", "fields": fields})


def prepay(tenant: Tenant, order: Row) -> Row:
    """Receive an over- or prepayment at the bank: `kind`, `contact`, `amount`, `date`, `currency`."""
    kinds = {one.name: one for one in (tenant.overpayments, tenant.prepayments)}
    kind, contact = kinds.get(text(order, "kind") or ""), row_of(tenant.contacts, order.get("contact"))
    if kind is None:
        raise Malformed(f"kind must be one of {', '.join(kinds)}")
    amount, currency = number(order, "amount"), text(order, "currency") or tenant.books.profile.base_currency
    if amount is None or amount <= 0:
        raise Malformed("amount must be greater than zero")
    day = read_date(order["date"], "date") if order.get("date") else tenant.books.today()
    row = kind.receive(contact, rounded(amount), day, currency)
    tenant.books.journal.forget()
    return row


def approve(tenant: Tenant, order: Row) -> Row:
    """Approve an invoice or a credit note; an invoice's missing due date becomes its own, as a person would enter."""
    if "credit_note" in order:
        note = row_of(tenant.credit_notes, order["credit_note"])
        return edit(tenant, {"object": "CreditNote", "id": note["CreditNoteID"], "fields": {"Status": "AUTHORISED"}})
    invoice = row_of(tenant.invoices, order.get("invoice"))
    fields: Row = {"Status": "AUTHORISED"}
    if invoice["DueDate"] is None:
        fields["DueDate"] = f"{invoice['Date']:%Y-%m-%d}"
    return edit(tenant, {"object": "Invoice", "id": invoice["InvoiceID"], "fields": fields})
