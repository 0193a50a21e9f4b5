"""What the codes of this adapter mean, for `tieout help CODE`: Salesforce's own of a refused row, ours of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import Cause
from tieout_salesforce.errors import CAUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN: Mapping[str, str] = {
    "refused-without-reason": "Salesforce refused the record and gave no reason.",
    "edition": "Which edition of Salesforce the org is.",
    "sandbox": "The org is a sandbox, no production org.",
    "calls-left": "How many API calls the org has left in the rolling 24 hours.",
    "multi-currency": "The org keeps several currencies; amounts are read in the record's own.",
    "single-currency": "The org keeps one currency; the options of the connection say which.",
    "currency-unknown": "The org keeps one currency and does not tell which: set the option `currency`.",
    "person-accounts": "A person is one row, seen as account and as contact, without a Name that can be written.",
    "no-access": "The login cannot see the object: give it to the login's permission set.",
    "read-only": "The login cannot create, update or delete such records; it needs to only where a mapping does.",
    "marker-missing": "There is no unique external id for our key: a create whose answer is lost becomes a question. "
    "Deploy the pack's metadata.",
}
_MEANING: Mapping[Cause, str] = {
    Cause.DATA: "a value of the record, or a rule or automation of the org, stands against it: correct the record.",
    Cause.MAPPING: "the mapping sends what the field does not take: mend the mapping.",
    Cause.REFERENCE: "it points to a record that is missing or cannot be used.",
    Cause.PERMISSION: "the login has no right to it: give it to the login's permission set.",
    Cause.LOCKED: "the record is locked, or others depend on it.",
    Cause.EXISTS: "another record has the same unique value, or a duplicate rule found one.",
    Cause.MOVED: "the record was deleted or moved; the next plan looks at it again.",
    Cause.BUSY: "the org was busy; it is tried again by itself.",
    Cause.COLLATERAL: "another record of the same request failed; this one is sent again without it.",
}


def explained() -> dict[str, str]:
    """Give code -> what it means."""
    return {**_OWN, **{code: f"Salesforce's own code: {_MEANING[cause]}" for code, cause in CAUSES.items()}}
