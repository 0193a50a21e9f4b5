"""Two systems as the example files know them: what `describe` answers, without a system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tieout.errors import UnknownObject
from tieout.model import Field, Kind, ObjectType, Twins, Verb
from tieout.toolkit import nearest

ALL = {Verb.CREATE: 200, Verb.UPDATE: 200, Verb.DELETE: 200}


def text(path: str, length: int = 255, **more: object) -> Field:
    return replace(Field(path, Kind.TEXT, length=length), **more)  # type: ignore[arg-type]  # keywords of Field


def made(path: str, kind: Kind, **more: object) -> Field:
    return replace(Field(path, kind), **more)  # type: ignore[arg-type]  # as above


def read_only(*fields: Field) -> list[Field]:
    return [replace(field, creatable=False, updatable=False) for field in fields]


def of(name: str, fields: Iterable[Field], **more: object) -> ObjectType:
    plain = ObjectType(name, {field.path: field for field in fields}, verbs=ALL, twins=Twins.REFUSED)
    return replace(plain, **more)  # type: ignore[arg-type]  # as above


CODES = ("GBP", "EUR", "USD")

ACCOUNT = of(
    "Account",
    [
        *read_only(text("Id", 18), made("CreatedDate", Kind.INSTANT)),
        text("Name", required=True),
        made("Type", Kind.CHOICE, choices=("Customer - Direct", "Customer - Channel", "Prospect")),
        text("AccountNumber", 40),
        text("Phone", 40, personal=True),
        text("Fax", 40),
        text("BillingStreet"),
        text("BillingCity", 40),
        text("BillingState", 80),
        text("BillingPostalCode", 20),
        text("BillingCountry", 80),
        made("CurrencyIsoCode", Kind.CHOICE, choices=CODES),
        made("ParentId", Kind.REFERENCE, refers_to=("Account",)),
        made("Interests__c", Kind.CHOICES, choices=("Tea", "Coffee")),
        made("Credit_Limit__c", Kind.MONEY, currency="CurrencyIsoCode", scale=2),
        made("Loose_Amount__c", Kind.MONEY),
        made("Employees", Kind.NUMBER, scale=0),
        made("Active__c", Kind.BOOLEAN),
        text("Secret_Note__c", readable=False),
        text("Xero_Contact_ID__c", 36),
        text("Xero_Status__c", 40),
        text("Xero_Balance__c"),
        text("Xero_Link__c"),
        made("Xero_Synced_At__c", Kind.INSTANT),
        text("Tieout_Key__c", 50, unique=True),
        *read_only(
            made("Contacts", Kind.LIST),
            text("Contacts.Id", 18),
            text("Contacts.FirstName", 40),
            text("Contacts.LastName", 80),
            text("Contacts.Email", 80),
            made("Contacts.Gets_Invoices__c", Kind.BOOLEAN),
        ),
    ],
    marker="Tieout_Key__c",
    children={"Contacts": "Id"},
)

OPPORTUNITY = of(
    "Opportunity",
    [
        *read_only(text("Id", 18), made("CreatedDate", Kind.INSTANT), made("IsWon", Kind.BOOLEAN)),
        text("Name", 120, required=True),
        made("StageName", Kind.CHOICE, required=True),
        made("CloseDate", Kind.DATE, required=True),
        made("Amount", Kind.MONEY, currency="CurrencyIsoCode", scale=2),
        made("CurrencyIsoCode", Kind.CHOICE, choices=CODES),
        text("Description", 32000),
        made("AccountId", Kind.REFERENCE, refers_to=("Account",)),
        text("Order_Number__c", 60),
        text("Xero_Invoice_Number__c"),
        text("Xero_Link__c"),
        made("Xero_Total__c", Kind.MONEY, currency="CurrencyIsoCode", scale=2),
        made("Amount_Paid__c", Kind.MONEY, currency="CurrencyIsoCode", scale=2),
        made("Paid_On__c", Kind.DATE),
        text("Payment_Status__c", 40),
        text("Tieout_Key__c", 50, unique=True),
        *read_only(
            text("Account.Name"),
            made("Account.Payment_Days__c", Kind.NUMBER, scale=0),
            made("OpportunityLineItems", Kind.LIST),
            text("OpportunityLineItems.Id", 18),
            text("OpportunityLineItems.Name"),
            text("OpportunityLineItems.Description"),
            made("OpportunityLineItems.ServiceDate", Kind.DATE),
            made("OpportunityLineItems.Quantity", Kind.NUMBER, scale=2),
            made("OpportunityLineItems.UnitPrice", Kind.MONEY, currency="CurrencyIsoCode", scale=2),
            made("OpportunityLineItems.Discount", Kind.NUMBER, scale=2),
            made("OpportunityLineItems.Product2Id", Kind.REFERENCE, refers_to=("Product2",)),
            text("OpportunityLineItems.Product2.Name"),
            text("OpportunityLineItems.Product2.Family", 40),
            text("OpportunityLineItems.Product2.Tax_Class__c", 40),
        ),
    ],
    marker="Tieout_Key__c",
    children={"OpportunityLineItems": "Id"},
)

PRODUCT = of(
    "Product2",
    [
        *read_only(text("Id", 18)),
        text("Name", required=True),
        text("ProductCode"),
        text("Description", 4000),
        text("Family", 40),
        made("List_Price__c", Kind.MONEY, currency="USD", scale=2),
        made("IsActive", Kind.BOOLEAN),
        text("Tieout_Key__c", 50, unique=True),
    ],
    marker="Tieout_Key__c",
)

LEDGER = {Verb.CREATE: 50, Verb.UPDATE: 50, Verb.ARCHIVE: 50}

CONTACT = of(
    "Contact",
    [
        *read_only(
            text("ContactID", 36),
            made("ContactStatus", Kind.CHOICE, choices=("ACTIVE", "ARCHIVED")),
            made("IsCustomer", Kind.BOOLEAN),
            made("IsSupplier", Kind.BOOLEAN),
            made("Balances.AccountsReceivable.Outstanding", Kind.MONEY, currency="GBP", scale=2),
        ),
        text("Name", required=True, trims=True),
        text("AccountNumber", 50),
        text("ContactNumber", 50),
        text("TaxNumber", 50),
        text("FirstName"),
        text("LastName"),
        text("EmailAddress"),
        text("Website"),
        made("DefaultCurrency", Kind.CHOICE),
        made("Addresses.POBOX", Kind.GROUP),
        *(text(f"Addresses.POBOX.AddressLine{number}", 500) for number in (1, 2, 3, 4)),
        text("Addresses.POBOX.City"),
        text("Addresses.POBOX.Region"),
        text("Addresses.POBOX.PostalCode", 50),
        text("Addresses.POBOX.Country", 50),
        made("Phones.DEFAULT", Kind.GROUP),
        text("Phones.DEFAULT.PhoneNumber", 50),
        text("Phones.DEFAULT.PhoneCountryCode", 20),
        text("Phones.DEFAULT.PhoneAreaCode", 10),
        made("ContactPersons", Kind.LIST),
        text("ContactPersons.FirstName"),
        text("ContactPersons.LastName"),
        text("ContactPersons.EmailAddress"),
        made("ContactPersons.IncludeInEmails", Kind.BOOLEAN),
    ],
    marker="ContactNumber",
    verbs=LEDGER,
    twins=Twins.FOUND,
    children={"ContactPersons": None},
    whole=frozenset({"Addresses.POBOX", "Phones.DEFAULT"}),
)

INVOICE = of(
    "Invoice",
    [
        *read_only(
            text("InvoiceID", 36),
            made("SubTotal", Kind.MONEY, currency="CurrencyCode", scale=2),
            made("Total", Kind.MONEY, currency="CurrencyCode", scale=2),
            made("AmountPaid", Kind.MONEY, currency="CurrencyCode", scale=2),
            made("AmountDue", Kind.MONEY, currency="CurrencyCode", scale=2),
            made("FullyPaidOnDate", Kind.DATE),
            made("LineItems.LineAmount", Kind.MONEY, currency="CurrencyCode", scale=2),
        ),
        made("Type", Kind.CHOICE, choices=("ACCREC", "ACCPAY"), required=True, updatable=False),
        made("Status", Kind.CHOICE, choices=("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")),
        text("InvoiceNumber"),
        text("Reference"),
        text("Url", 500),
        made("Contact.ContactID", Kind.REFERENCE, refers_to=("Contact",), required=True),
        made("Contact.Name", Kind.TEXT, creatable=False, updatable=False),
        made("Date", Kind.DATE),
        made("DueDate", Kind.DATE),
        made("CurrencyCode", Kind.CHOICE),
        made("CurrencyRate", Kind.NUMBER, scale=6),
        made("LineAmountTypes", Kind.CHOICE, choices=("Exclusive", "Inclusive", "NoTax")),
        made("LineItems", Kind.LIST),
        text("LineItems.LineItemID", 36, creatable=False, updatable=False),
        text("LineItems.Description", 4000, required=True),
        made("LineItems.Quantity", Kind.NUMBER, scale=4),
        made("LineItems.UnitAmount", Kind.MONEY, currency="CurrencyCode", scale=4),
        made("LineItems.DiscountRate", Kind.NUMBER, scale=4),
        text("LineItems.AccountCode", 10),
        text("LineItems.TaxType", 50),
        text("LineItems.ItemCode", 30),
    ],
    marker="Url",
    verbs={Verb.CREATE: 50, Verb.UPDATE: 50, Verb.DELETE: 50, Verb.VOID: 50},
    twins=Twins.FOUND,
    children={"LineItems": "LineItemID"},
)

ITEM = of(
    "Item",
    [
        *read_only(text("ItemID", 36)),
        text("Code", 30, required=True),
        text("Name", 50),
        text("Description", 4000),
        made("IsSold", Kind.BOOLEAN),
        text("SalesDetails.AccountCode", 10),
        made("SalesDetails.UnitPrice", Kind.MONEY, currency="GBP", scale=4),
    ],
    marker=None,
    verbs=LEDGER,
)

CHART = of(
    "Account",
    [*read_only(text("AccountID", 36)), *(text(name, 50) for name in ("Code", "Name", "Type", "Class", "Status"))],
    marker=None,
    verbs={},
)

NOTE_PAD = of("Pad", [*read_only(text("Id")), text("Name", required=True), text("Body")], verbs={Verb.UPDATE: 1})
LOOSE = of("Loose", [*read_only(text("Id")), text("Name", required=True), text("Code", 10)], twins=Twins.POSSIBLE)

SYSTEMS: Mapping[str, Mapping[str, ObjectType]] = {
    "salesforce": {one.name: one for one in (ACCOUNT, OPPORTUNITY, PRODUCT, LOOSE)},
    "xero": {one.name: one for one in (CONTACT, INVOICE, ITEM, CHART, NOTE_PAD)},
}


def describe(connection: str, name: str) -> ObjectType:
    """Answer as the connection would."""
    known = SYSTEMS[connection]
    if name not in known:
        raise UnknownObject(name, nearest(name, known))
    return known[name]
