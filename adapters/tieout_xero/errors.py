"""Xero's refusals in the engine's terms (facts (c): status table, error text catalogue, limits).

Xero's own words decide the cause and a stable code, and are shown; nothing else is read out of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from tieout.adapter import Cause, Refused
from tieout.errors import BatchRefused, Forbidden, NotNow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

NOT_FOUND = "not-found"
MINUTE = 60
DAY = 86_400
REMAINING = {"x-minlimit-remaining": MINUTE, "x-daylimit-remaining": DAY}
EXCERPT = 2000
"""Most characters of Xero's words that an error carries."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a message of Xero means."""

    words: str
    cause: Cause
    code: str
    paths: tuple[str, ...] = ()


class LacksScope(Forbidden):
    """The token has no scope for a call; who made the call knows which one it takes."""


RULES = (
    Rule("must be unique across all active contacts", Cause.EXISTS, "contact-name-taken", ("Name",)),
    Rule("already assigned to another contact", Cause.EXISTS, "contact-exists", ("AccountNumber",)),
    Rule("another contact has this contact number", Cause.EXISTS, "contact-number-taken", ("ContactNumber",)),
    Rule("invoice # must be unique", Cause.EXISTS, "invoice-number-taken", ("InvoiceNumber",)),
    # What Xero says of other numbers that are taken is not recorded; these are its words for invoices.
    Rule("credit note # must be unique", Cause.EXISTS, "credit-note-number-taken", ("CreditNoteNumber",)),
    Rule("quote # must be unique", Cause.EXISTS, "quote-number-taken", ("QuoteNumber",)),
    Rule("already exists", Cause.EXISTS, "already-there"),
    Rule("archived contact", Cause.LOCKED, "contact-archived"),
    Rule("not of valid status for modification", Cause.LOCKED, "document-status", ("Status",)),
    Rule("payment or credit note allocated", Cause.LOCKED, "document-paid"),
    Rule("lock date", Cause.LOCKED, "period-locked", ("Date",)),
    Rule("only be made against authorised documents", Cause.LOCKED, "document-not-approved", ("Invoice.InvoiceID",)),
    Rule("exceeds the amount outstanding", Cause.DATA, "payment-too-high", ("Amount",)),
    Rule("not subscribed to currency", Cause.REFERENCE, "currency-not-enabled", ("CurrencyCode",)),
    Rule("cannot be used with account code", Cause.DATA, "tax-type-does-not-fit", ("LineItems.TaxType",)),
    Rule("has been archived, or has been deleted", Cause.REFERENCE, "account-archived", ("LineItems.AccountCode",)),
    Rule("is not a valid code for this document", Cause.REFERENCE, "account-unknown", ("LineItems.AccountCode",)),
    Rule("does not exist or cannot be used", Cause.REFERENCE, "tax-type-unknown", ("LineItems.TaxType",)),
    Rule("item code", Cause.REFERENCE, "item-unknown", ("LineItems.ItemCode",)),
    Rule("email address must be valid", Cause.DATA, "email-invalid", ("EmailAddress",)),
    Rule("line items must be specified", Cause.DATA, "lines-missing", ("LineItems",)),
    Rule("could not be found", Cause.REFERENCE, "reference-missing"),
)
UNKNOWN_WORDS = Rule("", Cause.DATA, "validation")


def refused(words: str, code: str | None = None) -> Refused:
    """Judge a refusal of one record by Xero's words; `other` stays unknown, for Xero does not say who is in the way."""
    folded = words.casefold()
    rule = next((one for one in RULES if one.words in folded), UNKNOWN_WORDS)
    return Refused(rule.cause, code if code and rule is UNKNOWN_WORDS else rule.code, words, rule.paths)


def messages(row: Mapping[str, Any], list_name: str = "ValidationErrors") -> tuple[str, ...]:
    """Collect what Xero says of an element; documented samples call the text Description, the wire calls it Message."""
    told = row.get(list_name) or ()
    return tuple(str(one.get("Message") or one.get("Description") or "") for one in told)


def failed(row: Mapping[str, Any]) -> bool:
    """Tell whether an element was refused. Its `Status` says nothing: it echoes the status that was asked for."""
    return row.get("StatusAttributeString") == "ERROR" or bool(
        row.get("HasErrors") or row.get("HasValidationErrors") or row.get("ValidationErrors")
    )


# --- For the client ----------------------------------------------------------------------------------------------


def left(headers: Mapping[str, str]) -> Mapping[int, int]:
    """Read how many calls are left, by window in seconds."""
    return {window: int(headers[name]) for name, window in REMAINING.items() if headers.get(name, "").isdigit()}


def expired(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a new token would help; a missing scope is a 401 too, and it would not."""
    return status == 401 and not _lacks_scope(headers, body)  # noqa: PLR2004  the HTTP status


def fault(status: int, headers: Mapping[str, str], body: bytes) -> Exception | None:
    """Turn an answer other than 2xx into what the engine acts on; None: as its status says."""
    match status:
        case 400:
            return _bad_request(body)
        case 401 if _lacks_scope(headers, body):
            return LacksScope(
                "Xero refuses this call: the connection lacks a scope for it",
                mend="add the scope to options.scopes and to the app, then run `tieout connect`",
            )
        case 403:
            return Forbidden(
                "Xero refuses this organisation: it was disconnected, the user lost the role, or the demo was reset",
                mend="run `tieout connect` for this connection",
            )
        case 404:
            return BatchRefused(NOT_FOUND, "Xero cannot find a record that the request names")
        case 412:
            return BatchRefused("precondition", "Xero refused a precondition of the request")
        case 429:
            return _too_many(headers)
        case _:
            return None


def _lacks_scope(headers: Mapping[str, str], body: bytes) -> bool:
    # "insufficent" is Xero's own spelling.
    told = headers.get("www-authenticate", "")
    return "insufficent_scope" in told or "insufficient_scope" in told or b"AuthorizationUnsuccessful" in body


def _bad_request(body: bytes) -> BatchRefused:
    try:
        told = json.loads(body)
    except ValueError:
        return BatchRefused("bad-request", "Xero answered 400 without a readable reason")
    told = told if isinstance(told, dict) else {}
    words = _distinct(told)[:EXCERPT] or "Xero answered 400 without a reason"
    if "Idempotency Key" in words:
        return BatchRefused("idempotency-conflict", words)
    if told.get("Type") == "ValidationException":
        judged = refused(words)
        return BatchRefused(judged.code, words, cause=judged.cause)
    return BatchRefused("malformed-request", words)


def _distinct(told: Mapping[str, Any]) -> str:
    elements: Iterable[Any] = told.get("Elements") or ()
    said = [words for row in elements if isinstance(row, dict) for words in messages(row)]
    general = [str(told.get(name) or "") for name in ("Message", "Detail")]
    return "; ".join(dict.fromkeys(words for words in map(str.strip, said or general) if words))


def _too_many(headers: Mapping[str, str]) -> NotNow | None:
    """Stop at the daily limit; the minute's, the app's and concurrent calls are the client's to wait for."""
    if headers.get("x-rate-limit-problem", "").lower() != "day":
        return None
    return NotNow(
        "Xero's calls for today are used up for this organisation",
        mend="run again when the daily limit is reset, or raise the app's tier",
        until=_until(headers),
    )


def _until(headers: Mapping[str, str]) -> datetime | None:
    try:
        answered = parsedate_to_datetime(headers["date"])
        return answered + timedelta(seconds=int(headers["retry-after"]))
    except (KeyError, ValueError):
        return None
