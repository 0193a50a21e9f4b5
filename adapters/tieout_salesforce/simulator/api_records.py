"""Single records (fact sheet, section 2.6)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tieout_salesforce.simulator import removal, saving
from tieout_salesforce.simulator.api_meta import find_object, http_date
from tieout_salesforce.simulator.encoding import moment
from tieout_salesforce.simulator.problems import (
    BAD_REQUEST,
    NOT_FOUND,
    RowRefused,
    not_found,
    refuse,
    refuse_row,
)
from tieout_salesforce.simulator.reading import attributes, getter, whole_record
from tieout_salesforce.simulator.routing import (
    CREATED,
    MULTIPLE,
    NO_CONTENT,
    NOT_MODIFIED,
    OK,
    PRECONDITION,
    Call,
    Reply,
    Route,
    route,
)
from tieout_salesforce.simulator.schema import Field, Object
from tieout_salesforce.simulator.table import Row

if TYPE_CHECKING:
    from tieout_salesforce.simulator.world import World


def _row(world: World, one: Object, text: str) -> Row:
    """Find a record that is there; raises RequestRefused (section 2.7: deleted 404, unknown 404)."""
    try:
        _, id = saving.record_id(world.org, one.name, text)
    except RowRefused:
        raise not_found() from None
    row = world.org.row(one.name, id)
    if row is None:
        raise not_found()
    if row.get("IsDeleted"):
        raise refuse_row("ENTITY_IS_DELETED", "entity is deleted")
    return row


def created(id: str, *, fresh: bool | None = None) -> dict[str, Any]:
    """Give the body of a success; an upsert says whether it created."""
    body: dict[str, Any] = {"id": id, "success": True, "errors": []}
    return body if fresh is None else {**body, "created": fresh}


def create(world: World, call: Call) -> Reply:
    """Create a record."""
    one = find_object(world, call)
    values = call.record()
    if "Id" in values or "id" in values:
        raise refuse(BAD_REQUEST, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call")
    id = saving.insert(world.org, call.user, one.name, values)
    return Reply(CREATED, created(id), {"Location": attributes(one.name, id, call.version)["url"]})


def read(world: World, call: Call) -> Reply:
    """Read a record, some fields of it or all."""
    one = find_object(world, call)
    return _answer(world, call, one, _row(world, one, call.args[1]))


def _answer(world: World, call: Call, one: Object, row: Row) -> Reply:
    since = http_date(call, "if-modified-since")
    if since is not None and moment(row["LastModifiedDate"]) <= since:
        return Reply(NOT_MODIFIED)
    names = [name for name in call.params.get("fields", "").split(",") if name]
    if not names:
        return Reply(body=whole_record(world.org, call.user, one.name, row, call.version))
    return Reply(body=some_fields(world, call, one, row, names))


def some_fields(world: World, call: Call, one: Object, row: Row, names: list[str]) -> dict[str, Any]:
    """Read named fields and the id; raises RequestRefused (INVALID_FIELD)."""
    fields = world.org.fields(one.name, call.user)
    unknown = [name for name in names if name not in fields]
    if unknown:
        raise refuse(BAD_REQUEST, "INVALID_FIELD", f"No such column '{unknown[0]}' on sobject of type {one.name}")
    values = {name: getter(world.org, one.name, fields[name])(row) for name in [*names, "Id"]}
    return {"attributes": attributes(one.name, row["Id"], call.version), **values}


def change(world: World, call: Call) -> Reply:
    """Change a record; `If-Unmodified-Since` is the one lock that REST offers (section 2.6)."""
    one = find_object(world, call)
    row = _row(world, one, call.args[1])
    known: datetime | None = http_date(call, "if-unmodified-since")
    if known is not None and moment(row["LastModifiedDate"]) > known:
        return Reply(PRECONDITION)
    values = call.record()
    if "Id" in values or "id" in values:
        raise refuse(BAD_REQUEST, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Id.")
    saving.update(world.org, call.user, one.name, row["Id"], values)
    return Reply(NO_CONTENT)


def delete(world: World, call: Call) -> Reply:
    """Put a record into the recycle bin."""
    one = find_object(world, call)
    row = _row(world, one, call.args[1])
    removal.delete(world.org, call.user, one.name, row["Id"])
    return Reply(NO_CONTENT)


def external_field(world: World, call: Call, one: Object, name: str) -> Field:
    """Find the external id field that a path names; raises RequestRefused."""
    field = world.org.fields(one.name, call.user).get(name)
    if field is None or not (field.external_id or field.name == "Id"):
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise refuse(NOT_FOUND, "NOT_FOUND", message)
    return field


def _matches(world: World, call: Call, one: Object) -> list[Row]:
    field = external_field(world, call, one, call.args[1])
    return world.org.tables[one.name].live(field.name, call.args[2])


def _several(one: Object, rows: list[Row], call: Call) -> Reply:
    """Answer 300 with the addresses of all matches; nothing is written (section 2.6)."""
    return Reply(MULTIPLE, [attributes(one.name, row["Id"], call.version)["url"] for row in rows])


def read_by_key(world: World, call: Call) -> Reply:
    """Read a record by external id."""
    one = find_object(world, call)
    rows = _matches(world, call, one)
    if len(rows) > 1:
        return _several(one, rows, call)
    if not rows:
        raise not_found()
    return _answer(world, call, one, rows[0])


def upsert(world: World, call: Call) -> Reply:
    """Create or update by external id; `updateOnly=true` never creates (section 2.6)."""
    one = find_object(world, call)
    field = external_field(world, call, one, call.args[1])
    values = call.record()
    if any(name.lower() in {"id", field.name.lower()} for name in values):
        message = f"The {field.name} field should not be specified in the sobject data."
        raise refuse(BAD_REQUEST, "INVALID_FIELD", message)
    rows = _matches(world, call, one)
    if len(rows) > 1:
        return _several(one, rows, call)
    if not rows and call.params.get("updateOnly", "").lower() == "true":
        raise not_found()
    id, fresh = saving.upsert(world.org, call.user, one.name, field, {**values, field.name: call.args[2]})
    return Reply(CREATED if fresh else OK, created(id, fresh=fresh))


def delete_by_key(world: World, call: Call) -> Reply:
    """Delete a record by external id."""
    one = find_object(world, call)
    rows = _matches(world, call, one)
    if len(rows) > 1:
        return _several(one, rows, call)
    if not rows:
        raise not_found()
    removal.delete(world.org, call.user, one.name, rows[0]["Id"])
    return Reply(NO_CONTENT)


ROUTES: tuple[Route, ...] = (
    route("POST", "/sobjects/*", "record.create", create, write=True),
    route("GET", "/sobjects/*/*", "record.read", read),
    route("PATCH", "/sobjects/*/*", "record.update", change, write=True),
    route("DELETE", "/sobjects/*/*", "record.delete", delete, write=True),
    route("GET", "/sobjects/*/*/*", "record.read", read_by_key),
    route("PATCH", "/sobjects/*/*/*", "record.upsert", upsert, write=True),
    route("DELETE", "/sobjects/*/*/*", "record.delete", delete_by_key, write=True),
)
