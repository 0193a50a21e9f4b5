"""What the org holds, asked once per connection: objects, describes, the corporate currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tieout.errors import BadAnswer, ObjectForbidden, UnknownObject
from tieout.toolkit import nearest
from tieout_salesforce import rights
from tieout_salesforce.describe import Around, Currency, child, object_type
from tieout_salesforce.shape import described, listed
from tieout_salesforce.soql import select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieout.adapter import ObjectType
    from tieout_salesforce.describe import Raw
    from tieout_salesforce.rest import Rest


class Catalogue:
    """Describes as this login sees them; every answer is kept for the life of the connection."""

    def __init__(self, rest: Rest, *, marker: str, currency: str | None) -> None:
        self._rest, self._marker, self._fixed = rest, marker, currency
        self._objects: Mapping[str, Raw] | None = None
        self._currency: Currency | None = None
        self._described: dict[str, Raw] = {}

    def objects(self) -> Mapping[str, Raw]:
        """Give every object that this login can query, with its rights (section 2.4)."""
        if self._objects is None:
            self._objects = {one["name"]: one for one in listed(self._rest.get("/sobjects")) if one["queryable"]}
        return self._objects

    def raw(self, name: str) -> Raw:
        """Give a describe as Salesforce answers it.

        Raises UnknownObject for one that the login cannot see, ObjectForbidden where every org is known to have it.
        """
        if name not in self.objects() and name in rights.EVERYWHERE:
            raise ObjectForbidden(f"this login has no right to {name}", mend=rights.place(name))
        if name not in self.objects():
            raise UnknownObject(name, nearest(name, self.objects()), hides=rights.SEEING)
        if name not in self._described:
            self._described[name] = described(self._rest.get(f"/sobjects/{name}/describe"), name)
        return self._described[name]

    def related(self, name: str) -> Raw | None:
        """Give the describe of an object that may be out of sight."""
        return self.raw(name) if name in self.objects() else None

    def type(self, name: str) -> ObjectType:
        """Describe one object in the engine's words."""
        return object_type(self.raw(name), Around(self.currency(), self._marker, self.related))

    def currency(self) -> Currency:
        """Say how the org counts: CurrencyType exists only where several currencies are enabled (section 2.13).

        REST does not tell the currency of an org that has but one (its recorded Organization has no field for it):
        then the connection's option `currency` says it.
        """
        if self._currency is None:
            several = "CurrencyType" in self.objects()
            self._currency = Currency(several, self._corporate() if several else self._fixed)
        return self._currency

    def _corporate(self) -> str | None:
        rows = self._rest.query(f"{select(['Id', 'IsoCode'], 'CurrencyType')} WHERE IsCorporate = true LIMIT 1").records
        return str(rows[0]["IsoCode"]) if rows else None

    def child(self, parent: str, name: str) -> tuple[str, str]:
        """Say which object a child list holds, and its field that points to the parent."""
        relation: Mapping[str, Any] | None = child(self.raw(parent), name)
        if relation is None:
            raise BadAnswer(f"{parent} has no child list {name!r} any more", mend="tieout check --online")
        return str(relation["childSObject"]), str(relation["field"])
