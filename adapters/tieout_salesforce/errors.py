"""What Salesforce's refusals mean: of a request, as errors of the port; of a row, as a cause (fact sheet, 2.7)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tieout.adapter import Cause
from tieout.errors import BadAnswer, BatchRefused, ConnectionFault, Forbidden, NotNow, ObjectForbidden, Unauthorised

if TYPE_CHECKING:
    from collections.abc import Mapping

CAUSES: Mapping[str, Cause] = {
    "REQUIRED_FIELD_MISSING": Cause.DATA,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Cause.DATA,
    "FIELD_INTEGRITY_EXCEPTION": Cause.DATA,
    "FIELD_FILTER_VALIDATION_EXCEPTION": Cause.DATA,
    "NUMBER_OUTSIDE_VALID_RANGE": Cause.DATA,
    "INVALID_EMAIL_ADDRESS": Cause.DATA,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Cause.DATA,
    "INVALID_CURRENCY_ISO": Cause.DATA,
    "STANDARD_PRICE_NOT_DEFINED": Cause.DATA,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Cause.DATA,
    "CANNOT_EXECUTE_FLOW_TRIGGER": Cause.DATA,
    "APEX_ERROR": Cause.DATA,
    "INVALID_FIELD": Cause.MAPPING,
    "INVALID_FIELD_FOR_INSERT_UPDATE": Cause.MAPPING,
    "INVALID_TYPE_ON_FIELD_IN_RECORD": Cause.MAPPING,
    "INVALID_TYPE": Cause.MAPPING,
    "STRING_TOO_LONG": Cause.MAPPING,
    "JSON_PARSER_ERROR": Cause.MAPPING,
    "MALFORMED_ID": Cause.REFERENCE,
    "INVALID_CROSS_REFERENCE_KEY": Cause.REFERENCE,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Cause.REFERENCE,
    "INACTIVE_OWNER_OR_USER": Cause.REFERENCE,
    "INSUFFICIENT_ACCESS_OR_READONLY": Cause.PERMISSION,
    "INSUFFICIENT_ACCESS": Cause.PERMISSION,
    "CANNOT_DELETE_MANAGED_OBJECT": Cause.PERMISSION,
    "DELETE_FAILED": Cause.LOCKED,
    "ENTITY_IS_LOCKED": Cause.LOCKED,
    "DUPLICATE_VALUE": Cause.EXISTS,
    "DUPLICATE_EXTERNAL_ID": Cause.EXISTS,
    "DUPLICATES_DETECTED": Cause.EXISTS,
    "ENTITY_IS_DELETED": Cause.MOVED,
    "NOT_FOUND": Cause.MOVED,
    "UNABLE_TO_LOCK_ROW": Cause.BUSY,
    "SERVER_UNAVAILABLE": Cause.BUSY,
    "REQUEST_RUNNING_TOO_LONG": Cause.BUSY,
    "TXN_SECURITY_METERING_ERROR": Cause.BUSY,
    "UNKNOWN_EXCEPTION": Cause.BUSY,
    "LIMIT_EXCEEDED": Cause.BUSY,
    "STORAGE_LIMIT_EXCEEDED": Cause.BUSY,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": Cause.COLLATERAL,
    "PROCESSING_HALTED": Cause.COLLATERAL,
}
"""A row's `statusCode` -> whose move it is. A code that is not here is the record's own affair: a person looks."""

_NO_API = ("this Salesforce edition or login has no API access", "enable the API for the org and the user")
_USED_UP = ("the org's API calls are used up", "wait, or lower `calls` of this connection")
_INCURABLE = b"not valid for use with the REST API"
_SLOW = {"QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG", "SERVER_UNAVAILABLE", "UNABLE_TO_LOCK_ROW", "UNKNOWN_EXCEPTION"}
_HIDDEN = {"INVALID_FIELD", "INVALID_TYPE", "INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY"}


def problems(body: bytes) -> list[tuple[str, str]]:
    """Read code and message of each error; empty if the body is none of Salesforce's own (section 1.2, 2.7).

    REST answers an array of `errorCode` and `message`, the token endpoint one object of `error` and
    `error_description`; the network's edge answers HTML or nothing.
    """
    try:
        found: Any = json.loads(body)
    except ValueError:
        return []
    rows = found if isinstance(found, list) else [found]
    return [
        (str(row[key]), str(row.get(text, ""))) for row in rows if isinstance(row, dict) for key, text in _keys(row)
    ]


def _keys(row: Mapping[str, object]) -> list[tuple[str, str]]:
    known = [("errorCode", "message"), ("error", "error_description"), ("exceptionCode", "exceptionMessage")]
    return [pair for pair in known if pair[0] in row][:1]


def http_error(status: int, headers: Mapping[str, str], body: bytes) -> Exception | None:
    """Name what stops a whole request; None: the client goes by the status.

    A 400 is `BatchRefused` with Salesforce's code; reads turn it into what it means for a read (`unreadable`).
    """
    del headers  # Salesforce says everything in the body: no Retry-After (section 2.2)
    if status == 401 and _INCURABLE in body:  # noqa: PLR2004 - HTTP statuses read best as figures
        return Unauthorised(
            "Salesforce does not accept this session for its REST API; a new token does not help",
            mend="give the app the scope `api`, and check the login's IP ranges and session policy",
        )
    for code, message in problems(body):
        known = _by_code(code, message)
        if known:
            return known
        if status == 400:  # noqa: PLR2004 - as above
            return BatchRefused(code, message, cause=CAUSES.get(code, Cause.DATA))
    return None


def _by_code(code: str, message: str) -> Exception | None:
    match code:
        case "REQUEST_LIMIT_EXCEEDED" | "rate_limit_exceeded":
            return NotNow(_USED_UP[0], mend=_USED_UP[1])
        case "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED":
            return Forbidden(_NO_API[0], mend=_NO_API[1])
        case "INVALID_OPERATION_WITH_EXPIRED_PASSWORD":
            return Unauthorised("the login's password has expired", mend="set a new password in Salesforce")
        case "UNSUPPORTED_API_VERSION":
            return Forbidden("this API version has been retired", mend="raise `version` in the connection's options")
        case "invalid_grant" | "invalid_client" | "invalid_client_id" | "inactive_user" | "inactive_org":
            return Unauthorised(f"Salesforce refused to authorise: {code}: {message}", mend="check the credentials")
    return None


def expired(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell a dead token from a session that no refresh can mend: both say INVALID_SESSION_ID (section 1.3)."""
    del headers
    return status == 401 and b"INVALID_SESSION_ID" in body and _INCURABLE not in body  # noqa: PLR2004 - as above


def unreadable(refused: BatchRefused) -> ConnectionFault:
    """Say what a refused query means: a right that went, a moment to wait for, or an answer nobody can explain."""
    words = " ".join(str(refused).split())
    if refused.code in _HIDDEN:
        return ObjectForbidden(f"this login cannot read what a mapping uses: {words}", mend="tieout check --online")
    if refused.code in _SLOW:
        return NotNow(f"Salesforce could not answer a query now: {refused.code}: {words}")
    return BadAnswer(f"Salesforce refused a query: {refused.code}: {words}")


def calls_left(headers: Mapping[str, str]) -> Mapping[int, int]:
    """Read `Sforce-Limit-Info: api-usage=18/5000; ...` as calls left in the rolling day (section 2.2).

    Unknown parts are passed over; a figure that is none says nothing.
    """
    parts = (part.strip().partition("=") for part in headers.get("sforce-limit-info", "").split(";"))
    used, _, allowed = next((value for name, _, value in parts if name == "api-usage"), "").partition("/")
    if not (used.isdecimal() and allowed.isdecimal()):
        return {}
    return {86400: max(0, int(allowed) - int(used))}
