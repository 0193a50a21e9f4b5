"""Writing: one batch as one Collections call, its answer as one outcome a row (fact sheet, section 2.8).

A create is a plain insert that carries our key. Where the key's field is unique, Salesforce refuses a second record
with it (DUPLICATE_VALUE, section 2.7) and names the first: no twin arises, and nothing is overwritten. An upsert on the
key would not make a twin either, but it would write over a record that people may have worked on since; so none is
ever sent. What became of a create without an answer is found by the key (`Reads.created`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieout.adapter import Applied, Cause, Gone, InDoubt, Kind, Outcome, Refused, Value, Verb
from tieout.errors import AnswerLost
from tieout_salesforce.errors import CAUSES
from tieout_salesforce.records import encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieout.adapter import Batch, Operation
    from tieout_salesforce.rest import Rest

_COLLECTIONS = "/composite/sobjects"
_OTHER = re.compile(r"record with id: ?([A-Za-z0-9]{15,18})")


@dataclass(frozen=True, slots=True)
class Request:
    """One Collections call; the path is below the version's root."""

    method: str
    path: str
    params: Mapping[str, str] | None = None
    json: Value = None


def write(rest: Rest, batch: Batch) -> list[Outcome]:
    """Send one batch once and read the outcome of each row.

    Raises AnswerLost if the answer has not one row for each operation: what was done is then unknown.
    """
    call = request(batch)
    rows = rest.send(call.method, call.path, params=call.params, json=call.json)
    if len(rows) != len(batch.operations):
        raise AnswerLost(
            f"Salesforce answered {len(rows)} rows for {len(batch.operations)} records of {batch.type.name}"
        )
    return [outcome(row, operation, batch) for row, operation in zip(rows, batch.operations, strict=True)]


def request(batch: Batch) -> Request:
    """Compose the call: POST to create, PATCH to update, DELETE by ids; never all or none."""
    if batch.verb is Verb.DELETE:
        ids = ",".join(str(operation.id) for operation in batch.operations)
        return Request("DELETE", _COLLECTIONS, {"ids": ids, "allOrNone": "false"})
    body: Value = {"allOrNone": False, "records": [_record(operation, batch) for operation in batch.operations]}
    return Request("PATCH" if batch.verb is Verb.UPDATE else "POST", _COLLECTIONS, json=body)


def _record(operation: Operation, batch: Batch) -> dict[str, Value]:
    record: dict[str, Value] = {"attributes": {"type": batch.type.name}, **encode(operation.values, batch.type)}
    if operation.id is not None:
        return {**record, "id": operation.id}
    return {**record, batch.type.marker: operation.key} if batch.type.marker else record


def outcome(row: Any, operation: Operation, batch: Batch) -> Outcome:
    """Read one row. It carries no values: the engine reads the record back, with who changed it last."""
    if not isinstance(row, dict) or not isinstance(row.get("success"), bool):
        return InDoubt("Salesforce's answer for this record cannot be read")
    if not row["success"]:
        return _refused(row, operation, batch)
    id = row.get("id") or operation.id
    if not isinstance(id, str) or (operation.id is not None and id != operation.id):
        return InDoubt("Salesforce's answer for this record names another one")
    return Applied(id, Gone(id) if batch.verb is Verb.DELETE else None)


def _refused(row: Mapping[str, Any], operation: Operation, batch: Batch) -> Outcome:
    errors = [error for error in row.get("errors") or () if isinstance(error, dict)]
    if not errors:
        return Refused(Cause.DATA, "refused-without-reason", "Salesforce refused this record without a reason")
    first = errors[0]
    code, message = str(first.get("statusCode", "")), str(first.get("message", ""))
    paths = tuple(str(path) for error in errors for path in error.get("fields") or ())
    return Refused(_cause(code, message, operation, batch), code, message, paths, _twin(code, first, message))


def _cause(code: str, message: str, operation: Operation, batch: Batch) -> Cause:
    """Judge whose move it is by the code, where one code means two things by what was sent."""
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and "UNABLE_TO_LOCK_ROW" in message:
        return Cause.BUSY  # an automation met the lock (section 2.7)
    if code in {"INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"} and operation.id and not _refers(operation, batch):
        return Cause.MOVED  # nothing was referred to but the record itself: it is out of reach
    return CAUSES.get(code, Cause.DATA)


def _refers(operation: Operation, batch: Batch) -> bool:
    fields = batch.type.fields
    return any(name in fields and fields[name].kind is Kind.REFERENCE for name in operation.values)


def _twin(code: str, error: Mapping[str, Any], message: str) -> str | None:
    """Name the record that is there already: by the text of a unique field, or by a duplicate rule's result."""
    if code == "DUPLICATE_VALUE":
        found = _OTHER.search(message)
        return found.group(1) if found else None
    return next(iter(_matches(error)), None) if code == "DUPLICATES_DETECTED" else None


def _matches(error: Mapping[str, Any]) -> Sequence[str]:
    """List the ids of a duplicate rule's result; its key really is spelt both ways (section 2.12)."""
    result = error.get("duplicateResut") or error.get("duplicateResult") or {}
    records = [match["record"] for one in result.get("matchResults", ()) for match in one.get("matchRecords", ())]
    return [str(record["Id"]) for record in records if record.get("Id")]
