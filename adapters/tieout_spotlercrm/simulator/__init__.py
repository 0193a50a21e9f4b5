"""A local SpotlerCRM: exactly what is confirmed of its API, for `tieout sandbox` and for tests.

No account was ever at hand: each rule cites its row of the project's SpotlerCRM fact sheet (1.1), and whatever is not
confirmed there is refused with 400, so that nothing can come to rest on it. Where an answer must have some form and
none is known, the assumption is named beside it (docs/spotlercrm.md lists them). Nothing here knows the adapter.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp

ACCOUNT = "sandbox"


class SpotlerSimulator:
    """Makes simulated accounts.

    `custom_fields`: the fields that the pack names; off: an account that nobody has prepared. `ledger_code`: label of
    the account's field for it (its API name follows from it, 1.1 name rule); "": there is none. `zone`: IANA name of
    the zone in which stamps without a zone are written. `token_days`: how long the token lives.
    """

    def __init__(
        self,
        *,
        custom_fields: bool = True,
        ledger_code: str = "Ledger Code",
        zone: str = "UTC",
        token_days: int = 365,
    ) -> None:
        from tieout_spotlercrm.simulator.tokens import make_token  # noqa: PLC0415  # a plugin is cheap to import

        self.custom_fields = custom_fields
        self.ledger_code = ledger_code
        self.zone = zone
        self._signature = secrets.token_bytes(256)
        self._token = make_token(datetime.now(UTC), token_days, self._signature)

    def app(self, clock: Callable[[], datetime]) -> ASGIApp:
        """Make a fresh account without a record; `clock` gives aware UTC and may be set forward."""
        from tieout_spotlercrm.simulator.schema import objects  # noqa: PLC0415  # as above
        from tieout_spotlercrm.simulator.server import application  # noqa: PLC0415  # as above
        from tieout_spotlercrm.simulator.world import World  # noqa: PLC0415  # as above

        known = objects(ledger_code=self.ledger_code, custom=self.custom_fields)
        return application(World(clock, known, token=self._token, zone=self.zone))

    def access(self, url: str) -> Mapping[str, str]:
        """Say how to get in."""
        return {"url": url, "access_token": self._token}

    def connection(self, url: str) -> Mapping[str, object]:
        """Give the entry for tieout.yaml; the access token goes into the environment variable.

        Nothing is known of a limit of calls (1.1), so the simulator has none, and the entry says so.
        """
        return {
            "adapter": "spotlercrm",
            "organisation": ACCOUNT,
            "options": {
                "url": url,
                "account": ACCOUNT,
                "currency": "GBP",
                "timezone": self.zone,
                "calls_per_second": 100,
            },
            "credentials": {"token": "${env:SPOTLERCRM_TOKEN}"},
        }
