"""A faithful local stand-in for Xero: identity, connections and the accounting API over real HTTP.

Strict: what the collected facts about the API do not confirm is refused or is a switch (`books.Switches`).
References such as "facts 2.3" mean the sections of that collection. It shares no code with the adapter nor with the
engine's money.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tieout_xero.simulator.books import CURRENCIES, Profile, Switches

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class XeroSimulator:
    """Makes worlds of one organisation, or of several (`others`), for one app that is connected to all of them.

    `country` decides the edition: GB, NZ, AU, US, ZA, SG, or IE, CA and DE, which have the Global one; the control
    `/__sim__/organisation` does too, and `rates`, `tax_rate` and `switches` set the rest. `kind` is Xero's Class; DEMO
    means "not live". The access token of `access` reaches every organisation; a custom connection (client credentials)
    only the first. Raises `ValueError` for a country or currency it has no data for.
    """

    def __init__(
        self,
        name: str = "Harbour Supplies Ltd",
        *,
        base_currency: str = "GBP",
        country: str = "GB",
        currencies: Sequence[str] = CURRENCIES,
        kind: str = "DEMO",
        others: Sequence[Profile] = (),
        switches: Switches | None = None,
    ) -> None:
        first = Profile(name, base_currency, country, tuple(currencies), kind)
        self.profiles = (first, *others)
        self.client_id = uuid.uuid5(uuid.NAMESPACE_DNS, f"app.{first.tenant_id}").hex.upper()
        self._client_secret = secrets.token_urlsafe(32)
        self._access_token = secrets.token_urlsafe(48)
        self._switches = switches or Switches()

    def app(self, clock: Callable[[], datetime]) -> ASGIApp:
        """Make a fresh, seeded world; `clock` gives aware UTC."""
        from tieout_xero.simulator.grants import Client, Grants  # noqa: PLC0415  the server is loaded only when run
        from tieout_xero.simulator.server import Server  # noqa: PLC0415
        from tieout_xero.simulator.tenants import Clock, Tenant  # noqa: PLC0415

        ticking = Clock(clock)
        tenants = [
            Tenant(profile, ticking, replace(self._switches, ignored=set(self._switches.ignored)))
            for profile in self.profiles
        ]
        client = Client(self.client_id, self._client_secret)
        grants = Grants(client, tuple(tenant.id for tenant in tenants), ticking)
        grants.adopt(self._access_token)
        return Server(grants, tenants, ticking).app()

    def access(self, url: str) -> Mapping[str, str]:
        """Say how to reach it; under `url` stand /api.xro/2.0, /connections and /connect/token."""
        return {
            "url": url,
            "tenant_id": self.profiles[0].tenant_id,
            "client_id": self.client_id,
            "client_secret": self._client_secret,
            "access_token": self._access_token,
        }

    def connection(self, url: str) -> Mapping[str, object]:
        """Give the tieout.yaml entry; its secrets come from the environment, `access` names them."""
        return {
            "adapter": "xero",
            "organisation": self.profiles[0].tenant_id,
            "options": {"url": url, "grant": "custom_connection"},
            "credentials": {"client_id": "${env:XERO_CLIENT_ID}", "client_secret": "${env:XERO_CLIENT_SECRET}"},
        }
