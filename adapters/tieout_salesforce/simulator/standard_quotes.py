"""Quotes and their lines (object reference: Quote, QuoteLineItem; the fact sheet has no record of them).

What a quote shares with an opportunity is taken from there: lines over price book entries, discounts in percent, sums
that nobody rounds. The address blocks, e-mail and synchronisation with the opportunity's own lines are left out.
"""

from __future__ import annotations

from tieout_salesforce.simulator.schema import (
    Child,
    Object,
    area,
    choice,
    flag,
    keyed,
    money,
    number,
    read_only,
    reference,
    simple,
    system_fields,
    text,
    whole,
)

_STATUSES = "Draft|Needs Review|In Review|Approved|Rejected|Presented|Accepted|Denied"

QUOTE = Object(
    "Quote",
    "0Q0",
    "Quotes",
    keyed(
        *system_fields(),
        reference("OwnerId", "User", label="Owner ID", nillable=False, defaulted=True),
        text("Name", 255, label="Quote Name", nillable=False, name_field=True),
        reference("OpportunityId", "Opportunity", nillable=False, updatable=False),
        read_only(reference("AccountId", "Account")),
        reference("ContactId", "Contact"),
        reference("Pricebook2Id", "Pricebook2", label="Price Book ID", defaulted=True),
        read_only(text("QuoteNumber", 30)),
        read_only(flag("IsSyncing", label="Syncing")),
        choice("Status", _STATUSES, 255),
        simple("ExpirationDate", "date"),
        area("Description", 32000),
        read_only(whole("LineItemCount", 9, label="Line Items")),
        read_only(money("Subtotal")),
        read_only(number("Discount", 5, 2, "percent", calculated=True)),
        read_only(money("TotalPrice")),
        money("Tax"),
        money("ShippingHandling"),
        read_only(money("GrandTotal", calculated=True)),
    ),
    children=(Child("QuoteLineItems", "QuoteLineItem", "QuoteId", cascade=True),),
    has_currency=True,
)

QUOTE_LINE = Object(
    "QuoteLineItem",
    "0QL",
    "Quote Line Items",
    keyed(
        *system_fields(),
        read_only(text("LineNumber", 255, name_field=True)),
        reference("QuoteId", "Quote", nillable=False, updatable=False),
        reference("PricebookEntryId", "PricebookEntry", nillable=False, updatable=False),
        read_only(reference("Product2Id", "Product2", label="Product ID")),
        number("Quantity", 12, 2, nillable=False),
        money("UnitPrice", label="Sales Price", nillable=False),
        number("Discount", 5, 2, "percent"),
        text("Description", 255, label="Line Item Description"),
        simple("ServiceDate", "date", label="Date"),
        whole("SortOrder", 9),
        read_only(money("ListPrice")),
        read_only(money("Subtotal")),
        read_only(money("TotalPrice")),
    ),
    label="Quote Line Item",
    has_currency=True,
)
