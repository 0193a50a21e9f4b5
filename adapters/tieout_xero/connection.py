"""One organisation in Xero: the port's methods, each in terms of the modules beside this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import Connection, Verb
from tieout_xero.api import Api
from tieout_xero.books import Books, leave_one_of_several, read_books
from tieout_xero.errors import LacksScope
from tieout_xero.objects import (
    CONTACT,
    CREDIT_NOTE,
    ENDPOINTS,
    FOUR_DECIMALS,
    INVOICE,
    QUOTE,
    endpoint,
    with_coarse_prices,
)
from tieout_xero.observing import Observer
from tieout_xero.preflight import Login, preflight
from tieout_xero.reads import Paging, changes, fetch
from tieout_xero.records import answer_reader, reader
from tieout_xero.scopes import Scopes, missing_rights, refused, with_rights
from tieout_xero.settling import find_created, find_credits
from tieout_xero.shape import FINE
from tieout_xero.writes import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tieout.adapter import (
        Batch,
        Finding,
        Found,
        ObjectType,
        Observation,
        Organisation,
        Outcome,
        Page,
        Query,
        Tools,
    )
    from tieout_xero.settings import Settings

LOGIN = "/organisationlogin/default.aspx?shortcode={code}&redirecturl="
PAGES = {
    INVOICE.name: f"{LOGIN}/AccountsReceivable/View.aspx?InvoiceID=",
    CONTACT.name: f"{LOGIN}/Contacts/View/",
    CREDIT_NOTE.name: f"{LOGIN}/AccountsPayable/ViewCreditNote.aspx?creditNoteID=",
    QUOTE.name: "/app/{code}/quotes/view/",
}
"""Pages that people see, by object, before the id (facts 2.5, deep links; of quotes as Xero's own tools make them)."""


class XeroConnection(Connection):
    """Made without a call; the organisation is read once, when it is first needed."""

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self._settings = settings
        fine = settings.price_decimals == FINE
        self._api = Api(tools.http, unasked=frozenset() if fine else frozenset(FOUR_DECIMALS))
        self._now, self._ends, self._granted = tools.now, tools.token_ends, tools.scopes
        self._paging = Paging(settings.page_size, settings.overlap)
        self._known: Books | None = None

    def organisation(self) -> Organisation:
        """Read whose books these are; raises WrongOrganisation or Forbidden if that cannot be told."""
        self._known = read_books(self._api, tenanted=self._settings.tenanted)
        return self._known.organisation()

    def objects(self) -> Sequence[str]:
        """Name the objects that this adapter knows."""
        return list(ENDPOINTS)

    def describe(self, name: str) -> ObjectType:
        """Describe one object; its amounts know the organisation's base currency.

        Raises ObjectForbidden for one that the login's scopes do not let it read.
        """
        plain = endpoint(name).described(self._books().currency, self._settings.page_size)
        type_ = with_rights(plain, self._scopes())
        return type_ if self._settings.price_decimals == FINE else with_coarse_prices(type_)

    def changes(self, query: Query) -> Iterator[Page]:
        """Yield what changed; see `tieout_xero.reads`."""
        return changes(self._api, self._reading(query), self._paging, query.since)

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        """Read records by id; see `tieout_xero.reads`."""
        return fetch(self._api, self._reading(query), ids)

    def write(self, batch: Batch) -> Sequence[Outcome]:
        """Carry out one batch; see `tieout_xero.writes`."""
        read = answer_reader(batch.type.fields, batch.paths)
        observer = Observer(endpoint(batch.type.name), read, self._books().locks)
        writer = Writer(self._api, observer, self._settings.document_url, self._books().currency)
        try:
            return writer(batch)
        except LacksScope as lacking:
            raise refused(batch.verb, batch.type.name) from lacking

    def find_created(self, batch: Batch) -> Sequence[Found]:
        """Look for what unanswered creates and credits made; see `tieout_xero.settling`."""
        if batch.verb is Verb.CREDIT:
            return find_credits(self._api, self._paging, batch, self._now())
        read = reader(batch.type.fields, batch.paths)
        observer = Observer(endpoint(batch.type.name), read, self._books().locks)
        return find_created(self._api, observer, self._paging, batch, self._now())

    def check(self) -> Sequence[Finding]:
        """Report what would stop or surprise a run; see `tieout_xero.preflight`."""
        calls = self._settings.calls_per_day
        login = Login(self._settings.tenanted, self._ends(), self._now())
        return [*preflight(self._api, self._books(), calls, login), *missing_rights(self._scopes())]

    def url(self, name: str, id: str) -> str | None:
        """Give the page of a document or a contact in the right organisation; no others are known."""
        if name not in PAGES:
            return None
        return f"{self._settings.link_url}{PAGES[name].format(code=self._books().short_code)}{id}"

    def disconnect(self) -> bool:
        """Drop the connection to this organisation where the login has others, too: ending the login drops them all."""
        return not self._settings.tenanted or not leave_one_of_several(self._api)

    def _scopes(self) -> Scopes:
        granted = self._granted()
        return Scopes(granted or frozenset(self._settings.scopes.split()), granted=bool(granted))

    def _books(self) -> Books:
        if self._known is None:
            self._known = read_books(self._api, tenanted=self._settings.tenanted)
        return self._known

    def _reading(self, query: Query) -> Observer:
        read = reader(query.type.fields, query.paths)
        return Observer(endpoint(query.type.name), read, self._books().locks)
