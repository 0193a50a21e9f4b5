"""Opportunities, their lines and their stages (fact sheet, sections 2.4 and 2.13)."""

from __future__ import annotations

from dataclasses import dataclass

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
from tieout_salesforce.simulator.standard_parties import SOURCES

_DEAL_TYPES = "Existing Customer - Upgrade|Existing Customer - Replacement|Existing Customer - Downgrade|New Customer"
_FORECASTS = "Omitted|Pipeline|BestCase|MostLikely|Forecast|Closed"
_FORECAST_NAMES = "Omitted|Pipeline|Best Case|Commit|Closed"


@dataclass(frozen=True, slots=True)
class Stage:
    """One sales stage: several may be won or closed, so a reader must go by the flags (section 2.13)."""

    name: str
    probability: int
    forecast: str
    closed: bool = False
    won: bool = False


STAGES = (
    Stage("Prospecting", 10, "Pipeline"),
    Stage("Qualification", 10, "Pipeline"),
    Stage("Needs Analysis", 20, "Pipeline"),
    Stage("Value Proposition", 50, "Pipeline"),
    Stage("Id. Decision Makers", 60, "Pipeline"),
    Stage("Perception Analysis", 70, "Pipeline"),
    Stage("Proposal/Price Quote", 75, "Pipeline"),
    Stage("Negotiation/Review", 90, "Pipeline"),
    Stage("Closed Won", 100, "Closed", closed=True, won=True),
    Stage("Closed Lost", 0, "Omitted", closed=True),
)
FORECAST_OF_NAME = {
    "Omitted": "Omitted",
    "Pipeline": "Pipeline",
    "Best Case": "BestCase",
    "Commit": "Forecast",
    "Closed": "Closed",
}

OPPORTUNITY = Object(
    "Opportunity",
    "006",
    "Opportunities",
    keyed(
        *system_fields(),
        reference("AccountId", "Account"),
        flag("IsPrivate", label="Private"),
        text("Name", 120, nillable=False, name_field=True),
        area("Description", 32000),
        choice("StageName", "|".join(stage.name for stage in STAGES), 255, label="Stage", nillable=False),
        money("Amount"),
        number("Probability", 3, 0, "percent", label="Probability (%)", defaulted=True),
        read_only(money("ExpectedRevenue", label="Expected Amount")),
        number("TotalOpportunityQuantity", label="Quantity"),
        simple("CloseDate", "date", nillable=False),
        choice("Type", _DEAL_TYPES, 255, label="Opportunity Type"),
        text("NextStep", 255),
        choice("LeadSource", SOURCES, 255),
        read_only(flag("IsClosed", label="Closed")),
        read_only(flag("IsWon", label="Won")),
        read_only(choice("ForecastCategory", _FORECASTS, 40, nillable=False, restricted=True)),
        choice(
            "ForecastCategoryName", _FORECAST_NAMES, 255, label="Forecast Category", restricted=True, defaulted=True
        ),
        read_only(flag("HasOpportunityLineItem", label="Has Line Item")),
        reference("Pricebook2Id", "Pricebook2", label="Price Book ID", defaulted=True),
        reference("OwnerId", "User", label="Owner ID", nillable=False, defaulted=True),
        read_only(simple("LastActivityDate", "date")),
        read_only(simple("LastStageChangeDate", "datetime")),
        read_only(whole("FiscalQuarter", 9, compound="Fiscal")),
        read_only(whole("FiscalYear", 9, compound="Fiscal")),
        read_only(text("Fiscal", 6)),
        read_only(simple("LastViewedDate", "datetime")),
        read_only(simple("LastReferencedDate", "datetime")),
    ),
    children=(
        Child("OpportunityLineItems", "OpportunityLineItem", "OpportunityId", cascade=True),
        Child("Quotes", "Quote", "OpportunityId", cascade=True),
    ),
    has_currency=True,
)

LINE = Object(
    "OpportunityLineItem",
    "00k",
    "Opportunity Products",
    keyed(
        *system_fields(),
        reference("OpportunityId", "Opportunity", nillable=False, updatable=False),
        reference("PricebookEntryId", "PricebookEntry", nillable=False, updatable=False),
        # Whether Product2Id may stand in for the entry is not confirmed (section 8, 10): read only.
        read_only(reference("Product2Id", "Product2", label="Product ID")),
        read_only(text("ProductCode", 255)),
        read_only(text("Name", 376, label="Opportunity Product Name", name_field=True, calculated=True)),
        number("Quantity", 12, 2, nillable=False),
        money("UnitPrice", label="Sales Price"),
        money("TotalPrice"),
        read_only(money("ListPrice")),
        number("Discount", 5, 2, "percent"),
        read_only(money("Subtotal")),
        simple("ServiceDate", "date", label="Date"),
        text("Description", 255, label="Line Description"),
        whole("SortOrder", 9),
    ),
    label="Opportunity Product",
    has_currency=True,
)

STAGE = Object(
    "OpportunityStage",
    "01J",
    "Opportunity Stages",
    keyed(
        *system_fields(deletable=False),
        read_only(text("MasterLabel", 255, label="Label", nillable=False, name_field=True)),
        read_only(text("ApiName", 255, label="API Name", nillable=False)),
        read_only(flag("IsActive")),
        read_only(whole("SortOrder", 9)),
        read_only(flag("IsClosed")),
        read_only(flag("IsWon")),
        read_only(choice("ForecastCategory", _FORECASTS, 40, restricted=True)),
        read_only(text("ForecastCategoryName", 255)),
        read_only(number("DefaultProbability", 3, 0, "percent")),
        read_only(text("Description", 255)),
    ),
    creatable=False,
    updatable=False,
    deletable=False,
    replicateable=False,
)
