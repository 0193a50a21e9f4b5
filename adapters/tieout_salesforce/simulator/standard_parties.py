"""Accounts and contacts, after the recorded describes of a real org (fact sheet, section 2.4)."""

from __future__ import annotations

from collections.abc import Iterator

from tieout_salesforce.simulator.schema import (
    Child,
    Field,
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

_ACCURACY = "Address|NearAddress|Block|Street|ExtendedZip|Zip|Neighborhood|City|County|State|Unknown"
_TYPES = (
    "Prospect|Customer - Direct|Customer - Channel|Channel Partner / Reseller|Installation Partner|"
    "Technology Partner|Other"
)
_INDUSTRIES = (
    "Agriculture|Apparel|Banking|Biotechnology|Chemicals|Communications|Construction|Consulting|Education|Electronics|"
    "Energy|Engineering|Entertainment|Environmental|Finance|Food & Beverage|Government|Healthcare|Hospitality|"
    "Insurance|Machinery|Manufacturing|Media|Not For Profit|Recreation|Retail|Shipping|Technology|Telecommunications|"
    "Transportation|Utilities|Other"
)
SOURCES = "Web|Phone Inquiry|Partner Referral|Purchased List|Other"


def _address(kind: str) -> Iterator[Field]:
    """Give an address: parts that are written, and a compound that is only read (section 2.4)."""
    whole_address = f"{kind}Address"
    yield area(f"{kind}Street", compound=whole_address)
    yield text(f"{kind}City", 40, compound=whole_address)
    yield text(f"{kind}State", 80, compound=whole_address)
    yield text(f"{kind}PostalCode", 20, compound=whole_address)
    yield text(f"{kind}Country", 80, compound=whole_address)
    yield number(f"{kind}Latitude", 18, 15, compound=whole_address)
    yield number(f"{kind}Longitude", 18, 15, compound=whole_address)
    yield choice(f"{kind}GeocodeAccuracy", _ACCURACY, 40, restricted=True, compound=whole_address)
    yield read_only(simple(whole_address, "address", sortable=False))


def _common(owner: str) -> list[Field]:
    return [
        reference("OwnerId", "User", nillable=False, defaulted=True, label=owner),
        read_only(simple("LastActivityDate", "date")),
        read_only(simple("LastViewedDate", "datetime")),
        read_only(simple("LastReferencedDate", "datetime")),
    ]


ACCOUNT = Object(
    "Account",
    "001",
    "Accounts",
    keyed(
        *system_fields(),
        read_only(reference("MasterRecordId", "Account")),
        text(
            "Name",
            255,
            label="Account Name",
            nillable=False,
            name_field=True,
            compound="Name",
            extra="switchablepersonname",
        ),
        choice("Type", _TYPES, 40, label="Account Type"),
        reference("ParentId", "Account"),
        *_address("Billing"),
        *_address("Shipping"),
        simple("Phone", "phone", 40),
        simple("Fax", "phone", 40),
        text("AccountNumber", 40),
        simple("Website", "url", 255),
        choice("Industry", _INDUSTRIES, 40),
        money("AnnualRevenue", 18, 0),
        whole("NumberOfEmployees"),
        choice("Ownership", "Public|Private|Subsidiary|Other", 40),
        area("Description", 32000),
        choice("Rating", "Hot|Warm|Cold", 40),
        text("Site", 80),
        choice("AccountSource", SOURCES, 40),
        *_common("Owner ID"),
    ),
    children=(
        Child("ChildAccounts", "Account", "ParentId"),
        Child("Contacts", "Contact", "AccountId", cascade=True),
        Child("Opportunities", "Opportunity", "AccountId", cascade=True),
    ),
    mergeable=True,
    has_currency=True,
)

CONTACT = Object(
    "Contact",
    "003",
    "Contacts",
    keyed(
        *system_fields(),
        read_only(reference("MasterRecordId", "Contact")),
        reference("AccountId", "Account"),
        text("LastName", 80, nillable=False, extra="personname", compound="Name"),
        text("FirstName", 40, extra="personname", compound="Name"),
        choice("Salutation", "Mr.|Ms.|Mrs.|Dr.|Prof.", 40, extra="personname", compound="Name"),
        read_only(text("Name", 121, label="Full Name", nillable=False, name_field=True, extra="personname")),
        *_address("Mailing"),
        *_address("Other"),
        simple("Phone", "phone", 40),
        simple("Fax", "phone", 40),
        simple("MobilePhone", "phone", 40),
        simple("HomePhone", "phone", 40),
        simple("OtherPhone", "phone", 40),
        simple("AssistantPhone", "phone", 40),
        reference("ReportsToId", "Contact"),
        simple("Email", "email", 80),
        text("Title", 128),
        text("Department", 80),
        text("AssistantName", 40),
        choice("LeadSource", SOURCES, 255),
        simple("Birthdate", "date"),
        area("Description", 32000),
        read_only(flag("IsEmailBounced")),
        *_common("Owner ID"),
    ),
    children=(Child("Contacts", "Contact", "ReportsToId"),),
    mergeable=True,
    has_currency=True,
)
