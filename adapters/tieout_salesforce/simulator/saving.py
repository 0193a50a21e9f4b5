"""Creating and updating one record: the checks in Salesforce's order, then the object's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tieout_salesforce.simulator import currencies, deals, ids, prices
from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.problems import no_access, refuse_row
from tieout_salesforce.simulator.schema import Field
from tieout_salesforce.simulator.table import Row
from tieout_salesforce.simulator.values import stored


def insert(org: Org, user: str, name: str, values: Mapping[str, Any]) -> str:
    """Create a record; returns its id or raises RowRefused, and then nothing is stored."""
    with org.transaction():
        if not org.layout.objects[name].creatable:
            raise refuse_row("INVALID_TYPE_FOR_OPERATION", f"entity type cannot be inserted: {name}")
        if "create" in org.allowed(name, user).barred:
            raise no_access()
        given = _accepted(org, user, name, values, new=True)
        row = _defaults(org, user, name, given)
        _require(org, user, name, row)
        row |= {"Id": org.new_id(name), "CreatedDate": org.stamp(), "CreatedById": user, "IsDeleted": False}
        _finish(org, user, name, row, given, None)
        org.note("created", name, row, user)
        return str(row["Id"])


def update(org: Org, user: str, name: str, id: str, values: Mapping[str, Any]) -> None:
    """Change fields of a record; what is not named stays. Raises RowRefused.

    A save with equal values still moves the record's stamps.
    """
    with org.transaction():
        old = existing(org, name, id)
        if not org.layout.objects[name].updatable:
            raise refuse_row("INVALID_TYPE_FOR_OPERATION", f"entity type cannot be updated: {name}")
        if "update" in org.allowed(name, user).barred:
            raise no_access()
        org.automation.unlocked(id)
        given = _accepted(org, user, name, values, new=False)
        row = {**old, **given}
        _require(org, user, name, row, only=given)
        _finish(org, user, name, row, given, old)
        org.note("updated", name, row, user)


def enter_dated_rate(org: Org, user: str, values: Mapping[str, Any]) -> str:
    """Enter a rate in the setup pages, in place of one of that currency and day; gives its id or raises RowRefused."""
    name = "DatedConversionRate"
    with org.transaction():
        fields = org.layout.objects[name].fields
        given = {key: stored(org, fields[key], value) for key, value in values.items()}
        _require(org, user, name, given, only=given)
        same = (given["IsoCode"], given["StartDate"])
        old = next((one for one in org.tables[name].all() if (one["IsoCode"], one["StartDate"]) == same), None)
        made = {"Id": org.new_id(name), "CreatedDate": org.stamp(), "CreatedById": user} if old is None else old
        row = {**made, **given}
        _finish(org, user, name, row, given, old)
        org.note("created" if old is None else "updated", name, row, user)
        return str(row["Id"])


def existing(org: Org, name: str, id: str) -> Row:
    """Find a record that can be written; raises RowRefused (section 2.7)."""
    row = org.row(name, id)
    if row is None:
        raise refuse_row("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if row.get("IsDeleted"):
        raise refuse_row("ENTITY_IS_DELETED", "entity is deleted")
    return row


def _accepted(org: Org, user: str, name: str, values: Mapping[str, Any], *, new: bool) -> Row:
    fields = org.fields(name, user)
    given: Row = {}
    for key, value in values.items():
        if key == "attributes":
            continue
        field = fields.get(key) or next((one for one in fields.values() if one.name.lower() == key.lower()), None)
        if field is None:
            field, value = _by_external_id(org, user, name, key, value)  # noqa: PLW2901 - a nested key becomes an id
        if field.name in given:
            raise refuse_row("INVALID_FIELD", f"Duplicate field '{field.name}' on sobject of type {name}", field.name)
        if not (field.creatable if new else field.updatable):
            raise refuse_row(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                f"Unable to create/update fields: {field.name}. Please check the security settings of this field and "
                "verify that it is read/write for your profile or permission set.",
                field.name,
            )
        given[field.name] = stored(org, field, value)
    org.automation.validate(name, given)
    return org.automation.kept(name, given)


def _by_external_id(org: Org, user: str, name: str, key: str, value: Any) -> tuple[Field, Any]:
    """Resolve `"Account": {"Ext__c": "42"}` to an AccountId (section 2.8); anything else is an unknown field."""
    fields = org.fields(name, user).values()
    field = next((one for one in fields if one.relationship and one.relationship.lower() == key.lower()), None)
    if field is None or not isinstance(value, dict):
        raise refuse_row("INVALID_FIELD", f"No such column '{key}' on sobject of type {name}", key)
    target = field.refers_to[0]
    pairs = [(column, wanted) for column, wanted in value.items() if column != "attributes"]
    external = org.layout.objects[target].fields.get(pairs[0][0]) if len(pairs) == 1 else None
    if external is None or not external.external_id:
        raise refuse_row("INVALID_FIELD", f"{key} needs one external id field of {target}", key)
    found = org.tables[target].live(external.name, str(pairs[0][1]))
    if len(found) != 1:
        message = f"Foreign key external ID: {pairs[0][1]} not found for field {external.name} in entity {target}"
        raise refuse_row("INVALID_FIELD", message, key)
    return field, found[0]["Id"]


def _defaults(org: Org, user: str, name: str, given: Row) -> Row:
    fields = org.layout.objects[name].fields
    row = {key: one.default for key, one in fields.items() if one.default is not None}
    row |= {key: value for key, value in given.items() if value is not None}
    if "OwnerId" in fields and "OwnerId" not in row:
        row["OwnerId"] = user
    if "CurrencyIsoCode" in fields and "CurrencyIsoCode" not in row:
        row["CurrencyIsoCode"] = currencies.corporate(org)
    return row


def _require(org: Org, user: str, name: str, row: Row, *, only: Mapping[str, Any] | None = None) -> None:
    missing = [
        key
        for key, field in org.fields(name, user).items()
        if row.get(key) is None and (field.required if only is None else key in only and not field.nillable)
    ]
    if missing:
        raise refuse_row("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", *missing)


def _unique(org: Org, name: str, row: Row) -> None:
    """Refuse a second record with a unique value, naming the first (section 2.7, DUPLICATE_VALUE)."""
    for key, field in org.layout.objects[name].fields.items():
        value = row.get(key)
        if not field.unique or value is None:
            continue
        for other in org.tables[name].live(key, str(value)):
            if other["Id"] != row["Id"]:
                message = f"duplicate value found: {key} duplicates value on record with id: {other['Id']}"
                raise refuse_row("DUPLICATE_VALUE", message, key)


def _finish(org: Org, user: str, name: str, row: Row, given: Row, old: Row | None) -> None:
    """Apply the object's rules and store; automation comes last and sees what was saved."""
    _prepare(org, name, row, given, old)
    rewritten = {
        key: stored(org, org.layout.objects[name].fields[key], value)
        for key, value in org.automation.rewritten(name, given).items()
    }
    if rewritten:
        row |= rewritten
        _prepare(org, name, row, rewritten, old)
    _unique(org, name, row)
    row |= {"LastModifiedDate": org.stamp(), "LastModifiedById": user, "SystemModstamp": org.stamp()}
    org.put(name, row)
    deals.total(org, name, row, user)


def _prepare(org: Org, name: str, row: Row, given: Row, old: Row | None) -> None:
    if name == "Opportunity":
        deals.opportunity(org, row, given, old)
    elif name == "Quote":
        deals.quote(org, row, old)
    elif name in deals.PARENTS:
        deals.line(org, name, row, given, old)
    elif name == "PricebookEntry":
        prices.entry(org, row)
    elif name == "CurrencyType":
        currencies.currency(org, row, given, old)
    elif name == "DatedConversionRate":
        currencies.dated(org, row)
    elif name in {"Contact", "User"}:
        row["Name"] = " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)


def upsert(org: Org, user: str, name: str, field: Field, values: Mapping[str, Any]) -> tuple[str, bool]:
    """Create or update by an external id in `values`; returns (id, whether it was created). Raises RowRefused.

    More than one match writes nothing (section 2.6).
    """
    key = next((column for column in values if column.lower() == field.name.lower()), None)
    wanted = stored(org, field, values[key]) if key else None
    if wanted is None:
        raise refuse_row("MISSING_ARGUMENT", f"{field.name} not specified", field.name)
    found = org.tables[name].live(field.name, str(wanted))
    if len(found) > 1:
        message = f"{field.name}: more than one record found for external id field: {[row['Id'] for row in found]}"
        raise refuse_row("DUPLICATE_EXTERNAL_ID", message, field.name)
    if found:
        update(org, user, name, found[0]["Id"], values)
        return found[0]["Id"], False
    return insert(org, user, name, values), True


def record_id(org: Org, name: str | None, text: Any) -> tuple[str, str]:
    """Read the id of a record of an object, or of any object if `name` is None. Raises RowRefused."""
    id = ids.normal(text) if isinstance(text, str) else None
    found = org.object_of(id) if id else None
    if id is None or found is None or name not in (None, found):
        raise refuse_row("MALFORMED_ID", f"malformed id {text}", "Id")
    return found, id
