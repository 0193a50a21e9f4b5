"""Tieout's adapter for SpotlerCRM's API V4. This file is the hook module: all else is imported when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import hook

if TYPE_CHECKING:
    from tieout.adapter import Adapter


@hook
def tieout_adapters() -> list[Adapter]:
    """Offer the adapter `spotlercrm`."""
    from tieout_spotlercrm.adapter import SpotlerAdapter  # noqa: PLC0415  a hook module stays cheap to import

    return [SpotlerAdapter()]
