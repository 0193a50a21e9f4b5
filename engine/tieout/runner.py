"""Holding the lease of a run: acquired for this process, kept alive while it works, given back whatever happens."""

from __future__ import annotations

import getpass
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

from tieout.adapter import Connection
from tieout.errors import Busy, Fenced, StoreError, TieoutError
from tieout.stopping import Terminated
from tieout.store import lease, runs
from tieout.store.database import RUN
from tieout.store.instants import unstamp
from tieout.store.owners import is_gone, this_process
from tieout.sync.rate_reading import outside, rated
from tieout.sync.rating import Given, Rating
from tieout.sync.run import Run, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
    )
    from tieout.ready import Ready
    from tieout.session import Session
    from tieout.stopping import Stopping
    from tieout.store.database import Database

TTL = timedelta(seconds=60)
"""How long a run that died without a word keeps others out, on another machine."""
BEAT = TTL / 4


@dataclass(frozen=True, slots=True)
class Asking:
    """Who runs what: the command for the record, and whoever wants to see progress."""

    command: str
    tick: Callable[[str], object] = lambda _text: None


@contextmanager
def running(session: Session, ready: Ready, asking: Asking, stopping: Stopping) -> Iterator[Run]:
    """Hold the lease and give the run. Raises Busy if another run holds it."""
    database, now = session.database, session.database.now()
    id_ = session.id
    environment = session.project.environment or "none"
    epoch = lease.acquire(database, RUN, this_process(), TTL, gone=is_gone)
    beat = _Beat(database, epoch)
    session.permit = beat.sure
    try:
        with database.write(epoch=epoch) as tx:
            earlier = runs.latest(tx)
            runs.begin(tx, id_, environment=environment, command=asking.command, epoch=epoch)
        peers = {
            name: replace(peer, connection=InHand(peer.connection, stopping)) for name, peer in ready.peers.items()
        }
        joined, endpoints = join(database, epoch, peers, ready.mappings)
        given = Given(ready.rates, session.project.rates.stale_after, session.loaded.plugins.rate_sources)
        rating = Rating(given, outside(peers, endpoints, database, session.log))

        def renew() -> None:
            beat.check()
            stopping.check()

        def tick(text: str) -> None:
            stopping.check()
            asking.tick(text)

        yield Run(
            id=id_,
            epoch=epoch,
            environment=environment,
            by=person(),
            database=database,
            joined=rated(joined, rating),
            endpoints=endpoints,
            log=session.log,
            today=f"{now:%Y-%m-%d}",
            started=now,
            before=unstamp(earlier[0].started) if earlier else None,
            refused=ready.refused,
            resting=ready.resting,
            renew=renew,
            tick=tick,
            rating=rating,
        )
    except BaseException as error:
        with suppress(StoreError, Busy), database.write() as tx:
            runs.end(tx, id_, exit_code=_exit_code(error), summary={})
        raise
    finally:
        beat.stop()
        with suppress(Fenced, StoreError, Busy), database.write() as tx:
            lease.release(tx, RUN, epoch)


@contextmanager
def alone(database: Database) -> Iterator[int]:
    """Hold the lease for one short transaction that no run may cross, and give its epoch. Raises Busy."""
    epoch = lease.acquire(database, RUN, this_process(), TTL, gone=is_gone)
    try:
        yield epoch
    finally:
        with suppress(Fenced, StoreError, Busy), database.write() as tx:
            lease.release(tx, RUN, epoch)


def _exit_code(error: BaseException) -> int:
    if isinstance(error, TieoutError):
        return error.exit_code
    return {KeyboardInterrupt: 130, Terminated: 143}.get(type(error), 1)


def person() -> str:
    """Name who runs this: the login, as far as the machine knows one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        return f"uid {os.getuid()}"


class InHand(Connection):
    """A connection whose writes are finished before a signal is heard: answered, and the answer committed."""

    def __init__(self, inner: Connection, stopping: Stopping) -> None:
        self._inner = inner
        self._stopping = stopping

    def organisation(self) -> Organisation:
        """Ask the connection."""
        return self._inner.organisation()

    def objects(self) -> Sequence[str]:
        """Ask the connection."""
        return self._inner.objects()

    def describe(self, name: str) -> ObjectType:
        """Ask the connection."""
        return self._inner.describe(name)

    def changes(self, query: Query) -> Iterator[Page]:
        """Ask the connection."""
        return self._inner.changes(query)

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        """Ask the connection."""
        return self._inner.fetch(query, ids)

    def write(self, batch: Batch) -> Sequence[Outcome]:
        """Write; what follows up to the next safe point belongs to it."""
        self._stopping.hold()
        return self._inner.write(batch)

    def find_created(self, batch: Batch) -> Sequence[Found]:
        """Ask the connection."""
        return self._inner.find_created(batch)

    def check(self) -> Sequence[Finding]:
        """Ask the connection."""
        return self._inner.check()

    def url(self, name: str, id: str) -> str | None:
        """Ask the connection."""
        return self._inner.url(name, id)

    def disconnect(self) -> bool:
        """Ask the connection."""
        return self._inner.disconnect()


class _Beat:
    """Renews the lease from a thread of its own: one slow answer of a system must not lose it."""

    def __init__(self, database: Database, epoch: int) -> None:
        self._database = database
        self._epoch = epoch
        self._renewed = database.now()
        self._done = Event()
        self._lost: Exception | None = None
        self._thread = Thread(target=self._beat, name="lease", daemon=True)
        self._thread.start()

    def _beat(self) -> None:
        while not self._done.wait(BEAT.total_seconds()):
            try:
                self._renew()
            except (Fenced, StoreError) as lost:
                self._lost = lost
                return
            except Busy:
                continue  # the next beat comes before the lease ends

    def check(self) -> None:
        """Raise what took the lease away."""
        if self._lost is not None:
            raise self._lost

    def sure(self) -> None:
        """Hold the lease for certain, before anything is sent. Raises Fenced if another run took over.

        A process that was frozen, or a machine that slept, wakes up here before its own beat has noticed.
        """
        self.check()
        if not self._renewed <= self._database.now() < self._renewed + 2 * BEAT:
            self._renew()

    def _renew(self) -> None:
        began = self._database.now()
        with self._database.write() as tx:
            lease.renew(tx, RUN, self._epoch, TTL)
        self._renewed = began

    def stop(self) -> None:
        """Stop renewing."""
        self._done.set()
        self._thread.join()
