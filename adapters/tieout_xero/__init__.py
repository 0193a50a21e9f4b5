"""Tieout's adapter for Xero's Accounting API. This file is the hook module: all else is imported when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import hook

if TYPE_CHECKING:
    from tieout.adapter import Adapter, Transform


@hook
def tieout_adapters() -> list[Adapter]:
    """Offer the Xero adapter."""
    from tieout_xero.adapter import XeroAdapter  # noqa: PLC0415  a hook module stays cheap to import

    return [XeroAdapter()]


@hook
def tieout_transforms() -> list[Transform]:
    """Offer what turns telephone numbers and names into Xero's form and back."""
    from tieout_xero.transforms import XeroName, XeroPhone  # noqa: PLC0415  a hook module stays cheap to import

    return [XeroPhone(), XeroName()]
