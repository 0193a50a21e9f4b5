from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tieout.adapter import Cause
from tieout.errors import BatchRefused, Forbidden, NotNow
from tieout_xero.errors import expired, failed, fault, left, messages, refused

HTML = b"The resource you're looking for cannot be found"


def problem(**told: object) -> bytes:
    return json.dumps(told).encode()


def validation(*words: str) -> bytes:
    elements = [{"ValidationErrors": [{"Message": said}]} for said in words]
    return problem(
        ErrorNumber=10, Type="ValidationException", Message="A validation exception occurred", Elements=elements
    )


@pytest.mark.parametrize(
    ("words", "cause", "code"),
    [
        (
            (
                "The contact name X is already assigned to another contact. "
                "The contact name must be unique across all active contacts."
            ),
            Cause.EXISTS,
            "contact-name-taken",
        ),
        (
            "Another contact has this contact number. Please enter a different contact number.",
            Cause.EXISTS,
            "contact-number-taken",
        ),
        ("Invoice # must be unique.", Cause.EXISTS, "invoice-number-taken"),
        ("Item with Code 'A' already exists", Cause.EXISTS, "already-there"),
        (
            (
                "The specified contact details matched an archived contact. "
                "Archived contacts cannot currently be edited via the API."
            ),
            Cause.LOCKED,
            "contact-archived",
        ),
        ("Invoice not of valid status for modification", Cause.LOCKED, "document-status"),
        (
            "This document cannot be edited as it has a payment or credit note allocated to it.",
            Cause.LOCKED,
            "document-paid",
        ),
        (
            "The document date cannot be before the period lock date, currently set at 30 June 2026",
            Cause.LOCKED,
            "period-locked",
        ),
        ("Payments can only be made against Authorised documents", Cause.LOCKED, "document-not-approved"),
        ("Payment amount exceeds the amount outstanding on this document", Cause.DATA, "payment-too-high"),
        ("Organisation is not subscribed to currency EUR", Cause.REFERENCE, "currency-not-enabled"),
        ("The TaxType code 'x' cannot be used with account code 'y'.", Cause.DATA, "tax-type-does-not-fit"),
        ("Account code 'x' is not a valid code for this document.", Cause.REFERENCE, "account-unknown"),
        (
            "Account code 'x' has been archived, or has been deleted. Each line item must reference a valid account.",
            Cause.REFERENCE,
            "account-archived",
        ),
        ("Email address must be valid.", Cause.DATA, "email-invalid"),
        ("One or more line items must be specified", Cause.DATA, "lines-missing"),
        ("Something that nobody has seen yet", Cause.DATA, "validation"),
    ],
)
def test_xeros_words_decide_cause_and_code(words: str, cause: Cause, code: str) -> None:
    judged = refused(words)
    assert (judged.cause, judged.code, judged.message, judged.other) == (cause, code, words, None)


def test_an_element_is_judged_by_its_flags_never_by_its_status() -> None:
    assert failed({"Status": "DELETED", "StatusAttributeString": "ERROR"})
    assert failed({"HasErrors": True})
    assert failed({"HasValidationErrors": True})
    assert failed({"ValidationErrors": [{"Message": "no"}]})
    assert not failed({"StatusAttributeString": "WARNING", "HasErrors": False, "ValidationErrors": []})


def test_error_texts_have_two_names() -> None:
    row = {"ValidationErrors": [{"Message": "a"}, {"Description": "b"}], "Warnings": [{"Message": "c"}]}
    assert messages(row) == ("a", "b")
    assert messages(row, "Warnings") == ("c",)


def test_the_daily_limit_stops_and_says_until_when() -> None:
    headers = {"x-rate-limit-problem": "day", "retry-after": "3600", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}
    stopped = fault(429, headers, b"")
    assert isinstance(stopped, NotNow)
    assert stopped.until == datetime(2026, 11, 21, 11, tzinfo=UTC)
    undated = fault(429, {"x-rate-limit-problem": "Day"}, b"")
    assert isinstance(undated, NotNow)
    assert undated.until is None


@pytest.mark.parametrize("kind", ["minute", "concurrent", "appminute", ""])
def test_other_limits_are_the_clients_to_wait_for(kind: str) -> None:
    assert fault(429, {"x-rate-limit-problem": kind}, b"") is None


def test_a_dead_token_is_renewed_and_a_missing_scope_is_not() -> None:
    dead = problem(Title="Unauthorized", Status=401, Detail="TokenExpired: token expired at 08/12/2022 07:00:40")
    bare = problem(Title="Unauthorized", Status=401, Detail="AuthorizationUnsuccessful")
    told = {"www-authenticate": "insufficent_scope"}
    assert expired(401, {}, dead)
    assert fault(401, {}, dead) is None
    for headers, body in (({}, bare), (told, b"")):
        assert not expired(401, headers, body)
        lacking = fault(401, headers, body)
        assert isinstance(lacking, Forbidden)
        assert "scope" in str(lacking)
    assert not expired(403, {}, b"")


def test_a_lost_organisation_is_forbidden_and_says_how_to_mend_it() -> None:
    stopped = fault(403, {}, problem(Title="Forbidden", Detail="AuthenticationUnsuccessful"))
    assert isinstance(stopped, Forbidden)
    assert "tieout connect" in stopped.mend


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, HTML, "not-found"),
        (412, b"", "precondition"),
        (400, b"<html>Bad Request</html>", "bad-request"),
        (400, b"[]", "malformed-request"),
        (400, problem(ErrorNumber=14, Type="PostDataInvalidException", Message="no"), "malformed-request"),
        (400, problem(Message="Idempotency Key: k is used with a different request."), "idempotency-conflict"),
        (400, validation("Invoice # must be unique."), "invoice-number-taken"),
        (400, validation("?"), "validation"),
    ],
)
def test_a_refused_batch_has_a_stable_code(status: int, body: bytes, code: str) -> None:
    stopped = fault(status, {"content-type": "text/html"}, body)
    assert isinstance(stopped, BatchRefused)
    assert stopped.code == code


def test_a_refused_batch_says_everything_once() -> None:
    assert str(fault(400, {}, validation("one", "two", "one"))) == "one; two"


@pytest.mark.parametrize("status", [500, 501, 503])
def test_a_broken_server_is_judged_by_its_status(status: int) -> None:
    assert fault(status, {}, b"<html>Organisation offline</html>") is None


def test_calls_left_are_read_by_window() -> None:
    assert left({"x-minlimit-remaining": "59", "x-daylimit-remaining": "344"}) == {60: 59, 86400: 344}
    assert left({"x-minlimit-remaining": "soon"}) == {}
