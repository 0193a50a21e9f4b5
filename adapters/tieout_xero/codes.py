"""What the codes of this adapter mean, for `tieout help CODE`: of refusals by Xero's words, and of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout_xero.errors import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN: Mapping[str, str] = {
    "validation": "Xero refused the record for a reason that has no code of its own.",
    "not-found": "Xero cannot find the record any more; the next plan looks at it again.",
    "precondition": "Xero refused a precondition of the request.",
    "bad-request": "Xero answered 400 without a readable reason.",
    "malformed-request": "Xero could not read the request as a whole.",
    "idempotency-conflict": "Xero knows the key of this request with another content.",
    "cannot-clear": "No way is known to make this field blank in Xero: `blank: keep` at its rule leaves it.",
    "refused-name": "Xero takes no contact with such a name.",
    "not-credited": "Only an approved sales invoice that no credit note is applied to is credited in full.",
    "organisation": "Whose books these are: country, edition, plan and base currency.",
    "demo-organisation": "A demo company: Xero resets it, and a reset ends the connection.",
    "currencies": "The currencies that are enabled in these books.",
    "tax-rates": "How many tax rates are active.",
    "revenue-accounts": "The active revenue accounts with a code, to which sales lines can be posted.",
    "no-revenue-account": "No revenue account has a code, so no sales line can be posted: add one in Xero.",
    "lock-date": "The books are closed up to this date; documents dated so cannot be made or changed.",
    "read-only": "The login has no scope to write such records; it needs one only where a mapping writes them.",
    "no-scope": "The login has no scope even to read such records; it needs one only where a mapping is over them.",
    "login-ends": "A person's login at Xero runs out where nobody uses it; every run renews it.",
    "calls-left": "How many calls Xero allows today for this organisation.",
}


def explained() -> dict[str, str]:
    """Give code -> what it means."""
    said = {rule.code: f"Xero refused the record, saying: … {rule.words} …" for rule in RULES}
    return {**said, **_OWN}
