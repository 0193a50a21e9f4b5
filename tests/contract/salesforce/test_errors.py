from __future__ import annotations

import json

import pytest

from tieout.errors import BadAnswer, BatchRefused, ConnectionFault, Forbidden, NotNow, ObjectForbidden, Unauthorised
from tieout_salesforce.errors import calls_left, expired, http_error, unreadable


def body(code: str, message: str = "words") -> bytes:
    return json.dumps([{"message": message, "errorCode": code}]).encode()


DEAD = body("INVALID_SESSION_ID", "Session expired or invalid")
INCURABLE = body("INVALID_SESSION_ID", "This session is not valid for use with the REST API")


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", NotNow),
        (403, "API_DISABLED_FOR_ORG", Forbidden),
        (403, "API_CURRENTLY_DISABLED", Forbidden),
        (403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", Unauthorised),
        (410, "UNSUPPORTED_API_VERSION", Forbidden),
        (400, "MALFORMED_ID", BatchRefused),
        (400, "INVALID_FIELD", BatchRefused),
    ],
)
def test_a_refused_request_is_named_by_its_code(status: int, code: str, error: type[Exception]) -> None:
    assert type(http_error(status, {}, body(code))) is error


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (503, body("SERVER_UNAVAILABLE")),
        (404, body("NOT_FOUND")),
        (502, b"<html>"),
        (400, b""),
        (500, b"[1]"),
        (401, DEAD),
    ],
)
def test_the_rest_is_judged_by_its_status(status: int, answer: bytes) -> None:
    assert http_error(status, {}, answer) is None


def test_the_token_endpoint_answers_an_object() -> None:
    answer = b'{"error":"invalid_grant","error_description":"expired access/refresh token"}'
    found = http_error(400, {}, answer)
    assert isinstance(found, Unauthorised)
    assert "invalid_grant: expired" in str(found)


def test_a_dead_token_is_renewed_but_not_one_that_no_renewal_mends() -> None:
    assert expired(401, {}, DEAD)
    assert not expired(401, {}, INCURABLE)
    assert not expired(403, {}, DEAD)
    assert isinstance(http_error(401, {}, INCURABLE), Unauthorised)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("INVALID_FIELD", ObjectForbidden),
        ("INVALID_TYPE", ObjectForbidden),
        ("QUERY_TIMEOUT", NotNow),
        ("MALFORMED_QUERY", BadAnswer),
    ],
)
def test_a_refused_query_is_no_refused_batch(code: str, error: type[ConnectionFault]) -> None:
    found = unreadable(BatchRefused(code, "\nSELECT X FROM Y\n       ^\nNo such column 'X'"))
    assert type(found) is error
    assert "No such column 'X'" in str(found)


@pytest.mark.parametrize(
    ("header", "left"),
    [
        ("api-usage=18/5000", {86400: 4982}),
        ("api-bursts=1/750; api-usage=10018/100000; per-app-api-usage=17/250(appName=x)", {86400: 89982}),
        ("api-usage=5100/5000", {86400: 0}),
        ("api-usage=many", {}),
        ("", {}),
    ],
)
def test_calls_left_are_read_by_key(header: str, left: dict[int, int]) -> None:
    assert calls_left({"sforce-limit-info": header}) == left
