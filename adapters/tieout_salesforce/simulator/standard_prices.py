"""Products, price books and price book entries (fact sheet, section 2.13)."""

from __future__ import annotations

from tieout_salesforce.simulator.schema import (
    Child,
    Object,
    area,
    choice,
    flag,
    keyed,
    money,
    read_only,
    reference,
    simple,
    system_fields,
    text,
)

PRODUCT = Object(
    "Product2",
    "01t",
    "Products",
    keyed(
        *system_fields(),
        text("Name", 255, label="Product Name", nillable=False, name_field=True),
        text("ProductCode", 255),
        area("Description", 4000),
        flag("IsActive", label="Active"),
        choice("Family", "None", 255, label="Product Family"),
        simple("DisplayUrl", "url", 1000),
        text("ExternalId", 255),
        choice("QuantityUnitOfMeasure", "Each", 255),
        text("StockKeepingUnit", 180, label="Product SKU"),
        read_only(flag("IsArchived")),
        read_only(simple("LastViewedDate", "datetime")),
        read_only(simple("LastReferencedDate", "datetime")),
    ),
    label="Product",
    children=(
        Child("PricebookEntries", "PricebookEntry", "Product2Id", cascade=True),
        Child("OpportunityLineItems", "OpportunityLineItem", "Product2Id", restrict=True),
        Child("QuoteLineItems", "QuoteLineItem", "Product2Id", restrict=True),
    ),
    has_currency=True,
)

PRICE_BOOK = Object(
    "Pricebook2",
    "01s",
    "Price Books",
    keyed(
        *system_fields(),
        text("Name", 255, label="Price Book Name", nillable=False, name_field=True),
        flag("IsActive", label="Active"),
        read_only(flag("IsStandard", label="Is Standard Price Book")),
        read_only(flag("IsArchived")),
        text("Description", 255),
    ),
    label="Price Book",
    children=(
        Child("PricebookEntries", "PricebookEntry", "Pricebook2Id", cascade=True),
        Child("Opportunities", "Opportunity", "Pricebook2Id", restrict=True),
    ),
)

ENTRY = Object(
    "PricebookEntry",
    "01u",
    "Price Book Entries",
    keyed(
        *system_fields(),
        read_only(text("Name", 255, label="Product Name", name_field=True, calculated=True)),
        reference("Pricebook2Id", "Pricebook2", label="Price Book ID", nillable=False, updatable=False),
        reference("Product2Id", "Product2", label="Product ID", nillable=False, updatable=False),
        money("UnitPrice", label="List Price", nillable=False),
        flag("IsActive", label="Active"),
        flag("UseStandardPrice"),
        read_only(text("ProductCode", 255, calculated=True)),
        read_only(flag("IsArchived")),
    ),
    label="Price Book Entry",
    children=(
        Child("OpportunityLineItems", "OpportunityLineItem", "PricebookEntryId", restrict=True),
        Child("QuoteLineItems", "QuoteLineItem", "PricebookEntryId", restrict=True),
    ),
    deletable=False,  # "can never be deleted, only IsActive=false" (section 2.13)
    has_currency=True,
)
