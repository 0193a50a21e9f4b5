"""What the codes of this adapter mean, for `tieout help CODE`: of refusals, and of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_OWN: Mapping[str, str] = {
    "bad-request": "SpotlerCRM answered 400: it does not take the record as it was sent; its own words follow.",
    "not-found": "SpotlerCRM cannot find the record any more; the next plan looks at it again.",
    "made-already": "A record with our key, or with the same natural key, is there already; it was not made again.",
    "unknown-field": "The field is unknown to SpotlerCRM's data dictionary, or is set by SpotlerCRM itself.",
    "no-id": "The field refers to a record of SpotlerCRM, whose id is a number; this value is none.",
    "account-unproved": "SpotlerCRM does not say whose account a token opens: the option `witness` proves it.",
    "full-reads": "SpotlerCRM tells of no deletion: set `full_read` of the connection to how long it may wait.",
    "stamps-zone": "SpotlerCRM writes times without a zone: the option `timezone` says which one is meant.",
    "token-ends": "When the access token ends, by its own word.",
    "token-ends-soon": "The access token ends within thirty days, and nothing renews it: make a new one in time.",
    "token-ended": "The access token has ended: make a new one.",
    "token-end-unknown": "The access token does not say when it ends.",
    "single-currency": "All amounts are in one currency, which the options of the connection name.",
    "currency-unknown": "Amounts have no currency, and SpotlerCRM does not tell it: set the option `currency`.",
    "outside-the-plan": "The plan, or the rights of the token's user, do not reach this record type.",
    "ledger-code": "In which field of an account its ledger code is.",
    "ledger-code-missing": "No field of accounts is labelled Ledger Code or Account Code: name it by `ledger_code`.",
    "marker-missing": "No field keeps our key: a create whose answer is lost becomes a question. Add a text field.",
    "not-newest-first": "SpotlerCRM does not sort as it is asked to: every read of changes is a full one.",
}


def explained() -> dict[str, str]:
    """Give code -> what it means."""
    return dict(_OWN)
