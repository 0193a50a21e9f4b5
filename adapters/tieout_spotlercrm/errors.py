"""SpotlerCRM's refusals in the engine's terms (facts 1.1, errors and plan gate)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tieout.errors import BatchRefused, Forbidden, ObjectForbidden, Unauthorised

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_FOUND = "not-found"
BAD_REQUEST = "bad-request"
RENEWAL = (
    "make a new access token in SpotlerCRM (Settings, Integrations, API V4), and put it in place of the old one:"
    " tieout connect --secret NAME"
)
UNEXPLAINED = "see whether a proxy or a firewall stands between, and what the token's user may do"
EXCERPT = 500
"""Most characters of SpotlerCRM's words that an error carries."""


def fault(status: int, headers: Mapping[str, str], body: bytes) -> Exception | None:
    """Turn an answer other than 2xx into what the engine acts on; None: as its status says.

    402 says that the token is dead, 403 that it never was one or that a record type is outside the plan. A 404 is of a
    record, or of a record type outside the plan: who asked can tell.
    """
    del headers  # nothing is known of any
    kind, words = said(body)
    match status:
        case 402:
            return Unauthorised(f"SpotlerCRM refuses the access token{words}", mend=RENEWAL)
        case 403 if "unauthenticated" in f"{kind}{words}".casefold():
            return Unauthorised(f"SpotlerCRM does not know the access token{words}", mend=RENEWAL)
        case 403 if kind or words:
            return outside_the_plan(words)
        case 403:  # none of SpotlerCRM's own words: nothing tells that it is about one record type
            return Forbidden("SpotlerCRM, or what stands before it, answers 403 without a reason", mend=UNEXPLAINED)
        case 404:
            return BatchRefused(NOT_FOUND, f"SpotlerCRM cannot find it{words}")
        case 400:
            return BatchRefused(BAD_REQUEST, f"SpotlerCRM refuses it{words}")
        case _:
            return None


def outside_the_plan(words: str) -> ObjectForbidden:
    """Say that a record type is out of reach."""
    return ObjectForbidden(
        f"SpotlerCRM refuses this record type: it is outside the plan, or the token's user has no right to it{words}",
        mend="leave it out of the mappings, or have the plan or the user's rights extended",
    )


def said(body: bytes) -> tuple[str, str]:
    """Read the type and the message of an error; the message as it follows a sentence, empty if there is none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(told, dict):
        return "", ""
    message = " ".join(str(told.get("message") or "").split())[:EXCERPT]
    return str(told.get("type") or ""), f": {message}" if message else ""
