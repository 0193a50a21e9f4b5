"""A describe as an ObjectType: what this login may read and write, in the engine's words (fact sheet, section 2.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tieout.adapter import Deletions, Field, Kind, ObjectType, Twins, Verb
from tieout_salesforce import rights

Raw = Mapping[str, Any]
CURRENCY = "CurrencyIsoCode"

KINDS: Mapping[str, Kind] = {
    "currency": Kind.MONEY,
    "double": Kind.NUMBER,
    "percent": Kind.NUMBER,
    "int": Kind.NUMBER,
    "long": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "datetime": Kind.INSTANT,
    "reference": Kind.REFERENCE,
    "masterrecord": Kind.REFERENCE,
    "picklist": Kind.CHOICE,
    "multipicklist": Kind.CHOICES,
}
"""A type that is not here is text; those of `_NOT_OFFERED` are no values (their parts are fields of their own)."""
_NOT_OFFERED = {"address", "location", "base64", "anyType", "complexvalue", "json"}
_UNTRACKED = {
    "LastViewedDate",
    "LastReferencedDate",
    "LastActivityDate",
    "HasOpenActivity",
    "HasOverdueTask",
    "NextStartDate",
}
"""Besides formulas and roll-ups: these follow activities, views, and the dated rate that comes next, not changes of the
record (conservative)."""
_REWRITTEN = {("Opportunity", "Amount"), ("Opportunity", "Probability"), ("Opportunity", "ForecastCategoryName")}
"""Amount is ignored where there are lines, the others follow the stage (section 2.13)."""

FOLLOWED = {"Account", "Opportunity", "Product2", "Pricebook2", "PricebookEntry", "User"}
"""Objects whose fields are offered one level through a reference (`Account.Name`)."""
_OF_A_USER = {"Name", "Email"}
LISTS: Mapping[str, tuple[str, ...]] = {
    "Account": ("Contacts",),
    "Opportunity": ("OpportunityLineItems",),
    "Product2": ("PricebookEntries",),
    "Quote": ("QuoteLineItems",),
}
"""Child lists that are offered with their parent, read only."""
FIGURES: Mapping[tuple[str, str], frozenset[str]] = {
    ("Opportunity", "OpportunityLineItems"): frozenset(
        {"Amount", "ExpectedRevenue", "TotalOpportunityQuantity", "HasOpportunityLineItem"}
    ),
    ("Quote", "QuoteLineItems"): frozenset({"Subtotal", "Discount", "TotalPrice", "GrandTotal", "LineItemCount"}),
}
"""What follows from the items of a list. Roll-ups do not reliably move the parent's stamp (section 0, 9), so whoever
reads these must watch the items."""

_WHOLE = {"CurrencyType"}
"""An update of one of these switches it off unless it says everything (section 2.13)."""

_PEOPLE = {"Contact", "Lead", "User"}
_NAMES = {"Name", "FirstName", "LastName", "MiddleName", "Salutation", "Birthdate", "AssistantName", "Title"}
_PRIVATE = ("Mailing", "Other", "Home", "Person")
ROWS_A_CALL, IDS_A_CALL = 200, 300
HORIZON = timedelta(minutes=15)
"""So long a request without an answer may still take effect: a call is cut off after ten minutes (section 2.3), and the
client goes on trying for five before the last one."""
ROWS_A_PAGE = 2000
"""Of a query; fewer where rows are wide or have lists (section 2.5)."""
"""Collections take 200 records (section 2.8); 300 ids fit a query's URL with its field list (section 2.5)."""


@dataclass(frozen=True, slots=True)
class Currency:
    """How the org counts: `several` currencies, each record with its own code; `code` is the corporate one."""

    several: bool
    code: str | None


@dataclass(frozen=True, slots=True)
class Around:
    """What describing one object needs of the rest of the org."""

    currency: Currency
    marker: str
    related: Callable[[str], Raw | None]
    """Describe of another object; None if this login cannot see it."""


def object_type(raw: Raw, around: Around) -> ObjectType:
    """Describe an object with one level of its parents and with its child lists."""
    own = {field.path: field for field in _offered(raw, around)}
    fields = own | {field.path: field for field in _extensions(raw, around)}
    marker = _marker(raw, around.marker)
    stamp, withheld = _one(raw, "SystemModstamp"), rights.of_object(raw)
    return ObjectType(
        name=raw["name"],
        label=raw["label"],
        fields=fields,
        verbs={verb: ROWS_A_CALL for verb, flag in rights.FLAGS.items() if raw[flag] or verb in withheld},
        children=dict.fromkeys(_lists(raw, around), "Id"),
        deletions=Deletions.REPORTED if "IsDeleted" in own else Deletions.ABSENCE,
        twins=_twins(marker),
        marker=around.marker if marker else None,
        partial=raw["name"] not in _WHOLE,
        incremental=bool(stamp and stamp["filterable"]),
        horizon=HORIZON,
        sees_own=marker is not None,  # a query reads the database itself, not an index of it
        grain=timedelta(seconds=1),
        fetch=IDS_A_CALL,
        page=ROWS_A_PAGE,
        withheld=withheld,
        grant=rights.grant(raw) if withheld or any(one.withheld for one in own.values()) else "",
        hidden=dict(_hidden(raw, around)),
        hides=rights.SEEING,
    )


def _one(raw: Raw, name: str) -> Raw | None:
    return next((field for field in raw["fields"] if field["name"] == name), None)


def _marker(raw: Raw, name: str) -> Raw | None:
    """Find the field that keeps our key, if this login can write and search it, or may create nothing at all."""
    field = _one(raw, name)
    written = field and (field["createable"] or Verb.CREATE in rights.of_object(raw))
    return field if field and written and field["filterable"] else None


def _twins(marker: Raw | None) -> Twins:
    """Only a *unique* external id makes Salesforce itself refuse a second record (section 2.13)."""
    if marker is None:
        return Twins.POSSIBLE
    return Twins.REFUSED if marker["unique"] and marker["externalId"] else Twins.FOUND


def _offered(raw: Raw, around: Around) -> Iterator[Field]:
    """Give an object's own fields, and the one currency of an org that has no field for it."""
    for field in raw["fields"]:
        if field["type"] not in _NOT_OFFERED:
            yield _field(raw, field, around.currency)
    code = around.currency.code
    if not around.currency.several and code:
        yield Field(CURRENCY, Kind.CHOICE, "Currency", choices=(code,), creatable=False, updatable=False, virtual=True)


def _field(raw: Raw, field: Raw, currency: Currency) -> Field:
    kind = KINDS.get(field["type"], Kind.TEXT)
    name = field["name"]
    textual, withheld = kind in {Kind.TEXT, Kind.CHOICE}, rights.of_field(raw, field)
    return Field(
        path=name,
        kind=kind,
        label=field["label"],
        length=int(field["length"]) or None if textual else None,  # off the wire every number is a Decimal
        scale=int(field["scale"]) if kind in {Kind.NUMBER, Kind.MONEY} else None,
        currency=_currency(raw, currency) if kind is Kind.MONEY else None,
        choices=_choices(field),
        refers_to=tuple(field["referenceTo"]),
        creatable=field["createable"] or Verb.CREATE in withheld,
        updatable=field["updateable"] or Verb.UPDATE in withheld,
        required=field["createable"] and not field["nillable"] and not field["defaultedOnCreate"],
        unique=field["unique"] or name == "Id",
        tracked=not field["calculated"] and name not in _UNTRACKED,
        rewritten=(raw["name"], name) in _REWRITTEN or field["type"] == "textarea",  # line ends are normalised (2.11)
        trims=textual,
        personal=_personal(raw["name"], field),
        withheld=withheld,
    )


def _currency(raw: Raw, currency: Currency) -> str | None:
    """Give where the code of an amount stands: on the record in a multi-currency org (section 2.13), else fixed."""
    return CURRENCY if currency.several and _one(raw, CURRENCY) else currency.code


def _choices(field: Raw) -> tuple[str, ...] | None:
    """Give what may be stored; an unrestricted picklist takes any text through the API (section 2.4)."""
    if not field["restrictedPicklist"]:
        return None
    return tuple(value["value"] for value in field["picklistValues"] if value["active"])


def _personal(name: str, field: Raw) -> bool:
    person = name in _PEOPLE
    return (
        field["type"] in {"email", "phone"}
        or (person and (field["name"] in _NAMES or field["name"].startswith(_PRIVATE)))
        or (name == "Account" and field["name"].startswith("Person") and field["name"] != "PersonContactId")
    )


# --- Parents and child lists ------------------------------------------------------------------------------------


def _extensions(raw: Raw, around: Around) -> Iterator[Field]:
    yield from _parents(raw, around)
    for name in _lists(raw, around):
        yield from _list(raw, name, around)


def _parents(raw: Raw, around: Around, *, besides: str | None = None) -> Iterator[Field]:
    """Give the fields one level up: readable, never writable, and their changes do not show on the record."""
    for field in raw["fields"]:
        parent = None if field["name"] in {besides, "MasterRecordId"} else _parent(field, around)
        if parent is not None:
            wanted = (one for one in _offered(parent, around) if parent["name"] != "User" or one.path in _OF_A_USER)
            yield from through(field["relationshipName"], wanted, tracked=False)


def _parent(field: Raw, around: Around) -> Raw | None:
    followed = _followed(field)
    return around.related(followed) if followed else None


def _followed(field: Raw) -> str:
    """Name the one object behind a reference; a polymorphic reference (user or queue) has no fields in common."""
    targets = field["referenceTo"]
    return str(targets[0]) if field["relationshipName"] and len(targets) == 1 and targets[0] in FOLLOWED else ""


def _lists(raw: Raw, around: Around) -> list[str]:
    return [
        name
        for name in LISTS.get(raw["name"], ())
        if (relation := child(raw, name)) and around.related(relation["childSObject"]) is not None
    ]


def _hidden(raw: Raw, around: Around) -> Iterator[tuple[str, str]]:
    """Give the paths that lead to an object which this login does not see, with the object.

    A describe names the target of a reference and the child of a list: so the object is in the org.
    """
    yield from _hidden_parents(raw, around)
    for name in LISTS.get(raw["name"], ()):
        relation = child(raw, name)
        item = around.related(relation["childSObject"]) if relation else None
        if relation and item is None:
            yield name, relation["childSObject"]
        elif relation and item:
            behind = _hidden_parents(item, around, besides=relation["field"])
            yield from ((f"{name}.{path}", object_) for path, object_ in behind)


def _hidden_parents(raw: Raw, around: Around, *, besides: str | None = None) -> Iterator[tuple[str, str]]:
    for field in raw["fields"]:
        followed = "" if field["name"] in {besides, "MasterRecordId"} else _followed(field)
        if followed and around.related(followed) is None:
            yield from ((path, followed) for path in (field["relationshipName"], field["name"]))


def child(raw: Raw, name: str) -> Raw | None:
    """Find a child relationship by its name: it says the child's object and the field that points here."""
    return next((one for one in raw["childRelationships"] if one["relationshipName"] == name), None)


def _list(raw: Raw, name: str, around: Around) -> Iterator[Field]:
    """Give a child list and the fields of its items.

    A child that can move to another parent leaves the first one's list without a trace: such a list is not tracked
    and is put right by the next full read.
    """
    relation = child(raw, name)
    item = around.related(relation["childSObject"]) if relation else None
    if relation is None or item is None:
        return
    pointer, stamp = _one(item, relation["field"]), _one(item, "SystemModstamp")
    moves = pointer and (pointer["updateable"] or Verb.UPDATE in rights.of_field(item, pointer))
    fixed = bool(pointer and not moves and stamp and stamp["filterable"])
    of = (str(item["name"]),)
    yield Field(name, Kind.LIST, item["labelPlural"], refers_to=of, creatable=False, updatable=False, tracked=fixed)
    yield from through(name, _offered(item, around), tracked=fixed)
    yield from through(name, _parents(item, around, besides=relation["field"]), tracked=False)


def through(prefix: str, fields: Iterable[Field], *, tracked: bool) -> Iterator[Field]:
    """Give fields as they are seen through a reference or a list: read only, amounts with the code beside them."""
    for field in fields:
        code = field.currency
        yield replace(
            field,
            path=f"{prefix}.{field.path}",
            currency=f"{prefix}.{code}" if code and code.endswith(CURRENCY) else code,
            creatable=False,
            updatable=False,
            required=False,
            unique=False,
            tracked=field.tracked and tracked,
            withheld=frozenset(),
        )
