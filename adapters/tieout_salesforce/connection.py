"""One Salesforce org as the engine sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tieout.adapter import Connection, Organisation
from tieout.errors import Forbidden
from tieout_salesforce import shape
from tieout_salesforce.catalogue import Catalogue
from tieout_salesforce.checks import edition, findings
from tieout_salesforce.reads import Reads
from tieout_salesforce.rest import Rest
from tieout_salesforce.soql import select
from tieout_salesforce.writes import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tieout.adapter import (
        Batch,
        Finding,
        Found,
        ObjectType,
        Observation,
        Outcome,
        Page,
        Query,
        Tools,
    )


ORGANISATION = ("Id", "Name", "IsSandbox", "OrganizationType")
"""What is read of the org; clients of others read the same (section 4)."""


class SalesforceConnection(Connection):
    """Reads by `queryAll`, writes by Collections. `url` is the org's My Domain, for pages that people open."""

    def __init__(
        self, tools: Tools, *, url: str, version: str, marker: str, currency: str | None, overlap: int, late: int
    ) -> None:
        self._url, self._marker, self._edition = url.rstrip("/"), marker, ""
        self._rest = Rest(tools, version)
        self._catalogue = Catalogue(self._rest, marker=marker, currency=currency)
        behind = {"overlap": timedelta(seconds=overlap), "late": timedelta(seconds=late)}
        self._reads = Reads(self._rest, self._catalogue, marker=marker, **behind)

    def organisation(self) -> Organisation:
        """Say which org this is, in which currency it reports, and as whom we write there."""
        rows = self._rest.query(f"{select(ORGANISATION, 'Organization')} LIMIT 1").records
        if not rows:
            raise Forbidden("this login cannot read its own Organization", mend="give it the permission View Setup")
        row = shape.organisation(rows[0])
        self._edition = str(rows[0].get("OrganizationType") or "")
        code = self._catalogue.currency().code
        return Organisation(row["Id"], row["Name"], code, live=not row["IsSandbox"], user=self._user())

    def _user(self) -> str | None:
        """Take our user's id from the identity URL `.../id/<org>/<user>`, which needs no scope besides `api` (2.1)."""
        identity = self._rest.get("").get("identity")
        return str(identity).rstrip("/").rpartition("/")[2] if identity else None

    def objects(self) -> Sequence[str]:
        """Name every object that can be queried."""
        return sorted(self._catalogue.objects())

    def describe(self, name: str) -> ObjectType:
        """Describe an object with one level of parents (`Account.Name`) and its usual child lists."""
        return self._catalogue.type(name)

    def changes(self, query: Query) -> Iterator[Page]:
        """Yield what changed, deletions and merges too; see `Reads.changes`."""
        return self._reads.changes(query)

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        """Yield one observation for each id."""
        return self._reads.fetch(query, ids)

    def write(self, batch: Batch) -> Sequence[Outcome]:
        """Send one Collections call; an outcome a row."""
        return write(self._rest, batch)

    def find_created(self, batch: Batch) -> Sequence[Found]:
        """Look up creates by the key in the marker field."""
        return self._reads.created(batch)

    def check(self) -> Sequence[Finding]:
        """Report sandbox, calls left, currencies, person accounts, rights, and where the marker is missing."""
        organisation = self.organisation()
        return [*edition(self._edition), *findings(self._catalogue, organisation, self._rest.left, self._marker)]

    def url(self, name: str, id: str) -> str:
        """Give the record's page in Lightning."""
        return f"{self._url}/lightning/r/{name}/{id}/view"
