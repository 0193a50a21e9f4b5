"""`/__sim__/`: what Salesforce itself, its administrator, another user or the passing of time can do.

POST with a JSON object, no token. Network faults are no part of it; they belong to the client's transport.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tieout_salesforce.simulator import deals, removal, saving
from tieout_salesforce.simulator.automation import Trigger, Validation
from tieout_salesforce.simulator.counters import Counters
from tieout_salesforce.simulator.encoding import moment, stamp
from tieout_salesforce.simulator.metadata import read_field
from tieout_salesforce.simulator.problems import BAD_REQUEST, refuse
from tieout_salesforce.simulator.routing import Call, Handler, Reply, Route, route
from tieout_salesforce.simulator.schema import Field, Object, spaced, text
from tieout_salesforce.simulator.table import Row

if TYPE_CHECKING:
    from tieout_salesforce.simulator.world import World


def _need(body: dict[str, Any], name: str) -> Any:
    if name not in body:
        raise refuse(BAD_REQUEST, "MISSING_ARGUMENT", f"{name} must be given")
    return body[name]


def _object(world: World, body: dict[str, Any]) -> Object:
    found = world.org.layout.find(str(_need(body, "object")))
    if found is None:
        raise refuse(BAD_REQUEST, "INVALID_TYPE", f"no object {body['object']!r}")
    return found


def _field(world: World, body: dict[str, Any]) -> tuple[Object, Field]:
    one = _object(world, body)
    field = one.fields.get(str(_need(body, "field")))
    if field is None:
        raise refuse(BAD_REQUEST, "INVALID_FIELD", f"no field {body['field']!r} on {one.name}")
    return one, field


def _record(world: World, body: dict[str, Any], key: str = "id") -> tuple[str, str]:
    return saving.record_id(world.org, _object(world, body).name, _need(body, key))


def _user(world: World, body: dict[str, Any]) -> str:
    """Say who acts: a person, unless the body asks for the integration user, as automation runs as it."""
    return world.org.integration_user if body.get("user") == "integration" else world.org.human_user


def clock(world: World, call: Call) -> Reply:
    """Set the clock forward: `{"advance": seconds}` or `{"set": instant}`; an empty body only reads it."""
    body = call.record() if call.body else {}
    if "advance" in body:
        world.org.advance(timedelta(seconds=float(body["advance"])))
    if "set" in body:
        world.org.advance(moment(str(body["set"])) - world.org.now())
    return Reply(body={"now": world.org.now().isoformat()})


def limits(world: World, call: Call) -> Reply:
    """Change the allowance: `{"off": true}`, `{"daily": calls}`, `{"used": calls}`, `{"disabled": true}`."""
    body = call.record()
    world.allowance.off = body.get("off", world.allowance.off) is True
    world.allowance.disabled = body.get("disabled", world.allowance.disabled) is True
    world.allowance.daily = int(body.get("daily", world.allowance.daily))
    if "used" in body:
        world.allowance.set_used(int(body["used"]))
    return Reply(body={"daily": world.allowance.daily, "used": world.allowance.used, "off": world.allowance.off})


def counters(world: World, _call: Call) -> Reply:
    """Tell what was asked and what came of it."""
    return Reply(body=world.org.counters.as_json())


def counters_reset(world: World, _call: Call) -> Reply:
    """Count from nought."""
    world.org.counters = Counters()
    return Reply(body={})


def edit(world: World, call: Call) -> Reply:
    """Edit a record as a person: `{"object", "id", "fields"}`; without an id it is created."""
    body = call.record()
    fields = _need(body, "fields")
    user = _user(world, body)
    if "id" not in body:
        return Reply(body={"id": saving.insert(world.org, user, _object(world, body).name, fields)})
    name, id = _record(world, body)
    saving.update(world.org, user, name, id, fields)
    return Reply(body={"id": id})


def delete(world: World, call: Call) -> Reply:
    """Delete a record as a person: `{"object", "id"}`."""
    body = call.record()
    removal.delete(world.org, _user(world, body), *_record(world, body))
    return Reply(body={})


def undelete(world: World, call: Call) -> Reply:
    """Restore a record under its id: `{"object", "id"}` (REST itself has no such call; section 2.12)."""
    body = call.record()
    removal.undelete(world.org, _user(world, body), *_record(world, body))
    return Reply(body={})


def hard_delete(world: World, call: Call) -> Reply:
    """Erase a record: `{"object", "id"}`."""
    body = call.record()
    removal.erase(world.org, _user(world, body), *_record(world, body))
    return Reply(body={})


def merge(world: World, call: Call) -> Reply:
    """Merge two records: `{"object", "winner", "loser"}`, `fields` for the winner if wished (section 2.12)."""
    body = call.record()
    name, winner = _record(world, body, "winner")
    _, loser = _record(world, body, "loser")
    removal.merge(world.org, _user(world, body), name, winner, loser, body.get("fields", {}))
    return Reply(body={"id": winner})


def late(world: World, call: Call) -> Reply:
    """Commit a record with an older stamp, as a long transaction does: `{"object", "fields", "modstamp"}`, `id`.

    Section 7, trap 2: a reader that has passed that stamp will not see it without an overlap.
    """
    body = call.record()
    at = stamp(moment(str(_need(body, "modstamp"))))
    name = _object(world, body).name
    with world.org.transaction():
        if "id" in body:
            _, id = _record(world, body)
            saving.update(world.org, _user(world, body), name, id, _need(body, "fields"))
        else:
            id = saving.insert(world.org, _user(world, body), name, _need(body, "fields"))
        row = world.org.tables[name].rows[id]
        created = min(at, row["CreatedDate"])
        world.org.put(name, {**row, "SystemModstamp": at, "LastModifiedDate": at, "CreatedDate": created})
    return Reply(body={"id": id})


def touch(world: World, call: Call) -> Reply:
    """Give many records one equal SystemModstamp, now: `{"object"}`, `ids` or all (section 7, trap 1)."""
    body = call.record()
    name = _object(world, body).name
    now = world.org.stamp()
    wanted = body.get("ids") or list(world.org.tables[name].rows)
    for text_id in wanted:
        _, id = saving.record_id(world.org, name, text_id)
        world.org.put(name, {**saving.existing(world.org, name, id), "SystemModstamp": now})
    return Reply(body={"touched": len(wanted), "stamp": now})


def trigger(world: World, call: Call) -> Reply:
    """Add automation that rewrites after a save: `{"object", "set": {...}}`, `when`: only if this field was saved."""
    body = call.record()
    one = _object(world, body)
    rewritten: Row = _need(body, "set")
    unknown = [name for name in rewritten if name not in one.fields]
    if unknown:
        raise refuse(BAD_REQUEST, "INVALID_FIELD", f"no field {unknown[0]!r} on {one.name}")
    world.org.automation.triggers.append(Trigger(one.name, body.get("when"), rewritten))
    return Reply(body={})


def ignore(world: World, call: Call) -> Reply:
    """Ignore writes of a field without a word: `{"object", "field"}`; `"ignored": false` ends it."""
    body = call.record()
    one, field = _field(world, body)
    _switch(world.org.automation.ignored, (one.name, field.name), on=body.get("ignored", True) is True)
    return Reply(body={})


def fls(world: World, call: Call) -> Reply:
    """Hide a field from the integration user, or show it: `{"object", "field", "hidden"}` (section 0, 8).

    Or let the user see and not edit it: `{"object", "field", "read_only"}`.
    """
    body = call.record()
    one, field = _field(world, body)
    layout = world.org.layout
    if "read_only" in body:
        _switch(layout.read_only, (one.name, field.name), on=body["read_only"] is True)
    else:
        _switch(layout.hidden, (one.name, field.name), on=_need(body, "hidden") is True)
    world.org.layout.changed[one.name] = world.org.stamp()
    return Reply(body={})


def rights(world: World, call: Call) -> Reply:
    """Say what the integration user may do with an object: `{"object"}`, each of `read`, `create`, `update`, `delete`.

    Who may not read it does not see that it is there.
    What is not named stays as it is.
    """
    body = call.record()
    one, layout = _object(world, body), world.org.layout
    barred = set(layout.barred.get(one.name, ()))
    for verb in ("read", "create", "update", "delete"):
        if verb in body:
            (barred.discard if body[verb] is True else barred.add)(verb)
    layout.barred[one.name] = frozenset(barred)
    layout.changed[one.name] = world.org.stamp()
    return Reply(body={"barred": sorted(barred)})


def _switch(switched: set[tuple[str, str]], key: tuple[str, str], *, on: bool) -> None:
    if on:
        switched.add(key)
    else:
        switched.discard(key)


def field_add(world: World, call: Call) -> Reply:
    """Add a custom field: `{"object", "field"}` with `length` for text, or `{"object", "xml"}` in source format."""
    body = call.record()
    one = _object(world, body)
    if "xml" in body:
        field = read_field(str(body["xml"]))
    else:
        name = str(_need(body, "field"))
        field = text(name, int(body.get("length", 255)), label=spaced(name))
    if not field.custom:
        raise refuse(BAD_REQUEST, "INVALID_FIELD", "the name of a custom field ends in __c")
    world.org.add_field(one.name, field)
    return Reply(body={})


def field_remove(world: World, call: Call) -> Reply:
    """Remove a custom field with what it holds: `{"object", "field"}`."""
    one, field = _field(world, call.record())
    if not field.custom:
        raise refuse(BAD_REQUEST, "INVALID_FIELD", "only a custom field can be removed")
    world.org.remove_field(one.name, field.name)
    return Reply(body={})


def revoke(world: World, _call: Call) -> Reply:
    """End every session (section 1.3); the client's id and secret still work."""
    world.sessions.revoke_all()
    return Reply(body={})


def validation(world: World, call: Call) -> Reply:
    """Add a rule: `{"object", "field", "message"}`, `equals`: only for this value; `"remove": true` ends it."""
    body = call.record()
    one, field = _field(world, body)
    automation = world.org.automation
    if body.get("remove") is True:
        automation.validations = [r for r in automation.validations if (r.object, r.field) != (one.name, field.name)]
    else:
        rule = Validation(one.name, field.name, str(_need(body, "message")), body.get("equals"))
        automation.validations.append(rule)
    return Reply(body={})


def lock(world: World, call: Call) -> Reply:
    """Lock a record for the next `times` attempts to write it: `{"object", "id"}` (section 7, trap 14)."""
    body = call.record()
    _, id = _record(world, body)
    world.org.automation.locked[id] = int(body.get("times", 1))
    return Reply(body={})


def settings(world: World, call: Call) -> Reply:
    """Change what no fact decides: `{"line_moves_parent": bool}`, `{"excess_decimals": "keep" | "round"}`.

    `{"open_end": "null" | "far"}`: the NextStartDate of the last dated rate.
    """
    body = call.record()
    world.org.settings.open_end = "far" if body.get("open_end", world.org.settings.open_end) == "far" else "null"
    world.org.settings.line_moves_parent = body.get("line_moves_parent", world.org.settings.line_moves_parent) is True
    rounding = body.get("excess_decimals", world.org.settings.excess_decimals)
    world.org.settings.excess_decimals = "round" if rounding == "round" else "keep"
    return Reply(body={})


def stage(world: World, call: Call) -> Reply:
    """Rename a stage as an administrator: `{"from", "to"}`; `records`: "follow" or "stay" (section 2.13).

    Which of the two deals of that stage do, no fact decides. Neither they nor their flags are touched otherwise.
    """
    body = call.record()
    old, new = str(_need(body, "from")), str(_need(body, "to"))
    deals.rename_stage(world.org, old, new)
    if body.get("records", "follow") == "follow":
        deals.follow_stage(world.org, old, new)
    return Reply(body={"stage": new})


def dated_rate(world: World, call: Call) -> Reply:
    """Enter a dated rate as a person: `{"currency", "start", "rate"}`; one of that day is changed (section 2.13)."""
    body = call.record()
    values = {"IsoCode": _need(body, "currency"), "StartDate": _need(body, "start"), "ConversionRate": body.get("rate")}
    if "DatedConversionRate" not in world.org.tables:
        raise refuse(BAD_REQUEST, "INVALID_TYPE", "this org has no dated rates")
    return Reply(body={"id": saving.enter_dated_rate(world.org, world.org.human_user, values)})


def _checked(handler: Handler) -> Handler:
    """Answer 400 to a number or an instant that is none."""

    def answering(world: World, call: Call) -> Reply:
        try:
            return handler(world, call)
        except ValueError as error:
            raise refuse(BAD_REQUEST, "INVALID_INPUT", str(error)) from None

    return answering


ROUTES: tuple[Route, ...] = (
    route("GET", "/__sim__/counters", "sim", counters),
    route("POST", "/__sim__/counters", "sim", counters),
    route("GET", "/__sim__/clock", "sim", clock),
    *(
        route("POST", f"/__sim__/{name}", "sim", _checked(handler))
        for name, handler in {
            "clock": clock,
            "limits": limits,
            "counters/reset": counters_reset,
            "edit": edit,
            "delete": delete,
            "undelete": undelete,
            "hard_delete": hard_delete,
            "merge": merge,
            "late": late,
            "touch": touch,
            "trigger": trigger,
            "ignore": ignore,
            "fls": fls,
            "rights": rights,
            "field/add": field_add,
            "field/remove": field_remove,
            "revoke": revoke,
            "validation": validation,
            "lock": lock,
            "settings": settings,
            "dated_rate": dated_rate,
            "stage": stage,
        }.items()
    ),
)
