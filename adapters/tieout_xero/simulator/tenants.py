"""Tenants: an organisation with its objects, limits, counters and remembered answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tieout_xero.simulator.allocations import Allocations
from tieout_xero.simulator.books import Books, Profile, Switches
from tieout_xero.simulator.codec import Row
from tieout_xero.simulator.contacts import Contacts
from tieout_xero.simulator.counters import Counters
from tieout_xero.simulator.credit_notes import CreditNotes
from tieout_xero.simulator.invoices import Invoices
from tieout_xero.simulator.items import Items
from tieout_xero.simulator.limits import Limits
from tieout_xero.simulator.payments import Payments
from tieout_xero.simulator.prepaid import Overpayments, Prepayments
from tieout_xero.simulator.quotes import Quotes
from tieout_xero.simulator.resource import Resource
from tieout_xero.simulator.settings import Accounts

REMEMBERED = timedelta(minutes=6)


class Clock:
    """A clock that runs with the one it was given and can be set forward."""

    def __init__(self, base: Callable[[], datetime]) -> None:
        self._base = base
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Give the moment, aware UTC."""
        return self._base() + self.ahead


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as sent: what idempotency keys and the server pass around."""

    status: int
    body: bytes
    type: str | None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The answer to a request with an idempotency key, and what the request was: tenant, method, address, body."""

    request: tuple[str, str, str, bytes]
    reply: Reply
    until: datetime


class Memory:
    """Answers by idempotency key, an app's for all tenants, for six minutes (facts (c) Idempotency-Key)."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: dict[str, Remembered] = {}

    def recall(self, key: str) -> Remembered | None:
        """Give what was answered under a key."""
        found = self._kept.get(key)
        return found if found is not None and found.until > self._clock() else None

    def remember(self, key: str, request: tuple[str, str, str, bytes], reply: Reply) -> None:
        """Keep an answer, an error too, and forget what is over."""
        now = self._clock()
        for old in [name for name, each in self._kept.items() if each.until <= now]:
            del self._kept[old]
        self._kept[key] = Remembered(request, reply, now + REMEMBERED)


@dataclass(slots=True)
class Armed:
    """An edit that waits until some more pages of its object have been read."""

    name: str
    pages: int
    order: Row


class Tenant:
    """One organisation as the API sees it."""

    def __init__(self, profile: Profile, clock: Clock, switches: Switches) -> None:
        self.books = Books(profile, clock, switches)
        self.id = profile.tenant_id
        self.connection = self.books.guid()
        self.connected = True
        self.limits = Limits(int(self.id[:4], 16))
        self.counters = Counters()
        self.armed: list[Armed] = []
        self.contacts = Contacts(self.books)
        self.invoices = Invoices(self.books, self.contacts)
        self.items = Items(self.books)
        self.payments = Payments(self.books)
        self.accounts = Accounts(self.books)
        self.allocations = Allocations(self.books)
        self.credit_notes = CreditNotes(self.books, self.contacts, self.allocations)
        self.overpayments = Overpayments(self.books, self.books.overpayments, self.contacts, self.allocations)
        self.prepayments = Prepayments(self.books, self.books.prepayments, self.contacts, self.allocations)
        self.quotes = Quotes(self.books, self.contacts)
        every: tuple[Resource, ...] = (
            *(self.contacts, self.invoices, self.items, self.payments, self.accounts),
            *(self.credit_notes, self.overpayments, self.prepayments, self.quotes),
        )
        self.resources: Mapping[str, Resource] = {resource.plural.lower(): resource for resource in every}
        self.by_name: Mapping[str, Resource] = {resource.name: resource for resource in (*every, self.allocations)}
