"""The pre-flight: how long the token lives, what the plan lacks, what of our assumptions can be seen to hold."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tieout.adapter import Finding, Severity
from tieout.errors import Forbidden
from tieout.toolkit import nearest
from tieout_spotlercrm.api import NEWEST_FIRST
from tieout_spotlercrm.describe import ledger_field, understood
from tieout_spotlercrm.errors import RENEWAL
from tieout_spotlercrm.objects import DEALS, LEDGER_CODE
from tieout_spotlercrm.reads import Scan
from tieout_spotlercrm.records import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tieout.adapter import Tools
    from tieout_spotlercrm.catalogue import Catalogue
    from tieout_spotlercrm.settings import Settings

COMMON = ("accounts", "contacts", DEALS)
"""What mappings with a ledger use."""
SOON = timedelta(days=30)


def findings(catalogue: Catalogue, settings: Settings, tools: Tools) -> list[Finding]:
    """Collect everything worth knowing; asks for three data dictionaries and one page of accounts."""
    open_ = [name for name in COMMON if _reachable(catalogue, name)]
    return [
        *_account(settings),
        *_token(tools.token_ends(), tools.now()),
        *_currency(settings),
        *(_outside(name) for name in COMMON if name not in open_),
        *(_ledger_code(catalogue, settings) if "accounts" in open_ else ()),
        *(finding for name in open_ for finding in _marker(catalogue, settings, name)),
        *(_order(catalogue, settings, tools) if "accounts" in open_ else ()),
    ]


def _account(settings: Settings) -> Iterator[Finding]:
    if settings.witness is None:
        yield Finding(
            Severity.WARNING,
            "account-unproved",
            f"SpotlerCRM does not say whose account a token opens; it is taken to be {settings.account}",
            "name a record that only this account has: option `witness`, such as accounts/95950731",
            if_used=True,
        )
    yield _note("stamps-zone", f"times are read as {settings.zone.key}, for SpotlerCRM does not say their zone")
    unseen = "deletions, and changes of lines and contacts in what they belong to, show in full reads only"
    yield _note("full-reads", f"{unseen}: `full_read` of this connection says how long they may wait (6h)")


def _token(ends: datetime | None, now: datetime) -> Iterator[Finding]:
    if ends is None:
        yield _note("token-end-unknown", "the access token does not say when it ends")
        return
    days = (ends - now) // timedelta(days=1)
    told = f"the access token ends on {ends:%Y-%m-%d}, in {days} day{'' if days == 1 else 's'}"
    if ends <= now:
        told = f"the access token ended on {ends:%Y-%m-%d}"
        yield Finding(Severity.ERROR, "token-ended", told, RENEWAL)
    elif ends - now < SOON:
        yield Finding(Severity.WARNING, "token-ends-soon", told, RENEWAL)
    else:
        yield _note("token-ends", told)


def _currency(settings: Settings) -> Iterator[Finding]:
    if settings.currency:
        yield _note("single-currency", f"all amounts are taken to be in {settings.currency}, by the options")
    else:
        message = "amounts have no currency, and SpotlerCRM does not tell it"
        yield Finding(Severity.WARNING, "currency-unknown", message, "set `currency` in the connection's options")


def _reachable(catalogue: Catalogue, name: str) -> bool:
    try:
        catalogue.entries(name)
    except Forbidden:
        return False
    return True


def _outside(name: str) -> Finding:
    mend = "leave it out of the mappings, or have the plan or the user's rights extended"
    return Finding(Severity.WARNING, "outside-the-plan", f"this token reaches no {name}", mend, name)


def _ledger_code(catalogue: Catalogue, settings: Settings) -> Iterator[Finding]:
    known = catalogue.entries("accounts")
    found = ledger_field(known, settings.ledger_code)
    if found is not None:
        yield _note("ledger-code", f"the ledger code of an account is in {found.name}, labelled {found.label}")
        return
    wanted = settings.ledger_code or LEDGER_CODE
    near = nearest(wanted, [*(one.name for one in known), *(one.label for one in known)])
    closest = f"; the closest are {', '.join(near)}" if near else ""
    what = f"called {settings.ledger_code}" if settings.ledger_code else "labelled Ledger Code or Account Code"
    message = f"accounts have no field {what}{closest}"
    mend = "add such a field in SpotlerCRM, or name the one that holds the code: option `ledger_code`"
    yield Finding(Severity.WARNING, "ledger-code-missing", message, mend, "accounts", LEDGER_CODE)


def _marker(catalogue: Catalogue, settings: Settings, name: str) -> Iterator[Finding]:
    if all(one.name != settings.marker for one in catalogue.entries(name)):
        yield Finding(
            Severity.WARNING,
            "marker-missing",
            f"{name} has no field {settings.marker}: a create whose answer is lost becomes a question for a person",
            "add a text field Tieout Key to it in SpotlerCRM, or name another one: option `marker`",
            name,
            settings.marker,
        )


def _order(catalogue: Catalogue, settings: Settings, tools: Tools) -> Iterator[Finding]:
    """Look whether a list comes newest first: what reads of changes rest on (A4)."""
    reader = Reader(understood(catalogue.described("accounts")), frozenset(), settings.zone)
    if not reader.of.type.incremental:
        return
    scan = Scan(reader, None, settings.overlap, tools.now() + settings.overlap)
    scan.take(catalogue.api.page("accounts", 1, {"order": NEWEST_FIRST}))
    if not scan.in_order:
        yield Finding(
            Severity.WARNING,
            "not-newest-first",
            "SpotlerCRM does not list accounts newest first: every read is a full one",
            "plan for a call for each hundred records in every run",
            "accounts",
        )


def _note(code: str, message: str) -> Finding:
    return Finding(Severity.NOTE, code, message)
