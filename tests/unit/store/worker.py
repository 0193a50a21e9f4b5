"""Another process of test_processes.py: `python worker.py STORE FOLDER NAME WHAT` prints what came of it."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tieout.errors import Busy
from tieout.store import audit, lease
from tieout.store.database import Database

TTL = timedelta(minutes=5)


def record(database: Database, name: str) -> int:
    """Write forty entries, each in a transaction of its own."""
    for number in range(40):
        with database.write() as tx:
            last = audit.append(tx, run=name, epoch=1, kind="k", payload={"n": number}, values={"n": name})
    return last


def grab(database: Database, name: str) -> int | None:
    """Try to become the one run."""
    try:
        return lease.acquire(database, "run", name, TTL)
    except Busy:
        return None


def die(database: Database, name: str) -> int:
    """Be killed in the middle of a large transaction, after three small ones."""
    for number in range(3):
        with database.write() as tx:
            audit.append(tx, run=name, epoch=1, kind="k", payload={"n": number})
    with database.write() as tx:
        for number in range(3000):
            audit.append(tx, run=name, epoch=1, kind="k", payload={"n": number}, values={"text": "x" * 5000})
        os.kill(os.getpid(), signal.SIGKILL)
    return 0


def main(store: str, folder: str, name: str, what: str, later: str = "0") -> None:
    ahead = timedelta(hours=float(later))
    database = Database.open(store, clock=lambda: datetime.now(UTC) + ahead, project_folder=Path(folder))
    print({"record": record, "grab": grab, "die": die}[what](database, name))
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
