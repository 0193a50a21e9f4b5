"""The port: everything a plugin must know to make Tieout speak to one more system.

You write six methods (`organisation`, `objects`, `describe`, `changes`, `fetch`, `write`) against a client that
already authorises, paces, retries reads, keeps to limits and redacts. You never see a token, sleep, page-loop over a
batch, compare a record, keep state or start a thread. What you return is evidence; the engine alone decides.

The words are in `tieout.model`; everything there can be imported from here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Protocol

import pluggy

from tieout.finding import Finding as Finding
from tieout.finding import Severity as Severity
from tieout.model import Applied as Applied
from tieout.model import Archived as Archived
from tieout.model import Batch as Batch
from tieout.model import Cause as Cause
from tieout.model import Cursor as Cursor
from tieout.model import Deletions as Deletions
from tieout.model import Field as Field
from tieout.model import Found as Found
from tieout.model import Gone as Gone
from tieout.model import InDoubt as InDoubt
from tieout.model import Kind as Kind
from tieout.model import Limits as Limits
from tieout.model import Lock as Lock
from tieout.model import Merged as Merged
from tieout.model import NotApplied as NotApplied
from tieout.model import ObjectType as ObjectType
from tieout.model import Observation as Observation
from tieout.model import Operation as Operation
from tieout.model import Organisation as Organisation
from tieout.model import Outcome as Outcome
from tieout.model import Page as Page
from tieout.model import Present as Present
from tieout.model import Query as Query
from tieout.model import Record as Record
from tieout.model import Refused as Refused
from tieout.model import Twins as Twins
from tieout.model import Unknown as Unknown
from tieout.model import Value as Value
from tieout.model import Verb as Verb
from tieout.rate_quote import Quote as Quote
from tieout.transform import Binding as Binding
from tieout.transform import Bound as Bound
from tieout.transform import End as End
from tieout.transform import Misused as Misused
from tieout.transform import Scope as Scope
from tieout.transform import Transform as Transform
from tieout.transform import Unconvertible as Unconvertible

if TYPE_CHECKING:
    from starlette.types import ASGIApp

PORT = 1
"""Counts up only when an adapter written for the port before would misbehave; additions have defaults."""

hook = pluggy.HookimplMarker("tieout")
"""Marks a plugin's hook functions: `@hook def tieout_adapters() -> list[Adapter]: ...` (see `tieout.hookspecs`)."""


# --- How a system is authorised: plain data, no secret; the engine's client does the rest ----------------------


@dataclass(frozen=True, slots=True)
class Bearer:
    """A fixed token, given as the credential `token`."""

    scheme: str = "Bearer"


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """OAuth 2 client credentials: credentials `client_id` and `client_secret`; no refresh token.

    `base_from`: the key of the token's answer that holds the base URL of all further calls (Salesforce:
    `instance_url`); the client refuses one that is neither https below `hosts` nor the loopback host it asked.
    """

    token_url: str
    scope: str | None = None
    basic: bool = False
    """True: id and secret go in an Authorization header instead of the form."""
    base_from: str | None = None
    hosts: tuple[str, ...] = ()
    revoke_url: str | None = None
    """Where an access token is ended (RFC 7009); None: it only dies of age."""


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """OAuth 2 authorization code with PKCE and rotating refresh tokens, granted by a person with `tieout connect`.

    Credentials: `client_id`, and `client_secret` for a confidential client. `grace`: how long the previous refresh
    token still works if the answer that rotated it was lost.
    """

    authorize_url: str
    token_url: str
    scope: str
    revoke_url: str | None = None
    grace_seconds: int = 0
    idle_days: int | None = None
    """So long a refresh token lives that nobody uses; None: not known."""


@dataclass(frozen=True, slots=True)
class JwtBearer:
    """OAuth 2 JWT bearer: credentials `client_id`, `username`, `key` (PEM)."""

    token_url: str
    audience: str
    lifetime_seconds: int = 180
    base_from: str | None = None
    hosts: tuple[str, ...] = ()
    revoke_url: str | None = None
    """Where an access token is ended (RFC 7009); None: it only dies of age."""


Grant = Bearer | ClientCredentials | AuthorizationCode | JwtBearer


# --- The client that a connection is handed ---------------------------------------------------------------------


class Answer(Protocol):
    """What came back: 2xx and 3xx only, all else is raised. `json()` has Decimals and refuses NaN and non-JSON."""

    status: int
    headers: Mapping[str, str]
    """Lower-case names."""
    text: str

    def json(self) -> Value: ...  # noqa: D102


class Http(Protocol):
    """The client: authorised, paced, logged without bodies. Reads are repeated by themselves on a transient failure.

    `repeatable`: the request carries an idempotency key that the system honours. Every other write is sent once: a
    lost answer raises `AnswerLost`, an upsert's and a PATCH's too, and the engine settles. Other errors:
    `tieout.errors`. `read`: a POST that only reads (a query in a body) is treated as a read.
    """

    def __call__(  # noqa: D102
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Value = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
        read: bool = False,
    ) -> Answer: ...


def _nothing_left(_: Mapping[str, str]) -> Mapping[int, int]:
    return {}


def _by_status(_status: int, _headers: Mapping[str, str], _body: bytes) -> Exception | None:
    return None


@dataclass(frozen=True, slots=True)
class Service:
    """What the client must know of a system to speak to it; pure data and two pure functions."""

    url: str
    auth: Grant
    limits: Limits = field(default_factory=Limits)
    headers: Mapping[str, str] = field(default_factory=dict)
    left: Callable[[Mapping[str, str]], Mapping[int, int]] = _nothing_left
    """Response headers (lower-case names) -> window in seconds -> calls left."""
    error: Callable[[int, Mapping[str, str], bytes], Exception | None] = _by_status
    """A non-2xx answer -> an exception of `tieout.errors`; None: by status. Called before any retry: a raised NotNow,
    Forbidden, Unauthorised or BatchRefused is final, a `retry-later` status (429, 5xx) without one is retried."""
    expired: Callable[[int, Mapping[str, str], bytes], bool] = lambda status, _headers, _body: status == 401  # noqa: PLR2004
    """Does this answer mean that the token is dead, so that authorising again helps?"""
    taken_back: str = ""
    """Where a person ends our access in the system itself: told after disconnecting, for what no call ends."""


class Log(Protocol):
    """structlog's bound logger, already carrying run, connection and object. Ids, never payloads."""

    def debug(self, event: str, **facts: object) -> object: ...  # noqa: D102
    def info(self, event: str, **facts: object) -> object: ...  # noqa: D102
    def warning(self, event: str, **facts: object) -> object: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Tools:
    """Handed to `Adapter.open`. There is no other way to the clock, the network or the log."""

    http: Http
    now: Callable[[], datetime]
    log: Log
    token_ends: Callable[[], datetime | None] = lambda: None
    """When the credential `token` ends, if it says so itself (the `exp` of a JWT), or a person's login that nobody uses
    from now on (`AuthorizationCode.idle_days`); None: that is not known, or the client lets itself in. Asks nobody, and
    gives nothing of the token."""
    scopes: Callable[[], frozenset[str]] = frozenset
    """What the login may do, as the system named it when it gave the token (`scope`, RFC 6749, 5.1); none: it named
    nothing, or gave no token yet. Asks nobody; known after the first call."""


# --- What you write ---------------------------------------------------------------------------------------------


class Connection(ABC):
    """One organisation in one system, used by one thread at a time.

    Raise `tieout.errors` for what stops the connection (the client does it for you); return values for what
    concerns one record.
    """

    @abstractmethod
    def organisation(self) -> Organisation:
        """Say whose account this is. Called once a run, before anything else."""

    @abstractmethod
    def objects(self) -> Sequence[str]:
        """Name every object that this login can see."""

    @abstractmethod
    def describe(self, name: str) -> ObjectType:
        """Describe one object as this login sees it now; raise `UnknownObject` otherwise."""

    @abstractmethod
    def changes(self, query: Query) -> Iterator[Page]:
        """Yield what changed since the cursor, at least once, in any order; the later sighting of an id stands."""

    @abstractmethod
    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        """Read records by id, one observation for each id; `query.since` means nothing here."""

    @abstractmethod
    def write(self, batch: Batch) -> Sequence[Outcome]:
        """Carry out one batch: as many outcomes as operations, in the same order.

        Raise `BatchRefused` if the system refused all for the sake of one; the engine bisects.
        """

    def find_created(self, batch: Batch) -> Sequence[Found]:
        """Find out what became of creates whose answer was lost, by key or natural key. Writes nothing."""
        return [InDoubt("this system offers no way to find out") for _ in batch.operations]

    def check(self) -> Sequence[Finding]:
        """Report what would stop or surprise a run: access, permissions, lock dates, calls left."""
        return []

    def url(self, name: str, id: str) -> str | None:  # noqa: ARG002
        """Give the page on which a person sees this record."""
        return None

    def disconnect(self) -> bool:
        """Take this organisation from the login, before the login itself is ended; the system's records stay.

        False: the login reaches other organisations, too, and must live on for them. Without a call for that there is
        nothing to do.
        """
        return True


class Simulator(Protocol):
    """A local stand-in for the system, for the sandbox and for tests."""

    def app(self, clock: Callable[[], datetime]) -> ASGIApp:
        """Make a fresh, seeded world as an ASGI application; `clock` gives aware UTC and may be set forward."""

    def access(self, url: str) -> Mapping[str, str]:
        """Say how to reach and authorise at it when it listens under `url`: what `tieout sandbox` prints."""

    def connection(self, url: str) -> Mapping[str, object]:
        """Give the `connections.NAME` entry of a tieout.yaml that uses it: options, credentials, organisation."""


class Adapter(ABC):
    """One kind of system. Stateless and cheap to import: everything heavy is imported in `open`."""

    name: ClassVar[str]
    version: ClassVar[str] = ""
    """Empty: the version of the distribution that ships it."""
    port: ClassVar[int] = PORT
    options: ClassVar[Mapping[str, object]] = {}
    """JSON Schema of `connections.<name>.options`, closed, each property described; no secrets in it."""
    credentials: ClassVar[Mapping[str, str]] = {}
    """Name of each credential -> what it is, for people."""
    unseen: ClassVar[str] = ""
    """What `changes` never shows and complete reads do, for people: `tieout init` then writes a `full_read`."""

    @abstractmethod
    def service(self, options: Record, organisation: str | None) -> Service:
        """Say how the system is reached, from validated options."""

    @abstractmethod
    def open(self, options: Record, tools: Tools) -> Connection:
        """Make a connection. No call yet."""

    def simulator(self) -> Simulator | None:
        """Give a local stand-in, if you ship one."""
        return None

    def codes(self) -> Mapping[str, str]:
        """Give code -> what it means, in a sentence, of refusals and findings: `tieout help CODE` shows it."""
        return {}
