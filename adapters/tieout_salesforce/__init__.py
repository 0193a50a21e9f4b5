"""Salesforce for Tieout: the hook module that the engine finds; the adapter itself is imported when it is asked for."""

from __future__ import annotations

from tieout.adapter import Adapter, hook


@hook
def tieout_adapters() -> list[Adapter]:
    """Offer the adapter `salesforce`."""
    from tieout_salesforce.adapter import SalesforceAdapter  # noqa: PLC0415 - hook modules stay cheap to import

    return [SalesforceAdapter()]
