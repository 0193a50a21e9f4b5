"""Orders to the simulator under /__sim__/: what a person or only the system itself can do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tieout_spotlercrm.simulator.api import OK, Call, Reply
from tieout_spotlercrm.simulator.checking import checked, object_of
from tieout_spotlercrm.simulator.counters import Counters
from tieout_spotlercrm.simulator.problems import FORBIDDEN, NOT_FOUND, bad
from tieout_spotlercrm.simulator.schema import Form, Object, field
from tieout_spotlercrm.simulator.world import PERSON

if TYPE_CHECKING:
    from tieout_spotlercrm.simulator.world import Row, World

PREFIX = "/__sim__/"


def answer(world: World, call: Call) -> Reply:
    """Carry out an order. Raises Refused."""
    handler = ORDERS.get(call.path.removeprefix(PREFIX))
    if handler is None:
        raise bad(f"no order {call.path}; there are: {', '.join(ORDERS)}")
    try:
        return Reply(OK, handler(world, object_of(call.body) if call.body else {}))
    except (KeyError, ValueError) as error:
        raise bad(f"this order cannot be read: {error}") from None


def _name(world: World, order: dict[str, Any]) -> str:
    name = str(order["object"])
    if name not in world.objects:
        raise bad(f"no object {name}")
    return name


def _row(world: World, order: dict[str, Any]) -> tuple[str, Row]:
    name = _name(world, order)
    return name, world.find(name, str(order["id"]))


def _clock(world: World, order: dict[str, Any]) -> object:
    """Set the clock forward: `{"advance": seconds}`; an empty body only reads it."""
    world.advance(timedelta(seconds=float(order.get("advance", 0))))
    return {"now": world.now().isoformat()}


def _edit(world: World, order: dict[str, Any]) -> object:
    """Create or change a record as a person: `{"object", "fields"}`, with `id` to change one."""
    name = _name(world, order)
    values = checked(world, name, order["fields"])
    if "id" not in order:
        return {"id": str(world.create(name, values, PERSON)["id"])}
    _, row = _row(world, order)
    world.update(name, row, values, PERSON)
    return {"id": str(row["id"])}


def _delete(world: World, order: dict[str, Any]) -> object:
    """Delete a record as a person: `{"object", "id"}`; nothing tells of it afterwards."""
    world.delete(*_row(world, order))
    return {}


def _late(world: World, order: dict[str, Any]) -> object:
    """Change a record that shows now with an older stamp: `{"object", "id", "fields", "stamp"}`."""
    name, row = _row(world, order)
    world.update(name, row, checked(world, name, order["fields"]), PERSON)
    return _stamped(world, name, row, world.stamp(_instant(order["stamp"])))


def _touch(world: World, order: dict[str, Any]) -> object:
    """Give records one equal stamp, now: `{"object", "ids"}`, or the one of `stamp`; null for none."""
    name = _name(world, order)
    stamp = order.get("stamp", world.now().isoformat())
    written = None if stamp is None else world.stamp(_instant(stamp))
    for id_ in order["ids"]:
        _stamped(world, name, world.find(name, str(id_)), written)
    return {"stamp": written}


def _stamped(world: World, name: str, row: Row, written: str | None) -> object:
    if world.objects[name].stamped:
        row["modifieddate"] = written
    return {"id": str(row["id"])}


def _instant(text: object) -> datetime:
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise bad("an instant has a zone")
    return at


def _expire(world: World, _order: dict[str, Any]) -> object:
    """End the token: 402 from now on (1.1, errors)."""
    world.token_is_dead = True
    return {}


def _revoke(world: World, _order: dict[str, Any]) -> object:
    """Forget the token: 403 from now on (1.1, errors)."""
    world.token = ""
    return {}


def _plan(world: World, order: dict[str, Any]) -> object:
    """Put a record type outside the plan: `{"object", "status": 403 | 404}`; `"allowed": true` puts it back."""
    name = _name(world, order)
    if order.get("allowed") is True:
        world.closed.pop(name, None)
        return {}
    status = int(order.get("status", FORBIDDEN))
    if status not in {FORBIDDEN, NOT_FOUND}:
        raise bad("a plan says no with 403 or 404")
    world.closed[name] = status
    return {}


def _rights(world: World, order: dict[str, Any]) -> object:
    """Let the token's user only read a record type: `{"object", "writes": bool}`."""
    name = _name(world, order)
    (world.read_only.discard if order["writes"] is True else world.read_only.add)(name)
    return {}


def _order(world: World, order: dict[str, Any]) -> object:
    """Ignore `order`, as a server may that does not know it: `{"ignored": bool}`."""
    world.order_is_ignored = order["ignored"] is True
    return {}


def _field_add(world: World, order: dict[str, Any]) -> object:
    """Add a field by its label: `{"object", "label"}`, `form` as in the data dictionary, text by default."""
    name = _name(world, order)
    made = field(str(order["label"]), Form(order.get("form", Form.TEXT)), values=tuple(order.get("values", ())))
    world.objects[name] = Object(name, {**world.objects[name].fields, made.name: made})
    for row in world.tables[name].values():
        row.setdefault(made.name, None)
    return {"name": made.name}


def _field_remove(world: World, order: dict[str, Any]) -> object:
    """Remove a field by its name: `{"object", "field"}`; what it held stays unseen."""
    name = _name(world, order)
    fields = dict(world.objects[name].fields)
    del fields[str(order["field"])]
    world.objects[name] = Object(name, fields)
    return {}


def _counters(world: World, _order: dict[str, Any]) -> object:
    """Tell what was asked, and what came of it."""
    return world.counters.as_json()


def _reset(world: World, _order: dict[str, Any]) -> object:
    """Count from nought."""
    world.counters = Counters()
    return {}


ORDERS: dict[str, Callable[[World, dict[str, Any]], object]] = {
    "clock": _clock,
    "edit": _edit,
    "delete": _delete,
    "late": _late,
    "touch": _touch,
    "expire": _expire,
    "revoke": _revoke,
    "plan": _plan,
    "rights": _rights,
    "order": _order,
    "field/add": _field_add,
    "field/remove": _field_remove,
    "counters": _counters,
    "counters/reset": _reset,
}
