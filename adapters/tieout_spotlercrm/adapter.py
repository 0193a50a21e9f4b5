"""The adapter: how SpotlerCRM is reached and authorised (facts 1.1, base URL and auth)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tieout.adapter import Adapter, Bearer, Limits, Service
from tieout_spotlercrm.settings import SCHEMA, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieout.adapter import Connection, Record, Simulator, Tools

TAKEN_BACK = "in SpotlerCRM, Settings, Integrations, API V4, revoke the access token: its API has no call for that"


class SpotlerAdapter(Adapter):
    """SpotlerCRM's API V4, formerly of Really Simple Systems."""

    name = "spotlercrm"
    options: ClassVar[Mapping[str, object]] = SCHEMA
    credentials: ClassVar[Mapping[str, str]] = {
        "token": "access token, made in SpotlerCRM under Settings, Integrations, API V4",
    }
    unseen = "deletions, and changes of lines and people alone,"

    def service(self, options: Record, organisation: str | None) -> Service:
        """Say how SpotlerCRM is reached; a token belongs to one user of one account, and nothing renews it."""
        from tieout_spotlercrm.errors import fault  # noqa: PLC0415  the adapter stays cheap to import

        del organisation
        settings = read_settings(options)
        limits = Limits({1: settings.calls_per_second}, concurrent=1)
        return Service(url=settings.url, auth=Bearer(), limits=limits, error=fault, taken_back=TAKEN_BACK)

    def open(self, options: Record, tools: Tools) -> Connection:
        """Make a connection, without a call."""
        from tieout_spotlercrm.connection import SpotlerConnection  # noqa: PLC0415  as above

        return SpotlerConnection(read_settings(options), tools)

    def simulator(self) -> Simulator | None:
        """Give the simulator that ships with this adapter."""
        from tieout_spotlercrm.simulator import SpotlerSimulator  # noqa: PLC0415  as above

        return SpotlerSimulator()

    def codes(self) -> Mapping[str, str]:
        """Explain the codes of refusals and of the pre-flight."""
        from tieout_spotlercrm.codes import explained  # noqa: PLC0415  as above

        return explained()
