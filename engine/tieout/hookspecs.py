"""What a plugin may offer: four hooks, each optional, found through the entry-point group `tieout`.

# pyproject.toml of tieout-hubspot
[project.entry-points.tieout]
hubspot = "tieout_hubspot"

# tieout_hubspot/__init__.py: imports the port alone, all else inside the functions
from tieout.adapter import hook

@hook
def tieout_adapters():
    from tieout_hubspot.adapter import HubspotAdapter
    return [HubspotAdapter()]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pluggy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from importlib.resources.abc import Traversable

    from tieout.adapter import Adapter, Quote
    from tieout.transform import Transform

PROJECT = "tieout"
"""The name of the entry-point group and of the hook marker `tieout.adapter.hook`."""

_spec = pluggy.HookspecMarker(PROJECT)


class RateSource(Protocol):
    """Exchange rates under a name that a project's chain of sources can mention."""

    name: str

    def rate(self, currency: str, base: str, day: date) -> Quote | None:
        """Give the last rate known on that day: units of `currency` for one unit of `base` (ISO 4217 codes).

        The quote names the day that its rate is of: never a later one, and nothing is interpolated. None if there is
        no rate: the next source is asked. Called once a run for each question; what it raises counts as no rate.
        """


@_spec
def tieout_adapters() -> Sequence[Adapter]:  # type: ignore[empty-body]  # a specification has no body
    """Give the adapters: instances, stateless, cheap to import."""


@_spec
def tieout_transforms() -> Sequence[Transform]:  # type: ignore[empty-body]  # as above
    """Give further transforms for mappings; a name that is taken already is refused."""


@_spec
def tieout_rate_sources() -> Sequence[RateSource]:  # type: ignore[empty-body]  # as above
    """Give further sources of exchange rates."""


@_spec
def tieout_packs() -> Mapping[str, Traversable]:  # type: ignore[empty-body]  # as above
    """Give folders of mappings under the names that `use:` can say; a `pathlib.Path` will do."""
