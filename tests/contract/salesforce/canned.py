"""A Salesforce of canned answers: implements the port's Http, so that single answers can be as odd as they like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog

from tieout.adapter import ObjectType, Tools, Value
from tieout_salesforce.describe import Around, Currency, object_type

NOON = "Sat, 21 Nov 2026 12:00:00 GMT"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_FIELD: Mapping[str, Any] = {
    "length": 0,
    "scale": 0,
    "referenceTo": [],
    "relationshipName": None,
    "createable": True,
    "updateable": True,
    "nillable": True,
    "defaultedOnCreate": False,
    "unique": False,
    "externalId": False,
    "calculated": False,
    "filterable": True,
    "restrictedPicklist": False,
    "picklistValues": [],
}
_SYSTEM: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("Id", "id", {"length": 18}),
    ("IsDeleted", "boolean", {}),
    ("LastModifiedDate", "datetime", {}),
    ("LastModifiedById", "reference", {"referenceTo": ["User"], "relationshipName": "LastModifiedBy"}),
    ("SystemModstamp", "datetime", {}),
)


def raw_field(name: str, type: str = "string", **more: Any) -> dict[str, Any]:
    return {**_FIELD, "name": name, "type": type, "label": name.replace("_", " "), **more}


def raw_object(name: str, *fields: dict[str, Any], children: Sequence[tuple[str, str, str]] = (), **more: Any) -> Any:
    system = [raw_field(n, t, createable=False, updateable=False, nillable=False, **extra) for n, t, extra in _SYSTEM]
    relations = [{"relationshipName": r, "childSObject": o, "field": f} for r, o, f in children]
    rights = {"createable": True, "updateable": True, "deletable": True, "queryable": True}
    names = {"name": name, "label": name, "labelPlural": f"{name}s"}
    return {**names, **rights, "fields": [*system, *fields], "childRelationships": relations, **more}


MARKER = raw_field("Tieout_Key__c", length=50, unique=True, externalId=True)
ACCOUNT = raw_object(
    "Account",
    raw_field("Name", length=255, nillable=False),
    raw_field("Payment_Days__c", "double", scale=0),
    raw_field("Credit__c", "currency", scale=2),
    raw_field("MasterRecordId", "reference", referenceTo=["Account"], relationshipName="MasterRecord"),
    MARKER,
    children=[("Contacts", "Contact", "AccountId")],
)
CONTACT = raw_object(
    "Contact",
    raw_field("LastName", length=80, nillable=False),
    raw_field("Email", "email", length=80),
    raw_field("AccountId", "reference", referenceTo=["Account"], relationshipName="Account"),
)
OPPORTUNITY = raw_object(
    "Opportunity",
    raw_field("Name", length=120, nillable=False),
    raw_field("Amount", "currency", scale=2),
    raw_field("CloseDate", "date", nillable=False),
    raw_field("Tags__c", "multipicklist", length=4099),
    raw_field("Expected__c", "currency", scale=2, calculated=True, createable=False, updateable=False),
    raw_field("IsWon", "boolean", createable=False, updateable=False, nillable=False),
    raw_field("Closed_At__c", "datetime"),
    raw_field("AccountId", "reference", referenceTo=["Account"], relationshipName="Account"),
    raw_field("OwnerId", "reference", referenceTo=["User"], relationshipName="Owner", defaultedOnCreate=True),
    MARKER,
    children=[("OpportunityLineItems", "OpportunityLineItem", "OpportunityId")],
)
LINE = raw_object(
    "OpportunityLineItem",
    raw_field("Quantity", "double", scale=2, nillable=False),
    raw_field("UnitPrice", "currency", scale=2),
    raw_field(
        "OpportunityId",
        "reference",
        referenceTo=["Opportunity"],
        relationshipName="Opportunity",
        updateable=False,
        nillable=False,
    ),
    raw_field("Product2Id", "reference", referenceTo=["Product2"], relationshipName="Product2", updateable=False),
)
PRODUCT = raw_object("Product2", raw_field("Name", length=255, nillable=False), raw_field("Family", "picklist"))
USER = raw_object("User", raw_field("Name", length=121), raw_field("Email", "email"), raw_field("Alias"))
ORG = {one["name"]: one for one in (ACCOUNT, CONTACT, OPPORTUNITY, LINE, PRODUCT, USER)}
CURRENCY_CODE = raw_field("CurrencyIsoCode", "picklist", restrictedPicklist=True)


def described(name: str, org: Mapping[str, Any] | None = None, currency: Currency | None = None) -> ObjectType:
    known = ORG if org is None else org
    return object_type(known[name], Around(currency or Currency(several=False, code="GBP"), "Tieout_Key__c", known.get))


@dataclass(slots=True)
class Said:
    """One answer; not frozen, for the port's Answer is not."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"date": NOON, "sforce-limit-info": "api-usage=18/5000"})
    text: str = ""

    def json(self) -> Value:
        found: Value = self.body
        return found


def rows(*records: Mapping[str, Any], done: bool = True) -> dict[str, Any]:
    return {"totalSize": len(records), "done": done, "records": list(records)}


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as it arrived."""

    method: str
    path: str
    params: Mapping[str, str] | None
    json: Any
    read: bool

    @property
    def query(self) -> str:
        return (self.params or {}).get("q", "")


class Canned:
    """Answers in order, an error among them is raised; describes and the list of objects are answered from `org`."""

    def __init__(self, *answers: Any, org: Mapping[str, Any] | None = None) -> None:
        self.answers = list(answers)
        self.org = ORG if org is None else org
        self.asked: list[Asked] = []

    def __call__(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Value = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
        read: bool = False,
    ) -> Said:
        tail = path.rpartition("/sobjects")[2] if method == "GET" and "/sobjects" in path else None
        if tail == "":
            return Said({"sobjects": list(self.org.values())})
        if tail is not None:
            return Said(self.org[tail.split("/")[1]])
        self.asked.append(Asked(method, path, params, json, read))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Said) else Said(answer)

    def tools(self) -> Tools:
        return Tools(http=self, now=lambda: NOW, log=structlog.get_logger())
