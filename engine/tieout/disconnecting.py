"""Taking a connection back: its login is ended at the system, its tokens are forgotten here, its links stay."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.connecting import credentials, service
from tieout.errors import Unauthorised
from tieout.http.consent import revoke, token_endpoint
from tieout.http.grants import Credentials
from tieout.http.memory import MemoryTokens
from tieout.secrets import references
from tieout.store import access
from tieout.store.database import stamp

if TYPE_CHECKING:
    from tieout.adapter import Service
    from tieout.http.protocols import StoredToken
    from tieout.session import Session


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a connection."""

    revoked: bool
    """The system was told to end the login, or had ended it before."""
    wiped: bool
    """There were tokens here."""
    secrets: tuple[str, ...]
    """Names of stored secrets that are forgotten, too: a fixed token is one."""
    elsewhere: tuple[str, ...]
    """References of credentials that lead outside: whoever has them can connect again."""
    by_hand: str
    """Where a person ends, in the system itself, what no call ends; "" if nothing is left."""


def disconnect(session: Session, name: str, who: str) -> Ended:
    """End a connection; a second time ends what is left of it. Raises Unreachable and NotNow: nothing was changed."""
    config = session.config(name)
    how = service(session.loaded.plugins.adapter(config.adapter), config)
    token = session.tokens.load(name)
    revoked = token is not None and _revoked(session, name, how, token)
    with session.tokens.exclusive(name):
        wiped = session.tokens.forget(name)
    fixed = config.credentials.get("token", "")
    secrets = tuple(found for one in references(fixed) if (found := stored(one)) and session.secrets.delete(found))
    known = [one for credential in config.credentials for one in references(config.credentials[credential])]
    elsewhere = tuple(one for one in dict.fromkeys(known) if stored(one) not in secrets)
    with session.database.write() as tx:
        told = {"revoked": revoked, "secrets": list(secrets)}
        now = stamp(session.database.now())
        access.ended(tx, session.admission.opens(name), who=who, now=now, told=told)
    return Ended(revoked, wiped, secrets, elsewhere, "" if revoked and not elsewhere else how.taken_back)


def _revoked(session: Session, name: str, how: Service, token: StoredToken) -> bool:
    """Ask the system to end the login; False: it has no call for that, or the login must live on for others."""
    with suppress(Unauthorised):  # it is dead already
        if not session.opened(name).connection.disconnect():
            return False
    for secret in (token.access, token.refresh):
        if secret is not None:
            session.redaction.know(secret)
    now = session.tokens.load(name) or token  # renewed meanwhile
    known = Credentials(name, credentials(session.config(name), session.sources))
    with token_endpoint(name, how.url, session.ports(name, MemoryTokens())) as endpoint:
        try:
            return revoke(how.auth, known, now, endpoint)
        except Unauthorised:
            return True


def stored(reference: str) -> str:
    """Give the name of a stored secret, "" for any other reference."""
    kind, _, rest = reference.removeprefix("${").removesuffix("}").partition(":")
    return rest if kind == "secret" else ""
