"""What a describe does not allow: what Salesforce takes from nobody, and what only this login has no right to.

A describe is this login's view (fact sheet, section 0, 8): `createable: false` is said of both. They are told apart by

* what nobody writes: formulas and roll-ups (`calculated`), automatic numbers, and the fields that the recorded
  describes of an administrator show as read only;
* `permissionable`: field permissions can be given for the field. In the recorded describes each such field that is no
  formula can be written by an administrator, but for the ones in `_COMPUTED`; so one that cannot was made read only;
* the objects that every edition lets somebody write, and custom objects: a verb that one of these lacks is withheld.
  Of any other object it cannot be told, and it counts as what nobody can do.

Where this login may not create or update the object at all, its fields say no whatever they are: what is not known to
be read only counts as withheld then. Nothing is sent of such an object, and once the right is given the describe tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tieout.adapter import Verb

if TYPE_CHECKING:
    from tieout_salesforce.describe import Raw

FLAGS: Mapping[Verb, str] = {Verb.CREATE: "createable", Verb.UPDATE: "updateable", Verb.DELETE: "deletable"}
"""Verb -> its flag in a describe."""
_WRITABLE = {
    "Account", "Asset", "Campaign", "Case", "Contact", "Contract", "Event", "Lead", "Opportunity",
    "OpportunityLineItem", "Order", "OrderItem", "Pricebook2", "PricebookEntry", "Product2", "Quote", "QuoteLineItem",
    "Task",
}  # fmt: skip
EVERYWHERE = {"Account", "Contact", "Opportunity", "OpportunityLineItem", "Product2", "Pricebook2", "PricebookEntry"}
"""No setting takes these out of an org: a login that does not see one has no right to it."""
SEEING = "the login's permission set in Salesforce: Object Settings"
"""Where a person gives the right to see objects and fields."""
_KEPT = {"PricebookEntry"}
"""Nobody deletes these (section 2.13)."""
_SYSTEM = {
    "Id", "IsDeleted", "MasterRecordId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById",
    "SystemModstamp", "LastActivityDate", "LastViewedDate", "LastReferencedDate", "LastCURequestDate",
    "LastCUUpdateDate", "PersonLastCURequestDate", "PersonLastCUUpdateDate", "PhotoUrl", "JigsawCompanyId",
    "JigsawContactId", "IsEmailBounced", "IsPersonAccount", "PersonContactId", "ChannelProgramName",
    "ChannelProgramLevelName", "IsClosed", "IsWon", "ForecastCategory", "HasOpportunityLineItem", "LastStageChangeDate",
    "FiscalQuarter", "FiscalYear", "Fiscal", "HasOpenActivity", "HasOverdueTask", "LastAmountChangedHistoryId",
    "LastCloseDateChangedHistoryId",
}  # fmt: skip
"""Read only in the recorded describes of an administrator."""
_COMPUTED = {
    ("Contact", "Name"), ("Opportunity", "ExpectedRevenue"), ("Quote", "Subtotal"), ("Quote", "TotalPrice"),
    ("Quote", "GrandTotal"), ("Quote", "Discount"), ("Quote", "LineItemCount"),
}  # fmt: skip
_ON_CREATE = {
    ("Opportunity", "ContactId"), ("OpportunityLineItem", "OpportunityId"), ("OpportunityLineItem", "PricebookEntryId"),
    ("OpportunityLineItem", "Product2Id"), ("PricebookEntry", "Pricebook2Id"), ("PricebookEntry", "Product2Id"),
    ("Quote", "OpportunityId"), ("QuoteLineItem", "QuoteId"), ("QuoteLineItem", "PricebookEntryId"),
    ("QuoteLineItem", "Product2Id"),
}  # fmt: skip
"""Set when the record is made, and by nobody later."""


def of_object(raw: Raw) -> frozenset[Verb]:
    """Give the verbs that an object has and this login may not use."""
    name = str(raw["name"])
    if name not in _WRITABLE and not name.endswith("__c"):
        return frozenset()
    barred = {verb for verb, flag in FLAGS.items() if not raw[flag]}
    return frozenset(barred - {Verb.DELETE} if name in _KEPT else barred)


def of_field(raw: Raw, field: Raw) -> frozenset[Verb]:
    """Give whether a field could be set on create or update, if this login had the right."""
    name = (str(raw["name"]), str(field["name"]))
    if _never(field) or name in _COMPUTED:
        return frozenset()
    whole = of_object(raw)
    read_only = field.get("permissionable") is True and not field["createable"] and not field["updateable"]
    found = {
        verb
        for verb in (Verb.CREATE, Verb.UPDATE)
        if not field[FLAGS[verb]] and (verb in whole or (read_only and raw[FLAGS[verb]]))
    }
    return frozenset(found - {Verb.UPDATE} if name in _ON_CREATE else found)


def _never(field: Raw) -> bool:
    computed = field["calculated"] or field.get("autoNumber") is True or field.get("deprecatedAndHidden") is True
    return computed or field["type"] == "id" or field["name"] in _SYSTEM


def place(label: str) -> str:
    """Say where a person gives the rights to an object."""
    return f"give them to the login in its permission set in Salesforce: Object Settings, {label}"


def grant(raw: Raw) -> str:
    """Say where a person gives the rights to an object and its fields."""
    words = place(raw["label"])
    people = raw["name"] == "Account" and any(field["name"] == "IsPersonAccount" for field in raw["fields"])
    # Without a visible business record type the describe says createable=false, too (section 2.13).
    return f"{words}; with person accounts, a record type of businesses as well" if people else words
