"""The pre-flight of a Salesforce connection: what would stop or surprise a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import Finding, Severity, Twins
from tieout_salesforce.rights import FLAGS, grant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tieout.adapter import Organisation
    from tieout_salesforce.catalogue import Catalogue

COMMON = ("Account", "Contact", "Opportunity", "Product2")
"""What mappings with a ledger use; other objects are judged by their describe when a mapping names them."""
_FEW = 1000
_DAY = 86400


def findings(catalogue: Catalogue, organisation: Organisation, left: Mapping[int, int], marker: str) -> list[Finding]:
    """Collect everything worth knowing; an org without a problem still gets its notes."""
    return [
        *_environment(organisation),
        *_calls(left),
        *_currencies(catalogue),
        *_people(catalogue),
        *(finding for name in COMMON for finding in _rights(catalogue, name)),
        *(finding for name in COMMON for finding in _marker(catalogue, name, marker)),
    ]


def edition(name: str) -> Iterator[Finding]:
    """Tell the org's edition: not every one has the API."""
    if name:
        yield Finding(Severity.NOTE, "edition", f"the org is a {name}, and this login reaches its API")


def _environment(organisation: Organisation) -> Iterator[Finding]:
    if not organisation.live:
        yield Finding(Severity.NOTE, "sandbox", f"{organisation.name} is a sandbox")


def _calls(left: Mapping[int, int]) -> Iterator[Finding]:
    if _DAY in left:
        few = left[_DAY] < _FEW
        mend = "lower `calls.share`, or run less often" if few else ""
        severity = Severity.WARNING if few else Severity.NOTE
        yield Finding(severity, "calls-left", f"{left[_DAY]} API calls are left in the rolling 24 hours", mend)


def _currencies(catalogue: Catalogue) -> Iterator[Finding]:
    currency = catalogue.currency()
    if currency.several:
        corporate = f"; the corporate one is {currency.code}" if currency.code else ""
        yield Finding(Severity.NOTE, "multi-currency", f"the org keeps several currencies{corporate}")
    elif currency.code:
        yield Finding(Severity.NOTE, "single-currency", f"the org keeps one currency, {currency.code} by the options")
    else:
        message = "the org keeps one currency, and Salesforce does not tell which"
        yield Finding(Severity.WARNING, "currency-unknown", message, "set `currency` in the connection's options")


def _people(catalogue: Catalogue) -> Iterator[Finding]:
    account = catalogue.related("Account")
    if account and any(field["name"] == "IsPersonAccount" for field in account["fields"]):
        yield Finding(
            Severity.WARNING,
            "person-accounts",
            "person accounts are on: a person is one row seen as account and as contact, and has no writable Name",
            "leave them out with `where: !crm.IsPersonAccount`, or map FirstName and LastName",
            "Account",
            "IsPersonAccount",
        )


def _rights(catalogue: Catalogue, name: str) -> Iterator[Finding]:
    found = catalogue.objects().get(name)
    if found is None:
        message = f"this login cannot see {name}"
        yield Finding(Severity.WARNING, "no-access", message, "give it to the login's permission set", name)
        return
    lacking = [str(verb) for verb, flag in FLAGS.items() if not found[flag]]
    if lacking:
        message = f"this login cannot {' or '.join(lacking)} {name}"
        mend = f"needed only where a mapping writes it; {grant(catalogue.raw(name))}"
        yield Finding(Severity.NOTE, "read-only", message, mend, name)


def _marker(catalogue: Catalogue, name: str, marker: str) -> Iterator[Finding]:
    if name not in catalogue.objects() or not catalogue.objects()[name]["createable"]:
        return
    twins = catalogue.type(name).twins
    if twins is not Twins.REFUSED:
        what = "is not a unique external id" if twins is Twins.FOUND else "is missing or not writable"
        yield Finding(
            Severity.WARNING,
            "marker-missing",
            f"{name}.{marker} {what}: a create whose answer is lost becomes a question for a person",
            "deploy the pack's metadata with the Salesforce CLI, and give the login access to the field",
            name,
            marker,
        )
