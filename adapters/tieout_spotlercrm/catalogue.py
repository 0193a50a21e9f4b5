"""What the account's data dictionaries say, asked once a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.errors import Forbidden
from tieout_spotlercrm.describe import Entry, describe, entries
from tieout_spotlercrm.objects import DEALS, LINE_OBJECT, record_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieout.adapter import ObjectType
    from tieout_spotlercrm.api import Api
    from tieout_spotlercrm.settings import Settings


class Catalogue:
    """Data dictionaries and what is made of them; every answer is kept for the life of the connection."""

    def __init__(self, api: Api, settings: Settings) -> None:
        self.api, self._settings = api, settings
        self._entries: dict[str, Sequence[Entry]] = {}
        self._described: dict[str, ObjectType] = {}

    def entries(self, name: str) -> Sequence[Entry]:
        """Give the fields of one object. Raises UnknownObject, and Forbidden for one outside the plan."""
        known = record_type(name)
        if name not in self._entries:
            self._entries[name] = entries(self.api.dictionary(known.name), name)
        return self._entries[name]

    def described(self, name: str) -> ObjectType:
        """Describe one object; raises as `entries` does."""
        if name not in self._described:
            known, lines = self.entries(name), self._lines() if name == DEALS else ()
            self._described[name] = describe(name, known, lines, self._settings, self.api.lookup)
        return self._described[name]

    def _lines(self) -> Sequence[Entry]:
        try:
            return self.entries(LINE_OBJECT)
        except Forbidden:
            return ()
