"""Reading one field of a row: most are stored, some are put together or taken from another record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tieout_salesforce.simulator.currencies import next_start
from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.schema import Field
from tieout_salesforce.simulator.table import Row

Getter = Callable[[Row], Any]

_ADDRESS = {
    "City": "city",
    "Country": "country",
    "GeocodeAccuracy": "geocodeAccuracy",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "PostalCode": "postalCode",
    "State": "state",
    "Street": "street",
}


def _product(org: Org, row: Row, field: str) -> Any:
    product = org.row("Product2", row.get("Product2Id"))
    return product.get(field) if product else None


def _line_name(org: Org, row: Row) -> str:
    parent = org.row("Opportunity", row["OpportunityId"]) or {}
    return f"{parent.get('Name')} {_product(org, row, 'Name')}"


_DERIVED: Mapping[tuple[str, str], Callable[[Org, Row], Any]] = {
    ("PricebookEntry", "Name"): lambda org, row: _product(org, row, "Name"),
    ("PricebookEntry", "ProductCode"): lambda org, row: _product(org, row, "ProductCode"),
    ("OpportunityLineItem", "ProductCode"): lambda org, row: _product(org, row, "ProductCode"),
    ("OpportunityLineItem", "Name"): _line_name,
    ("DatedConversionRate", "NextStartDate"): next_start,
}
"""Values that come from another record: they change without this record's stamp (section 0, 9)."""


def _address(prefix: str) -> Getter:
    def compound(row: Row) -> dict[str, Any] | None:
        parts = {key: row.get(prefix + part) for part, key in _ADDRESS.items()}
        return parts if any(value is not None for value in parts.values()) else None

    return compound


def getter(org: Org, name: str, field: Field) -> Getter:
    """Make the function that reads a field of a row."""
    key = field.name
    derived = _DERIVED.get((name, key))
    if derived:
        return lambda row: derived(org, row)
    if field.type == "address":
        return _address(key.removesuffix("Address"))
    if field.type == "boolean":
        return lambda row: row.get(key, False)
    return lambda row: row.get(key)


def attributes(name: str, id: str, version: str) -> dict[str, str]:
    """Give the `attributes` of a record: its type, and its address in the version that was asked (section 2.1)."""
    return {"type": name, "url": f"/services/data/v{version}/sobjects/{name}/{id}"}


def whole_record(org: Org, user: str, name: str, row: Row, version: str) -> dict[str, Any]:
    """Give a record with every field that the user sees."""
    fields = org.fields(name, user)
    values = {key: getter(org, name, field)(row) for key, field in fields.items()}
    return {"attributes": attributes(name, row["Id"], version), **values}
