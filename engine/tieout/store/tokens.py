"""Tokens, stored secrets and windows in the state database: sealed with the project's key, shared by all processes."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from tieout.errors import Busy, Fenced, StoreError
from tieout.http.budget import Window, learnt, still_left, taken
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret
from tieout.store import dialect, lease
from tieout.store.database import surroundings
from tieout.store.instants import stamp, unstamp
from tieout.store.owners import is_gone, this_process
from tieout.store.tables import secret, token, window
from tieout.values import dumps, loads_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy import Connection

    from tieout.http.protocols import Clock
    from tieout.model import Value
    from tieout.store.database import Database
    from tieout.vault import Vault

HOLD = timedelta(minutes=2)
"""How long one process may hold a connection's tokens; then it counts as dead. One that was only slow has lost nothing:
`replace` goes by the version."""
LOOK, LONGEST_LOOK = 0.05, 1.0
"""Seconds between the first two looks at a lock that another process holds, and between later ones."""


class StoredTokens:
    """Implements `tieout.http.protocols.Tokens`: one refresh at a time over all processes and hosts."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def load(self, connection: str) -> StoredToken | None:
        """Give what is stored now. Raises StoreError if it can't be opened with the project's key."""
        with self._database.read() as tx:
            row = tx.execute(select(token).where(token.c.connection == connection)).first()
        if row is None:
            return None
        return _opened(self._vault.decrypt(row.sealed.decode()), connection, row.version)

    def replace(self, connection: str, expected_version: int, token: StoredToken) -> bool:
        """Store `token` durably if the stored version is still `expected_version` (0: none), else give False."""
        sealed = self._vault.encrypt(_closed(token, connection)).encode()
        with self._database.write() as tx:
            return _replace(tx, connection, expected_version, sealed)

    def forget(self, connection: str) -> bool:
        """Delete a connection's tokens; False if there were none."""
        with self._database.write() as tx:
            return tx.execute(delete(token).where(token.c.connection == connection)).rowcount > 0

    @contextmanager
    def exclusive(self, connection: str) -> Iterator[None]:
        """Hold the one lock of this connection's tokens, across processes; no transaction is open meanwhile.

        Raises Busy if others held it for longer than twice HOLD.
        """
        name = f"token:{connection}"
        epoch = self._acquired(name)
        try:
            yield
        finally:
            # Who held it too long has lost it already; `replace` by version kept the tokens whole.
            with suppress(Fenced), self._database.write() as tx:
                lease.release(tx, name, epoch)

    def _acquired(self, name: str) -> int:
        until, wait = self._clock.now() + 2 * HOLD, LOOK
        while self._clock.now() < until:
            with suppress(Busy):
                return lease.acquire(self._database, name, this_process(), HOLD, gone=is_gone)
            self._clock.sleep(wait)
            wait = min(2 * wait, LONGEST_LOOK)
        return lease.acquire(self._database, name, this_process(), HOLD, gone=is_gone)


class TokensOf:
    """Tokens under the name of what they open: a connection that is pointed elsewhere has none until it is given some.

    Without it a changed `url` or organisation would go on with the token of the old system until that dies.
    """

    def __init__(self, stored: StoredTokens, name: Callable[[str], str]) -> None:
        """`name`: connection -> the name under which its tokens are kept."""
        self._stored = stored
        self._name = name

    def load(self, connection: str) -> StoredToken | None:
        """Give what is stored now. Raises StoreError."""
        return self._stored.load(self._name(connection))

    def replace(self, connection: str, expected_version: int, token: StoredToken) -> bool:
        """Store a token if the version is still as expected."""
        return self._stored.replace(self._name(connection), expected_version, token)

    def exclusive(self, connection: str) -> AbstractContextManager[None]:
        """Hold the one lock of these tokens, across processes."""
        return self._stored.exclusive(self._name(connection))

    def forget(self, connection: str) -> bool:
        """Delete these tokens; False if there were none."""
        return self._stored.forget(self._name(connection))


def _replace(tx: Connection, connection: str, expected: int, sealed: bytes) -> bool:
    changed = stamp(surroundings(tx).now())
    if expected == 0:
        if tx.execute(select(token.c.version).where(token.c.connection == connection)).first() is not None:
            return False
        tx.execute(insert(token).values(connection=connection, version=1, sealed=sealed, changed=changed))
        return True
    known = update(token).where(token.c.connection == connection, token.c.version == expected)
    return tx.execute(known.values(version=expected + 1, sealed=sealed, changed=changed)).rowcount == 1


def _closed(given: StoredToken, connection: str) -> Secret:
    # The connection is sealed with it, so that a row copied to another connection does not open.
    content: dict[str, Value] = {
        "connection": connection,
        "access": given.access.reveal(),
        "refresh": None if given.refresh is None else given.refresh.reveal(),
        "expires": None if given.expires is None else stamp(given.expires),
        "base": given.base,
        "scope": given.scope,
        "renewed": None if given.renewed is None else stamp(given.renewed),
    }
    return Secret(dumps(content))


def _opened(sealed: Secret, connection: str, version: int) -> StoredToken:
    content = loads_object(sealed.reveal())
    _belongs(content.get("connection") == connection, f"the tokens of connection {connection}")
    refresh, expires, base = content["refresh"], content["expires"], content["base"]
    renewed = content.get("renewed")  # an older Tieout did not keep it
    return StoredToken(
        Secret(str(content["access"])),
        None if refresh is None else Secret(str(refresh)),
        None if expires is None else unstamp(str(expires)),
        None if base is None else str(base),
        str(content["scope"]),
        version,
        None if renewed is None else unstamp(str(renewed)),
    )


class StoredSecrets:
    """What `${secret:NAME}` stands for; `get` is what `tieout.secrets.Sources.stored` takes."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def get(self, name: str) -> Secret | None:
        """Give a secret. Raises StoreError if it can't be opened with the project's key."""
        with self._database.read() as tx:
            sealed = tx.execute(select(secret.c.sealed).where(secret.c.name == name)).scalar()
        if sealed is None:
            return None
        content = loads_object(self._vault.decrypt(sealed.decode()).reveal())
        _belongs(content.get("name") == name, f"the secret {name}")
        return Secret(str(content["value"]))

    def put(self, name: str, value: Secret) -> None:
        """Store a secret, in place of what was there."""
        sealed = self._vault.encrypt(Secret(dumps({"name": name, "value": value.reveal()}))).encode()
        with self._database.write() as tx:
            row = {"name": name, "sealed": sealed, "changed": stamp(surroundings(tx).now())}
            dialect.upsert(tx, secret, [row], keys=["name"], update=["sealed", "changed"])

    def delete(self, name: str) -> bool:
        """Delete a secret; False if there was none."""
        with self._database.write() as tx:
            return tx.execute(delete(secret).where(secret.c.name == name)).rowcount > 0

    def names(self) -> list[str]:
        """Name what is stored."""
        with self._database.read() as tx:
            return list(tx.execute(select(secret.c.name).order_by(secret.c.name)).scalars())


def _belongs(fits: bool, what: str) -> None:  # noqa: FBT001  # the outcome of a comparison, not an option
    if not fits:
        raise StoreError(f"{what} in the state database were put there by someone else", mend="tieout connect")


class StoredWindows:
    """Implements `tieout.http.protocols.Windows`: one count of calls over all processes and hosts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, connection: str, window_seconds: int, limit: int, now: datetime) -> float:
        """Count one call and give 0, or count nothing and give the seconds until one may be free."""
        with self._database.write() as tx:
            before = _window(tx, connection, window_seconds)
            after, wait = taken(before, window_seconds, limit, now)
            _keep(tx, connection, window_seconds, before, after)
        return wait

    def seen(self, connection: str, window_seconds: int, left: int, now: datetime) -> None:
        """Learn from an answer that `left` calls remain to us in the window."""
        with self._database.write() as tx:
            before = _window(tx, connection, window_seconds)
            _keep(tx, connection, window_seconds, before, learnt(before, window_seconds, left, now))


def calls_left(tx: Connection, now: datetime) -> dict[tuple[str, int], int]:
    """Give (connection, seconds of the window) -> calls that the system last said are left, while that counts."""
    rows = tx.execute(select(window.c.connection, window.c.seconds).order_by(window.c.connection, window.c.seconds))
    found = {(row.connection, row.seconds): _window(tx, row.connection, row.seconds) for row in rows.all()}
    return {key: left for key, one in found.items() if (left := still_left(one, key[1], now)) is not None}


def _window(tx: Connection, connection: str, seconds: int) -> Window | None:
    row = tx.execute(select(window).where(window.c.connection == connection, window.c.seconds == seconds)).first()
    if row is None:
        return None
    return Window(unstamp(row.opened), row.used, row.left, None if row.said is None else unstamp(row.said))


def _keep(tx: Connection, connection: str, seconds: int, before: Window | None, after: Window) -> None:
    if before == after:
        return
    row = {
        "connection": connection,
        "seconds": seconds,
        "opened": stamp(after.opened),
        "used": after.used,
        "left": after.left,
        "said": None if after.said is None else stamp(after.said),
    }
    dialect.upsert(tx, window, [row], keys=["connection", "seconds"], update=["opened", "used", "left", "said"])
