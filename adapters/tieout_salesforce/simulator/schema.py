"""Fields and objects of the simulated org, and short ways to write them down.

The tables built from these (`standard_*`) follow recorded describes of a real org where one exists (fact sheet,
section 2.4) and the object reference otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """One field; the names are those of the describe where they are not plainer English.

    `length` in characters; `precision` and `scale` in decimal digits; `values`: what a picklist offers. `default` is
    what a create without the field stores.
    """

    name: str
    type: str
    label: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    creatable: bool = True
    updatable: bool = True
    nillable: bool = True
    defaulted: bool = False
    default: Any = None
    refers_to: tuple[str, ...] = ()
    relationship: str | None = None
    values: tuple[str, ...] = ()
    restricted: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    compound: str | None = None
    name_field: bool = False
    filterable: bool = True
    sortable: bool = True
    extra: str | None = None
    calculated: bool = False
    permissionable: bool | None = None
    """Whether field permissions can be given for it; None: as the flags have it."""

    @property
    def custom(self) -> bool:
        """Tell a custom field by its ending."""
        return self.name.endswith("__c")

    @property
    def may_be_given(self) -> bool:
        """Say whether field permissions can be given for it: not for what must be there, or nobody writes."""
        if self.permissionable is not None:
            return self.permissionable
        return self.nillable and (self.creatable or self.updatable)

    @property
    def required(self) -> bool:
        """Say whether a create must give it (section 2.4: createable, not nillable, not defaulted)."""
        return self.creatable and not self.nillable and not self.defaulted


@dataclass(frozen=True, slots=True)
class Child:
    """A list of records below a record: `Contacts` of an account."""

    relationship: str
    object: str
    field: str
    cascade: bool = False
    """Deleting the parent deletes these too."""
    restrict: bool = False
    """The parent cannot be deleted while there is one of these."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object type."""

    name: str
    prefix: str
    plural: str
    fields: dict[str, Field]
    label: str = ""
    children: tuple[Child, ...] = ()
    creatable: bool = True
    updatable: bool = True
    deletable: bool = True
    mergeable: bool = False
    replicateable: bool = True
    has_currency: bool = False
    """Carries CurrencyIsoCode in an org with several currencies (section 2.13)."""
    barred: frozenset[str] = frozenset()
    """What the user who looks may not do with it, though others may: create, update, delete."""


def spaced(name: str) -> str:
    """Make a label out of an API name: `Billing City`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.removesuffix("Id").removesuffix("__c").replace("_", " ")).strip()


def text(name: str, length: int, **more: Any) -> Field:
    """Describe a line of text."""
    return Field(name, "string", length=length, **more)


def area(name: str, length: int = 255, **more: Any) -> Field:
    """Describe text of several lines; a long one can be neither filtered nor sorted by (section 2.4)."""
    short = length <= 255  # noqa: PLR2004 - the length of a plain text area
    return Field(name, "textarea", length=length, filterable=short, sortable=short, extra="plaintextarea", **more)


def choice(name: str, values: str, length: int = 255, **more: Any) -> Field:
    """Describe a picklist; `values` separated by `|`."""
    return Field(name, "picklist", length=length, values=tuple(v for v in values.split("|") if v), **more)


def number(name: str, precision: int = 18, scale: int = 2, type: str = "double", **more: Any) -> Field:
    """Describe a number, amount of money or percentage."""
    return Field(name, type, precision=precision, scale=scale, **more)


def money(name: str, precision: int = 18, scale: int = 2, **more: Any) -> Field:
    """Describe an amount of money."""
    return number(name, precision, scale, "currency", **more)


def whole(name: str, digits: int = 8, **more: Any) -> Field:
    """Describe an integer: `digits` instead of a precision (section 2.4)."""
    return Field(name, "int", digits=digits, **more)


def flag(name: str, **more: Any) -> Field:
    """Describe a checkbox: never null, false unless said otherwise (section 2.4)."""
    return Field(name, "boolean", **{"nillable": False, "defaulted": True, "default": False, **more})


def simple(name: str, type: str, length: int = 0, **more: Any) -> Field:
    """Describe a field of a type that needs nothing more: date, datetime, phone, url, email, address."""
    return Field(name, type, length=length, **more)


def reference(name: str, to: str, relationship: str | None = None, **more: Any) -> Field:
    """Describe a reference to another record."""
    path = relationship or name.removesuffix("Id")
    return Field(name, "reference", length=18, refers_to=(to,), relationship=path, **more)


def read_only(one: Field) -> Field:
    """Make a field that nobody writes."""
    return replace(one, creatable=False, updatable=False)


def _system(*, deletable: bool) -> list[Field]:
    fixed: dict[str, Any] = {"nillable": False, "defaulted": True}
    return [
        Field("Id", "id", "Record ID", length=18, **fixed),
        *([flag("IsDeleted", label="Deleted")] if deletable else []),
        simple("CreatedDate", "datetime", **fixed),
        reference("CreatedById", "User", **fixed),
        simple("LastModifiedDate", "datetime", **fixed),
        reference("LastModifiedById", "User", **fixed),
        simple("SystemModstamp", "datetime", **fixed),
    ]


def system_fields(*, deletable: bool = True) -> list[Field]:
    """Give the fields that every object has: `SystemModstamp` is the one that a reader follows (section 0, 4)."""
    return [read_only(one) for one in _system(deletable=deletable)]


def keyed(*fields: Field) -> dict[str, Field]:
    """Key fields by name, labels filled in."""
    return {one.name: one if one.label else replace(one, label=spaced(one.name)) for one in fields}


CURRENCY = choice("CurrencyIsoCode", "", 3, label="Currency ISO Code", restricted=True, nillable=False, defaulted=True)


@dataclass(slots=True)
class Layout:
    """The org's objects as they are now: fields come, go and are hidden while it runs."""

    objects: dict[str, Object]
    hidden: set[tuple[str, str]] = field(default_factory=set)
    """(object, field) that the integration user may not see (field-level security, section 0, 8)."""
    read_only: set[tuple[str, str]] = field(default_factory=set)
    """(object, field) that the integration user may see and not edit."""
    barred: dict[str, frozenset[str]] = field(default_factory=dict)
    """Object -> what the integration user may not do with it: read, create, update, delete."""
    changed: dict[str, str] = field(default_factory=dict)
    """Object -> stamp of its last change, for `If-Modified-Since`."""

    def find(self, name: str) -> Object | None:
        """Find an object by name; API names do not heed case."""
        exact = self.objects.get(name)
        if exact:
            return exact
        return next((one for key, one in self.objects.items() if key.lower() == name.lower()), None)

    def seen(self, name: str, *, everything: bool) -> Object | None:
        """Find an object that a user may read: without that right it is as if it were not there."""
        found = self.find(name)
        return None if found and not everything and "read" in self.barred.get(found.name, ()) else found

    def allowed(self, name: str, *, everything: bool) -> Object:
        """Give an object with what a user may do with it."""
        one, barred = self.objects[name], self.barred.get(name)
        return one if everything or not barred else replace(one, barred=barred)

    def visible(self, name: str, *, all_fields: bool) -> dict[str, Field]:
        """Give the fields of an object that a user sees, with what the user may do with them.

        Whether the fields of an object that a user may not create say so, too, is not recorded: they do here, which
        tells a reader least.
        """
        fields = self.objects[name].fields
        if all_fields or not (self.hidden or self.read_only or self.barred):
            return fields
        barred = self.barred.get(name, frozenset())
        return {key: self._as_seen(name, one, barred) for key, one in fields.items() if (name, key) not in self.hidden}

    def _as_seen(self, name: str, one: Field, barred: frozenset[str]) -> Field:
        fixed = (name, one.name) in self.read_only
        if not fixed and not barred:
            return one
        return replace(
            one,
            creatable=one.creatable and not fixed and "create" not in barred,
            updatable=one.updatable and not fixed and "update" not in barred,
            permissionable=one.may_be_given,
        )
