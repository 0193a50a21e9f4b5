"""A local Salesforce: real shapes, rules, limits and errors, for `tieout sandbox` and for tests.

Modelled on Salesforce's documentation and on recorded answers of real orgs, never on a live org: where no fact is
known, the harder case for a reader is taken, and said so beside the rule. Sections named in this package are those of
the project's Salesforce fact sheet. Nothing here knows the adapter, and the adapter knows nothing of this.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from tieout_salesforce.simulator import ids

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_ORGANISATION = ids.make("00D", 1)


class SalesforceSimulator:
    """Makes simulated orgs.

    `multi_currency`: CurrencyType, and CurrencyIsoCode on every business record; off: neither. `custom_fields`: the
    fields that the pack ships as metadata; off: an org that nobody has prepared. `currencies`: code -> units for one
    of the first, which is the corporate currency; None: thirteen, from GBP. `dated_rates`: advanced currency
    management, whose rates begin with the static ones; raises ValueError without `multi_currency`. `daily_calls`: API
    calls in 24 hours.
    """

    def __init__(
        self,
        *,
        multi_currency: bool = True,
        custom_fields: bool = True,
        currencies: Mapping[str, str] | None = None,
        dated_rates: bool = False,
        daily_calls: int = 15000,
    ) -> None:
        if dated_rates and not multi_currency:
            raise ValueError("dated rates need several currencies: pass multi_currency as well")
        self.multi_currency = multi_currency
        self.dated_rates = dated_rates
        self.custom_fields = custom_fields
        self.currencies = currencies
        self.daily_calls = daily_calls
        self._client_id = "3MVG9.tieout.sandbox"
        self._client_secret = secrets.token_hex(32)
        self._token = f"{_ORGANISATION[:15]}!{secrets.token_urlsafe(60)}"
        self._user_token = f"{_ORGANISATION[:15]}!{secrets.token_urlsafe(60)}"

    def app(self, clock: Callable[[], datetime]) -> ASGIApp:
        """Make a fresh org; `clock` gives aware UTC and may be set forward.

        Serve it with the server's own `Date` header off (uvicorn: `date_header=False`): the simulator sends its own,
        from its own clock, which `/__sim__/clock` sets forward.
        """
        from decimal import Decimal  # noqa: PLC0415 - a plugin is cheap to import

        from tieout_salesforce.simulator.org import Settings  # noqa: PLC0415
        from tieout_salesforce.simulator.seed import CURRENCIES, PLACES, Currency  # noqa: PLC0415
        from tieout_salesforce.simulator.server import application  # noqa: PLC0415
        from tieout_salesforce.simulator.world import Access, Plan, World  # noqa: PLC0415

        given = self.currencies
        currencies = (
            CURRENCIES
            if given is None
            else [Currency(code, Decimal(rate), PLACES.get(code, 2)) for code, rate in given.items()]
        )
        access = Access(self._client_id, self._client_secret, self._token, self._user_token)
        settings = Settings(multi_currency=self.multi_currency, dated_rates=self.dated_rates)
        return application(World(clock, Plan(access, settings, self.custom_fields, currencies, self.daily_calls)))

    def access(self, url: str) -> Mapping[str, str]:
        """Say how to get in: id and secret of the client, a token for it and one of a person; both work at once."""
        return {
            "url": url,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "access_token": self._token,
            "user_token": self._user_token,
        }

    def connection(self, url: str) -> Mapping[str, object]:
        """Give the entry for tieout.yaml; id and secret of `access` go into the two environment variables."""
        return {
            "adapter": "salesforce",
            "organisation": _ORGANISATION,
            "options": {"url": url},
            "credentials": {"client_id": "${env:SF_CLIENT_ID}", "client_secret": "${env:SF_CLIENT_SECRET}"},
        }
