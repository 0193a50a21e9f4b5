"""The adapter: how Xero is reached and authorised (facts (a), (c) limits)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tieout.adapter import Adapter, AuthorizationCode, ClientCredentials, Grant, Limits, Service
from tieout_xero.settings import IDLE_DAYS, SCHEMA, Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieout.adapter import Connection, Record, Simulator, Tools

CONCURRENT = 5
MINUTE = 60
DAY = 86_400
GRACE_SECONDS = 1800
"""So long the previous refresh token works if the answer that rotated it was lost."""

TAKEN_BACK = "in Xero, Settings, Connected apps, disconnect the app"


class XeroAdapter(Adapter):
    """Xero's Accounting API 2.0."""

    name = "xero"
    options: ClassVar[Mapping[str, object]] = SCHEMA
    credentials: ClassVar[Mapping[str, str]] = {
        "client_id": "client id of the app registered with Xero",
        "client_secret": "client secret; a PKCE app has none, a custom connection needs it",
    }

    def service(self, options: Record, organisation: str | None) -> Service:
        """Say how Xero is reached; `organisation` is the tenant's id, which every call of the code flow names."""
        from tieout_xero.api import TENANT  # noqa: PLC0415  the adapter stays cheap to import
        from tieout_xero.errors import expired, fault, left  # noqa: PLC0415  as above

        settings = read_settings(options)
        return Service(
            url=settings.url,
            auth=_grant(settings),
            limits=Limits({MINUTE: settings.calls_per_minute, DAY: settings.calls_per_day}, concurrent=CONCURRENT),
            headers={TENANT: organisation} if organisation and settings.tenanted else {},
            left=left,
            error=fault,
            expired=expired,
            taken_back=TAKEN_BACK,
        )

    def open(self, options: Record, tools: Tools) -> Connection:
        """Make a connection, without a call."""
        from tieout_xero.connection import XeroConnection  # noqa: PLC0415  as above

        return XeroConnection(read_settings(options), tools)

    def simulator(self) -> Simulator | None:
        """Give the simulator that ships with this adapter."""
        from tieout_xero.simulator import XeroSimulator  # noqa: PLC0415  as above

        return XeroSimulator()

    def codes(self) -> Mapping[str, str]:
        """Explain the codes of refusals and of the pre-flight."""
        from tieout_xero.codes import explained  # noqa: PLC0415  as above

        return explained()


def _grant(settings: Settings) -> Grant:
    token_url = f"{settings.identity_url}/connect/token"
    if not settings.tenanted:
        return ClientCredentials(token_url, scope=settings.scopes, basic=True)
    scopes = settings.scopes.split()
    return AuthorizationCode(
        authorize_url=f"{settings.login_url}/identity/connect/authorize",
        token_url=token_url,
        scope=" ".join(dict.fromkeys(["offline_access", *scopes])),
        revoke_url=f"{settings.identity_url}/connect/revocation",
        grace_seconds=GRACE_SECONDS,
        idle_days=IDLE_DAYS,
    )
