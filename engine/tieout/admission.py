"""Which connections may be used: what a person disconnected stays so until somebody connects it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tieout.errors import ConnectionFault, Unauthorised, UsageError
from tieout.store import access
from tieout.store.instants import stamp, unstamp
from tieout.values import digest, dumps

if TYPE_CHECKING:
    from collections.abc import Callable

    from tieout.model import Organisation
    from tieout.project import ConnectionConfig
    from tieout.secrets import Sources
    from tieout.store.access import Access
    from tieout.store.database import Database

GRAIN = timedelta(hours=1)
"""How exactly it is known when a connection was used last: a run that finds nothing to do shall write little."""


def opens(config: ConnectionConfig, sources: Sources) -> str:
    """Name what a connection's tokens open: the system at its addresses, for its client."""
    addresses = sorted(text for text in config.options.values() if isinstance(text, str) and "://" in text)
    client = config.secret("client_id", sources)
    return f"{config.name} {digest(dumps([config.adapter, *addresses, client.reveal() if client else None]))[:16]}"


@dataclass(frozen=True, slots=True)
class Admission:
    """Asks and notes, in the store; `opens`: connection -> the name under which its access is kept."""

    database: Database
    opens: Callable[[str], str]

    def known(self, name: str) -> Access | None:
        """Give what is known of a connection's access; None: it was never used, or what names it is missing."""
        try:
            key = self.opens(name)
        except UsageError:
            return None
        with self.database.read() as tx:
            return access.find(tx, key)

    def sure(self, name: str) -> None:
        """Raise Unauthorised for a connection that a person has taken back."""
        kept = self.known(name)
        if kept is not None and kept.ended is not None:
            raise Unauthorised(
                f"{name} is disconnected: {kept.ended_by} took its access back on {kept.ended[:10]}",
                mend=f"tieout connect {name}",
            )

    def ended(self, name: str) -> bool:
        """Say whether a person has taken it back."""
        kept = self.known(name)
        return kept is not None and kept.ended is not None

    def used(self, name: str, found: Organisation) -> None:
        """Note that the system has let us in."""
        key, now, kept = self.opens(name), self.database.now(), self.known(name)
        same = kept is not None and (kept.organisation, kept.name, kept.refused) == (found.id, found.name, None)
        if kept is None or not same or kept.used is None or now - unstamp(kept.used) >= GRAIN:
            with self.database.write() as tx:
                access.used(tx, key, (found.id, found.name), stamp(now))

    def refused(self, name: str, fault: ConnectionFault) -> None:
        """Note that the system does not let us in, if that is what it says."""
        if isinstance(fault, Unauthorised):
            with self.database.write() as tx:
                access.refused(tx, self.opens(name), stamp(self.database.now()))

    def granted(self, name: str, found: Organisation, who: str) -> None:
        """Note that a person has connected it."""
        with self.database.write() as tx:
            now = stamp(self.database.now())
            access.granted(tx, self.opens(name), (found.id, found.name), who=who, now=now)
