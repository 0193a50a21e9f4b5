"""From a value in a request to the value that is stored: types, lengths, ranges, picklists and references."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tieout_salesforce.simulator import ids
from tieout_salesforce.simulator.encoding import moment, plain, stamp
from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.problems import RowRefused, refuse_row
from tieout_salesforce.simulator.schema import Field

_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _undeserialisable(field: Field, value: Any) -> RowRefused:
    kind = {"currency": "double", "percent": "double", "boolean": "boolean", "int": "int"}.get(field.type, field.type)
    kind = kind if kind in {"double", "boolean", "int", "date", "datetime"} else "string"
    token = {str: "STRING", bool: "TRUE" if value else "FALSE", int: "NUMBER_INT", Decimal: "NUMBER_FLOAT"}
    shown = plain(value) if isinstance(value, Decimal) else value
    return refuse_row(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from VALUE_{token.get(type(value), 'OBJECT')} value {shown} "
        "or request may be missing a required field",
        field.name,
    )


def _text(_: Org, field: Field, value: Any) -> str | None:
    """Store text trimmed, and empty text as null; never cut it (sections 2.11 and 2.7)."""
    if not isinstance(value, str):
        raise _undeserialisable(field, value)
    if field.type == "textarea":
        value = value.replace("\r\n", "\n")
    value = value.strip()
    if field.length and len(value) > field.length:
        raise refuse_row(
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {value} (max length={field.length})",
            field.name,
        )
    return value or None


def _email(org: Org, field: Field, value: Any) -> str | None:
    stored = _text(org, field, value)
    if stored and not _EMAIL.fullmatch(stored):
        message = f"{field.label}: invalid email address: {stored}"
        raise refuse_row("INVALID_EMAIL_ADDRESS", message, field.name)
    return stored


def _choice(org: Org, field: Field, value: Any) -> str | None:
    """Only a restricted picklist refuses what it does not offer (section 2.4)."""
    stored = _text(org, field, value)
    if stored is None:
        return None
    if field.name in {"CurrencyIsoCode", "IsoCode"}:
        return _currency(org, field, stored)
    if field.restricted and stored not in field.values:
        message = f"{field.label}: bad value for restricted picklist field: {stored}"
        raise refuse_row("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, field.name)
    return stored


def _currency(org: Org, field: Field, code: str) -> str:
    for row in org.tables["CurrencyType"].all():
        if row["IsoCode"] == code and row["IsActive"]:
            return code
    raise refuse_row("INVALID_CURRENCY_ISO", f"invalid currency ISO code: {code}", field.name)


def _number(org: Org, field: Field, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _undeserialisable(field, value)
    exact = Decimal(value)
    if abs(exact) >= Decimal(10) ** (field.precision - field.scale):
        message = f"{field.label}: value outside of valid range on numeric field: {plain(exact)}"
        raise refuse_row("NUMBER_OUTSIDE_VALID_RANGE", message, field.name)
    if org.settings.excess_decimals == "round":
        return exact.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
    return exact


def _whole(_: Org, field: Field, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
        raise _undeserialisable(field, value)
    if abs(value) >= 10**field.digits:
        message = f"{field.label}: value outside of valid range on numeric field: {int(value)}"
        raise refuse_row("NUMBER_OUTSIDE_VALID_RANGE", message, field.name)
    return int(value)


def _flag(_: Org, field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _undeserialisable(field, value)
    return value


def _day(_: Org, field: Field, value: Any) -> str | None:
    """A date has no offset (section 2.11)."""
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise _undeserialisable(field, value)
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise _undeserialisable(field, value) from None


def _instant(_: Org, field: Field, value: Any) -> str | None:
    """Keep a datetime to the second (section 2.11)."""
    try:
        if not isinstance(value, str):
            raise _undeserialisable(field, value)
        return stamp(moment(value))
    except ValueError:
        raise _undeserialisable(field, value) from None


def _reference(org: Org, field: Field, value: Any) -> str | None:
    """Refer to a record that is there, of the right object and not deleted (sections 2.7 and 2.11)."""
    if not isinstance(value, str):
        raise _undeserialisable(field, value)
    if not value:
        return None
    id = ids.normal(value)
    if id is None:
        raise refuse_row("MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", field.name)
    name = org.object_of(id)
    if name not in field.refers_to:
        raise refuse_row("FIELD_INTEGRITY_EXCEPTION", f"{field.label}: id value of incorrect type: {value}", field.name)
    row = org.row(name, id)
    if row is None:
        raise refuse_row("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", field.name)
    if row.get("IsDeleted"):
        raise refuse_row("ENTITY_IS_DELETED", "entity is deleted", field.name)
    return id


_BY_TYPE: Mapping[str, Callable[[Org, Field, Any], Any]] = {
    "string": _text,
    "textarea": _text,
    "phone": _text,
    "url": _text,
    "email": _email,
    "picklist": _choice,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "int": _whole,
    "boolean": _flag,
    "date": _day,
    "datetime": _instant,
    "reference": _reference,
}


def stored(org: Org, field: Field, value: Any) -> Any:
    """Turn a value of a request into what is stored; raises RowRefused with the field's name.

    Null clears a field (section 2.6); a checkbox is never null (section 2.11).
    """
    if value is None:
        return False if field.type == "boolean" else None
    return _BY_TYPE[field.type](org, field, value)
