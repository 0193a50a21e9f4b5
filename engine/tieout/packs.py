"""The built-in packs, through the same door as everybody's: a plugin of the entry-point group `tieout`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import hook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable


@hook
def tieout_packs() -> Mapping[str, Traversable]:
    """Give each folder of mappings that ships with Tieout under its name."""
    from tieout.resources import packs  # noqa: PLC0415  # a hook module imports the port alone

    return {folder.name: folder for folder in packs().iterdir() if folder.is_dir()}
