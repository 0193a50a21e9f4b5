"""What the account's data dictionaries say, asked once a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.errors import Forbidden
from tieout_spotlercrm.describe import Entry, describe, entries
from tieout_spotlercrm.objects import ACCOUNTS, LISTS, OWNER, record_type

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
        """Give the fields of one object. Raises UnknownObject, and ObjectForbidden for one outside the plan."""
        known = record_type(name)
        if name not in self._entries:
            self._entries[name] = entries(self.api.dictionary(known.name), name)
        return self._entries[name]

    def described(self, name: str) -> ObjectType:
        """Describe one object; raises as `entries` does."""
        if name not in self._described:
            known, below, above = self.entries(name), self._below(name), self._above(name)
            self._described[name] = describe(name, known, below, above, self._settings, self.api.lookup)
        return self._described[name]

    def _below(self, name: str) -> Sequence[Entry]:
        """Give the fields of what is listed with an object, none where that is out of reach."""
        return self._reached(LISTS[name][1]) if name in LISTS else ()

    def _above(self, name: str) -> Sequence[Entry]:
        """Give the fields of the account that a record belongs to, none where accounts are out of reach."""
        return self._reached(ACCOUNTS) if OWNER in record_type(name).refers else ()

    def _reached(self, name: str) -> Sequence[Entry]:
        try:
            return self.entries(name)
        except Forbidden:
            return ()
