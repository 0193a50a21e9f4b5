"""One SpotlerCRM account as the engine sees it: the port's methods, each in terms of the modules beside this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import Connection, Organisation
from tieout.errors import WrongOrganisation
from tieout_spotlercrm.api import Api, NoRecord
from tieout_spotlercrm.catalogue import Catalogue
from tieout_spotlercrm.checks import findings
from tieout_spotlercrm.describe import understood
from tieout_spotlercrm.objects import TYPES
from tieout_spotlercrm.reads import Reads
from tieout_spotlercrm.records import Reader
from tieout_spotlercrm.settling import find_created
from tieout_spotlercrm.writes import Writer

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
    from tieout_spotlercrm.settings import Settings


class SpotlerConnection(Connection):
    """Made without a call; data dictionaries are read once, when they are first needed."""

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self._settings, self._tools = settings, tools
        self._api = Api(tools.http, settings.page_size)
        self._catalogue = Catalogue(self._api, settings)
        self._reads = Reads(self._api, settings.overlap, tools.now, tools.log)

    def organisation(self) -> Organisation:
        """Say which account this is, as far as it can be told: by its declared name, and by the witness if one is set.

        Without a witness one account is read, so that a dead token shows. Raises WrongOrganisation without its witness.
        """
        settings = self._settings
        account = Organisation(settings.account, settings.account, settings.currency, live=settings.live)
        if settings.witness is None:
            self._api.page("accounts", 1, size=1)
            return account
        name, id = settings.witness
        try:
            self._api.one(name, id)
        except NoRecord as error:
            raise WrongOrganisation(
                f"this token does not find {name} {id}, which stands for the account {settings.account}",
                mend="use a token of that account; if the record was deleted there, name another one as `witness`",
            ) from error
        return account

    def objects(self) -> Sequence[str]:
        """Name the record types of the API; which of them the plan has shows when they are described."""
        return list(TYPES)

    def describe(self, name: str) -> ObjectType:
        """Describe one object by its data dictionary. Raises ObjectForbidden for one outside the plan."""
        return self._catalogue.described(name)

    def changes(self, query: Query) -> Iterator[Page]:
        """Yield what changed; see `tieout_spotlercrm.reads`."""
        return self._reads.changes(self._reader(query.type, query.paths), query.since)

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        """Read records by id; see `tieout_spotlercrm.reads`."""
        return self._reads.fetch(self._reader(query.type, query.paths), ids)

    def write(self, batch: Batch) -> Sequence[Outcome]:
        """Carry out one batch; see `tieout_spotlercrm.writes`."""
        return Writer(self._reads, self._reader(batch.type, batch.paths), self._settings)(batch)

    def find_created(self, batch: Batch) -> Sequence[Found]:
        """Look for what unanswered creates made; see `tieout_spotlercrm.settling`."""
        return find_created(self._reads, self._reader(batch.type, batch.paths), batch)

    def check(self) -> Sequence[Finding]:
        """Report what would stop or surprise a run; see `tieout_spotlercrm.checks`."""
        return findings(self._catalogue, self._settings, self._tools)

    def url(self, name: str, id: str) -> str | None:
        """Give the page on which a person sees this record, where the options say what it looks like."""
        form = self._settings.record_url
        return None if form is None else form.replace("{object}", name).replace("{id}", id)

    def _reader(self, type: ObjectType, paths: frozenset[str]) -> Reader:
        return Reader(understood(type), paths, self._settings.zone)
