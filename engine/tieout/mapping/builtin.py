"""The hook module of the built-in transforms; everything else is imported when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import hook

if TYPE_CHECKING:
    from tieout.transform import Transform


@hook
def tieout_transforms() -> list[Transform]:
    """Give the transforms of the language (LANGUAGE §10)."""
    from tieout.mapping.transforms.registry import built_in  # noqa: PLC0415  # a hook module imports only the port

    return built_in()
