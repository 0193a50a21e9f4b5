"""An access review: which connection reaches which account, with which rights, by whose word, used when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tieout.adapter import AuthorizationCode, Bearer, ClientCredentials, JwtBearer
from tieout.connecting import service
from tieout.errors import TieoutError
from tieout.http import bearer
from tieout.http.grants import idle_until
from tieout.store import access

if TYPE_CHECKING:
    from tieout.adapter import Grant
    from tieout.project import ConnectionConfig
    from tieout.session import Session
    from tieout.store.access import Access

GRANTS: dict[type, str] = {
    AuthorizationCode: "a person's login",
    ClientCredentials: "the app's id and secret",
    JwtBearer: "a signed assertion",
    Bearer: "a fixed token",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One connection. Instants are ISO text; "" where there is nothing to tell."""

    connection: str
    adapter: str
    organisation: str
    """Its id: as pinned, else as it last answered."""
    name: str
    grant: str
    """What lets Tieout in."""
    scopes: tuple[str, ...]
    """As the system named them, else as they are asked for; none: the system does not tell of any."""
    granted_by: str
    granted: str
    used: str
    """To the hour."""
    expires: str
    """When a fixed token ends, if it says so, or a person's login that nobody uses from now on."""
    state: str
    """connected, disconnected, refused, never used, removed."""
    since: str
    """Since when it is disconnected or refused."""
    ended_by: str


def review(session: Session) -> list[Row]:
    """Give every connection of the project, and those that were removed from it while they could be used."""
    rows = [_row(session, config) for config in session.project.connections.values()]
    with session.database.read() as tx:
        kept = access.everything(tx)
    known = {session.admission.opens(name) for name in session.project.connections if session.admission.known(name)}
    return [*rows, *(_removed(one) for one in kept if one.connection not in known and one.ended is None)]


def _row(session: Session, config: ConnectionConfig) -> Row:
    kept, grant = session.admission.known(config.name), _grant(session, config)
    state, since = _state(kept)
    return Row(
        config.name,
        config.adapter,
        config.organisation or (kept.organisation if kept else ""),
        kept.name if kept else "",
        "" if grant is None else GRANTS[type(grant)],
        _scopes(session, config, grant),
        (kept.granted_by if kept else None) or "",
        (kept.granted if kept else None) or "",
        (kept.used if kept else None) or "",
        _expires(session, config, grant),
        state,
        since,
        (kept.ended_by if kept else None) or "",
    )


def _removed(kept: Access) -> Row:
    name = kept.connection.partition(" ")[0]
    seen = (kept.granted_by or "", kept.granted or "", kept.used or "")
    return Row(name, "", kept.organisation, kept.name, "", (), *seen, "", "removed", "", "")


def _state(kept: Access | None) -> tuple[str, str]:
    if kept is None:
        return "never used", ""
    if kept.ended is not None:
        return "disconnected", kept.ended
    return ("refused", kept.refused) if kept.refused is not None else ("connected", "")


def _grant(session: Session, config: ConnectionConfig) -> Grant | None:
    try:
        return service(session.loaded.plugins.adapter(config.adapter), config).auth
    except TieoutError:  # its adapter is missing or broken, or its options are: tieout check says so
        return None


def _scopes(session: Session, config: ConnectionConfig, grant: Grant | None) -> tuple[str, ...]:
    try:
        token = session.tokens.load(config.name)
    except TieoutError:  # the key is not here, or the client's id
        token = None
    asked = (grant.scope or "") if isinstance(grant, AuthorizationCode | ClientCredentials) else ""
    return tuple((token.scope if token is not None and token.scope else asked).split())


def _expires(session: Session, config: ConnectionConfig, grant: Grant | None) -> str:
    if grant is None:
        return ""
    try:
        if isinstance(grant, Bearer):
            token = config.secret("token", session.sources)
            ends = None if token is None else bearer.ends(token.reveal())
        else:
            ends = idle_until(grant, session.tokens.load(config.name))
    except TieoutError:  # the credential, or the key, is not here
        return ""
    return "" if ends is None else f"{ends:%Y-%m-%dT%H:%M:%SZ}"


def as_json(row: Row) -> dict[str, object]:
    """Give one connection for a program."""
    return {name: (list(value) if isinstance(value, tuple) else value or None) for name, value in asdict(row).items()}
