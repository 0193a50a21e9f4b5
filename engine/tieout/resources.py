"""The files that come with the package: schemas and packs, in a wheel or in the source folder (editable)."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def schemas() -> Traversable:
    """Give the folder of the JSON Schemas (`mapping.schema.json`, …)."""
    return _folder("schemas", "schemas")


def packs() -> Traversable:
    """Give the folder that holds one folder for each built-in pack."""
    return _folder("packs_data", "mappings")


def _folder(in_wheel: str, in_source: str) -> Traversable:
    here = files("tieout")
    return found if (found := here / in_wheel).is_dir() else here / ".." / ".." / in_source
