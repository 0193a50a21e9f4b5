"""What a body may hold. What becomes of a wrong value is not known (1.1), so each is refused: the harder case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tieout_spotlercrm.simulator.encoding import decode
from tieout_spotlercrm.simulator.problems import bad
from tieout_spotlercrm.simulator.schema import SET_BY_THE_SYSTEM, Field, Form

if TYPE_CHECKING:
    from tieout_spotlercrm.simulator.world import World

LONGEST = 64
"""Bits of an id (1.1, types)."""


def object_of(body: bytes) -> dict[str, Any]:
    """Read a body that must be one JSON object (A10). Raises Refused."""
    try:
        found = decode(body)
    except ValueError:
        raise bad("the body is no JSON") from None
    if not isinstance(found, dict):
        raise bad("the body is no JSON object")
    return found


def checked(world: World, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values of a create or of an update as they are stored. Raises Refused."""
    fields = world.objects[name].fields
    stored: dict[str, Any] = {}
    for path, value in values.items():
        field = fields.get(path)
        if field is None:
            raise bad(f"{name} has no field {path}")
        if field.form in SET_BY_THE_SYSTEM:
            raise bad(f"{path} is set by the system")
        stored[path] = None if value is None else _stored(world, field, value)
    return stored


def _stored(world: World, field: Field, value: Any) -> Any:
    match field.form:
        case Form.TEXT if isinstance(value, str):
            return value
        case Form.PICK if value in field.values:
            return value
        case Form.NUMBER if _is_number(value):
            return value
        case Form.FLAG if str(value) in {"0", "1"} and not isinstance(value, bool):
            return int(value)
        case Form.DATE if _is_date(value):
            return value
        case Form.REFERENCE if _is_number(value) and value in world.tables[field.to]:
            return int(value)
    raise bad(f"{field.name} does not take this value: it is a {field.form}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
