"""A PostgreSQL of the tests' own: made, started and stopped here, on a port of this machine alone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

OLDEST = 15
MISSING = f"no programs of PostgreSQL {OLDEST} or newer (initdb, pg_ctl) on the PATH or under /usr/lib/postgresql"
USER = "tieout"
PASSWORD = "canary-of-the-cluster"
HUNG = 60
"""Seconds after which a program counts as hung."""
ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
ACCOUNTS = ("postgres", "nobody")
"""Who runs the server where we are root, as which it refuses to run."""


def programs() -> Path | None:
    """Find the folder with the newest server's programs: on the PATH, or where distributions put them."""
    folders = [Path(found).resolve().parent for name in ("initdb", "pg_ctl") if (found := shutil.which(name))]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    folders += sorted(Path("/usr").glob("pgsql-*/bin"), reverse=True)
    return next((one for one in folders if (one / "initdb").exists() and _version(one) >= OLDEST), None)


def _version(folder: Path) -> int:
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    number = told.rpartition(")")[2].split(".")[0].strip() or told.split()[-1].split(".")[0]
    return int(number) if number.isdigit() else 0


@dataclass(frozen=True)
class Cluster:
    """One running server with no database of ours yet."""

    folder: Path
    programs: Path
    port: int
    account: str | None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD, port: int | None = None) -> str:
        """Give what `store:` says of a database."""
        return f"postgresql://{user}:{password}@127.0.0.1:{port or self.port}/{database}"

    def new(self) -> str:
        """Make an empty database and give its name."""
        name = f"state_{next(self._numbers)}"
        self.order(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected."""
        self.order(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def order(
        self, statement: sql.SQL | sql.Composed | LiteralString, database: str = "postgres"
    ) -> list[tuple[object, ...]]:
        """Run one statement as an administrator does."""
        text = sql.SQL(statement) if isinstance(statement, str) else statement
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            found = connection.execute(text)
            return found.fetchall() if found.description else []

    @contextmanager
    def clock(self, database: str) -> Iterator[Callable[[datetime], object]]:
        """Give what sets the clock of a database, as its server tells it to those who ask."""
        here = sql.Identifier(database)
        self.order(sql.SQL("ALTER DATABASE {} SET search_path = public, pg_catalog").format(here))
        head = "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS {}"
        with psycopg.connect(self.url(database), autocommit=True) as connection:

            def show(time: datetime) -> None:
                body = sql.Literal(f"SELECT timestamptz '{time.isoformat()}'")
                connection.execute(sql.SQL(head).format(body))

            yield show

    def start(self) -> None:
        """Start the server and wait until it answers; it ends with this process, however that ends."""
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "off"}
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data")]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            started = subprocess.Popen(
                [*self._as_account, *command],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=ENV,
            )
        self._running.append(started)
        until = time.monotonic() + HUNG
        while not self._answers():
            assert started.poll() is None, (self.folder / "log").read_text("utf-8")
            assert time.monotonic() < until
            time.sleep(0.05)

    def stop(self) -> None:
        """Let it crash; it recovers when it starts again."""
        for one in self._running:
            one.send_signal(signal.SIGQUIT)
            one.wait(HUNG)
        self._running.clear()

    def _answers(self) -> bool:
        try:
            self.order("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _as_account(self) -> list[str]:
        if self.account is None:
            return []
        group = pwd.getpwnam(self.account).pw_gid
        return ["setpriv", f"--reuid={self.account}", f"--regid={group}", "--clear-groups", "--pdeathsig=QUIT"]

    def run(self, command: Sequence[str]) -> None:
        """Run a program as the server's account."""
        done = subprocess.run(
            [*self._as_account, *command], cwd=self.folder, capture_output=True, text=True, check=False, timeout=HUNG,
            env=ENV,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def _account() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return next(name for name in ACCOUNTS if name in known)


@contextmanager
def cluster(found: Path) -> Iterator[Cluster]:
    """Make a cluster that sorts texts as people do, start it, and take everything away at the end."""
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="tieout-postgresql-"))
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD, "utf-8")
        if account is not None:
            for path in (folder, secret):
                shutil.chown(path, account)
        made = Cluster(folder, found, _free_port(), account)
        made.run(
            [
                *(str(found / "initdb"), "-D", str(folder / "data"), "-U", USER, "-E", "UTF8", "--no-sync"),
                *("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-GB"),
                *("-A", "scram-sha-256", f"--pwfile={secret}"),
            ]
        )
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
