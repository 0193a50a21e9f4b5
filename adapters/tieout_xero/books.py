"""The organisation whose books these are: read once a connection, and needed by describe, locks, links and checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieout.adapter import Organisation
from tieout.errors import BadAnswer, Forbidden, WrongOrganisation
from tieout_xero.api import TENANT
from tieout_xero.locks import LockDates
from tieout_xero.objects import ORGANISATION
from tieout_xero.wire import day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieout_xero.api import Api

DEMO = "DEMO"


@dataclass(frozen=True, slots=True)
class Books:
    """What one run needs of the organisation. `tenant`: the id to pin; `calls_left`: of today, if Xero said."""

    tenant: str
    name: str
    currency: str
    country: str
    version: str
    edition: str
    kind: str
    """Xero's Class: DEMO, TRIAL, STANDARD, PREMIUM …"""
    short_code: str
    locks: LockDates
    calls_left: int | None

    @property
    def demo(self) -> bool:
        """Whether this is a demo company, which Xero resets at its own times."""
        return self.kind == DEMO

    def organisation(self) -> Organisation:
        """Put it into the engine's terms."""
        return Organisation(
            self.tenant,
            self.name,
            self.currency,
            live=not self.demo,
            country=self.country,
            edition=self.version,
        )


def read_books(api: Api, *, tenanted: bool) -> Books:
    """Read the organisation. `tenanted`: calls name a tenant (code flow); a custom connection has exactly one.

    With tenants, `/connections` must list the one that is answered for; a single one is chosen by itself.
    """
    tenants = _tenants(api) if tenanted else []
    if len(tenants) == 1:
        api.standing[TENANT] = str(tenants[0]["tenantId"])
    envelope = api.read(ORGANISATION)
    if len(envelope.rows) != 1:
        raise BadAnswer(f"Xero names {len(envelope.rows)} organisations where one was asked for")
    row = envelope.rows[0]
    tenant = _tenant_of(row, tenants) if tenanted else str(row.get("OrganisationID") or "")
    left = envelope.headers.get("x-daylimit-remaining", "")
    return _books(row, tenant, int(left) if left.isdigit() else None)


def leave_one_of_several(api: Api) -> bool:
    """Drop the connection to the organisation that answers (facts (a)); False, and nothing done: it is the only one."""
    tenants = _tenants(api)
    if len(tenants) == 1:
        return False
    mine = read_books(api, tenanted=True).tenant
    (named,) = [one for one in tenants if one["tenantId"] == mine]
    api.delete(f"/connections/{named['id']}")
    return True


def _tenants(api: Api) -> Sequence[Mapping[str, Any]]:
    listed = api.read_plain("/connections")
    if not isinstance(listed, list):
        raise BadAnswer("Xero's answer holds no list of connections")
    tenants = [
        one
        for one in listed
        if isinstance(one, dict) and one.get("tenantType") == "ORGANISATION" and isinstance(one.get("tenantId"), str)
    ]
    if not tenants:
        raise Forbidden(
            "this login is connected to no Xero organisation",
            mend="run `tieout connect` for this connection and choose the organisation",
        )
    return tenants


def _tenant_of(row: Mapping[str, Any], tenants: Sequence[Mapping[str, Any]]) -> str:
    """Find the tenant that answered. That its id is the OrganisationID is likely and unproven (facts 2.5)."""
    if len(tenants) == 1:
        return str(tenants[0]["tenantId"])
    same_id = [one for one in tenants if one["tenantId"] == row.get("OrganisationID")]
    same_name = [one for one in tenants if one.get("tenantName") == row.get("Name")]
    found = same_id or same_name
    if len(found) != 1:
        names = ", ".join(sorted(f"{one.get('tenantName')} ({one['tenantId']})" for one in tenants))
        raise WrongOrganisation(
            f"cannot tell which organisation answered; this login is connected to {names}",
            mend="pin one of these ids as `organisation:` of the connection",
        )
    return str(found[0]["tenantId"])


def _books(row: Mapping[str, Any], tenant: str, calls_left: int | None) -> Books:
    if not tenant or not row.get("BaseCurrency"):
        raise BadAnswer("Xero names no id or no base currency for the organisation")
    kind = DEMO if row.get("IsDemoCompany") is True else str(row.get("Class") or "")
    try:
        locks = LockDates(day(row.get("PeriodLockDate")), day(row.get("EndOfYearLockDate")))
    except ValueError as error:
        raise BadAnswer(f"Xero's lock dates cannot be read: {error}") from error
    return Books(
        tenant=tenant,
        name=str(row.get("Name") or tenant),
        currency=str(row["BaseCurrency"]),
        country=str(row.get("CountryCode") or ""),
        version=str(row.get("Version") or ""),
        edition=str(row.get("Edition") or ""),
        kind=kind,
        short_code=str(row.get("ShortCode") or ""),
        locks=locks,
        calls_left=calls_left,
    )
