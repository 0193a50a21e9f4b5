"""sObject Collections: up to 200 records in one call, refused one by one (fact sheet, section 2.8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tieout_salesforce.simulator import ids, removal, saving
from tieout_salesforce.simulator.api_meta import find_object
from tieout_salesforce.simulator.api_records import created, external_field, some_fields
from tieout_salesforce.simulator.problems import BAD_REQUEST, Problem, RequestRefused, RowRefused, refuse, refuse_row
from tieout_salesforce.simulator.routing import Call, Reply, Route, route

if TYPE_CHECKING:
    from tieout_salesforce.simulator.world import World

MOST_RECORDS, MOST_CHUNKS, MOST_READ = 200, 10, 2000
_ROLLED_BACK = Problem(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)

Work = Callable[[Any], dict[str, Any]]


class _Spoiled(Exception):
    """One row failed where all or none was asked for."""


def _each(world: World, items: Sequence[Any], work: Work, *, all_or_none: bool) -> Reply:
    """Work through a request's records in order; a refused one leaves the others alone, unless all or none."""
    results: list[dict[str, Any]] = []
    failed = False

    def run() -> None:
        nonlocal failed
        for item in items:
            try:
                results.append(work(item))
            except RowRefused as refused:
                failed = True
                world.org.counters.rejected.update(problem.code for problem in refused.problems)
                results.append({"success": False, "errors": [problem.as_row() for problem in refused.problems]})
        if failed and all_or_none:
            raise _Spoiled

    try:
        with world.org.transaction():
            run()
    except _Spoiled:
        undone = {"success": False, "errors": [_ROLLED_BACK.as_row()]}
        return Reply(body=[undone if result["success"] else result for result in results])
    return Reply(body=results)


def _records(call: Call) -> tuple[list[dict[str, Any]], bool]:
    """Read `records` and `allOrNone`; raises RequestRefused for a request that is wrong as a whole."""
    body = call.record()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise refuse(BAD_REQUEST, "JSON_PARSER_ERROR", "records must be a list of objects")
    if len(records) > MOST_RECORDS:
        message = f"record limit reached. cannot submit more than {MOST_RECORDS} records into this call"
        raise refuse(BAD_REQUEST, "EXCEEDED_ID_LIMIT", message)
    types = [_type(record) for record in records]
    if None in types:
        raise refuse(BAD_REQUEST, "INVALID_INPUT", "each record needs attributes with a type")
    if sum(1 for _ in groupby(types)) > MOST_CHUNKS:
        message = f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. Please rearrange the data."
        raise refuse(BAD_REQUEST, "LIMIT_EXCEEDED", message)
    return records, body.get("allOrNone", False) is True


def _type(record: dict[str, Any]) -> str | None:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    return name if isinstance(name, str) else None


def _object(world: World, record: dict[str, Any]) -> str:
    found = world.org.layout.find(str(_type(record)))
    if found is None:
        raise refuse_row("INVALID_TYPE", f"sObject type '{_type(record)}' is not supported.")
    return found.name


def _values(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key.lower() != "id" and key != "attributes"}


def create(world: World, call: Call) -> Reply:
    """Create records."""
    records, all_or_none = _records(call)

    def one(record: dict[str, Any]) -> dict[str, Any]:
        name = _object(world, record)
        if len(_values(record)) != len(record) - 1:
            raise refuse_row("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id")
        return created(saving.insert(world.org, call.user, name, _values(record)))

    return _each(world, records, one, all_or_none=all_or_none)


def update(world: World, call: Call) -> Reply:
    """Update records by `id`; the same id twice in one request is refused both times."""
    records, all_or_none = _records(call)
    seen = Counter(ids.normal(str(_id(record))) for record in records)

    def one(record: dict[str, Any]) -> dict[str, Any]:
        name, id = saving.record_id(world.org, _object(world, record), _id(record))
        if seen[id] > 1:
            raise refuse_row("DUPLICATE_VALUE", f"duplicate id specified: {id}")
        saving.update(world.org, call.user, name, id, _values(record))
        return created(id)

    return _each(world, records, one, all_or_none=all_or_none)


def _id(record: dict[str, Any]) -> Any:
    return record.get("id", record.get("Id"))


def upsert(world: World, call: Call) -> Reply:
    """Create or update records of one object by external id; a key given twice is refused (section 2.7)."""
    target = find_object(world, call)
    field = external_field(world, call, target, call.args[1])
    records, all_or_none = _records(call)
    if any(str(_type(record)).lower() != target.name.lower() for record in records):
        raise refuse(BAD_REQUEST, "INVALID_INPUT", f"all records must be of type {target.name}")
    keys = Counter(str(record.get(field.name)) for record in records)

    def one(record: dict[str, Any]) -> dict[str, Any]:
        if field.name == "Id":
            return _by_id(world, call, target.name, record)
        key = record.get(field.name)
        if key is not None and keys[str(key)] > 1:
            raise refuse_row("DUPLICATE_EXTERNAL_ID", f"Duplicate external id specified: {key}", field.name)
        if len(_values(record)) != len(record) - 1:
            raise refuse_row("INVALID_FIELD_FOR_INSERT_UPDATE", "an upsert by external id takes no record id", "Id")
        id, fresh = saving.upsert(world.org, call.user, target.name, field, _values(record))
        return created(id, fresh=fresh)

    return _each(world, records, one, all_or_none=all_or_none)


def _by_id(world: World, call: Call, name: str, record: dict[str, Any]) -> dict[str, Any]:
    """Upsert by record id: without one the record is created (section 2.8)."""
    if _id(record) is None:
        return created(saving.insert(world.org, call.user, name, _values(record)), fresh=True)
    _, id = saving.record_id(world.org, name, _id(record))
    saving.update(world.org, call.user, name, id, _values(record))
    return created(id, fresh=False)


def delete(world: World, call: Call) -> Reply:
    """Delete records by id."""
    wanted = [id for id in call.params.get("ids", "").split(",") if id]
    if not wanted or len(wanted) > MOST_RECORDS:
        raise refuse(BAD_REQUEST, "EXCEEDED_ID_LIMIT", f"give between 1 and {MOST_RECORDS} ids")

    def one(text: str) -> dict[str, Any]:
        name, id = saving.record_id(world.org, None, text)
        removal.delete(world.org, call.user, name, id)
        return created(id)

    return _each(world, wanted, one, all_or_none=call.params.get("allOrNone", "").lower() == "true")


def _read(world: World, call: Call, wanted: Sequence[Any], fields: Sequence[Any]) -> Reply:
    """Read records by id: null where there is none (not confirmed, section 8, 5), in the order asked."""
    one = find_object(world, call)
    if len(wanted) > MOST_READ:
        raise refuse(BAD_REQUEST, "EXCEEDED_ID_LIMIT", f"cannot read more than {MOST_READ} records in one call")
    if not wanted or not fields:
        raise RequestRefused(BAD_REQUEST, [Problem("REQUIRED_FIELD_MISSING", "ids and fields must be given")])
    found = []
    for text in wanted:
        id = ids.normal(str(text))
        row = world.org.row(one.name, id)
        live = row is not None and not row.get("IsDeleted")
        found.append(some_fields(world, call, one, row, [str(f) for f in fields]) if row and live else None)
    return Reply(body=found)


def read(world: World, call: Call) -> Reply:
    """Read records named in the address."""
    return _read(world, call, *([v for v in call.params.get(name, "").split(",") if v] for name in ("ids", "fields")))


def read_many(world: World, call: Call) -> Reply:
    """Read records named in the body."""
    body = call.record()
    wanted, fields = body.get("ids"), body.get("fields")
    if not isinstance(wanted, list) or not isinstance(fields, list):
        raise refuse(BAD_REQUEST, "JSON_PARSER_ERROR", "ids and fields must be lists")
    return _read(world, call, wanted, fields)


ROUTES: tuple[Route, ...] = (
    route("POST", "/composite/sobjects", "collections.create", create, write=True),
    route("PATCH", "/composite/sobjects", "collections.update", update, write=True),
    route("DELETE", "/composite/sobjects", "collections.delete", delete, write=True),
    route("PATCH", "/composite/sobjects/*/*", "collections.upsert", upsert, write=True),
    route("GET", "/composite/sobjects/*", "collections.read", read),
    route("POST", "/composite/sobjects/*", "collections.read", read_many),
)
