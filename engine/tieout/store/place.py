"""Where the state database is: what `store:` in tieout.yaml names, read and checked before anything is opened."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from tieout.errors import StoreError, UsageError

_FORMS = "sqlite:PATH (from the project's folder), sqlite:///ABSOLUTE/PATH or postgresql://user@host/database"


@dataclass(frozen=True, slots=True)
class Place:
    """One database. `shown` is safe to print; `url` is not, for it may hold a password."""

    kind: Literal["sqlite", "postgresql"]
    shown: str
    path: Path | None = None
    """SQLite's file; None: in memory, or not SQLite."""
    url: str = field(default="", repr=False)


def locate(url: str, project_folder: Path) -> Place:
    """Read a store URL. Raises UsageError naming the forms; the URL itself is never quoted, it may hold a password."""
    scheme, colon, rest = url.partition(":")
    if scheme == "sqlite" and colon and rest:
        return _sqlite(rest, project_folder)
    if scheme in {"postgresql", "postgres"} and rest.startswith("//"):
        parts = urlsplit(url)
        host = (parts.netloc.rpartition("@")[2]) or "localhost"
        return Place("postgresql", f"postgresql://{host}{parts.path}", url=f"postgresql:{rest}")
    raise UsageError("`store:` names no database that Tieout knows", mend=f"write {_FORMS}")


def _sqlite(rest: str, folder: Path) -> Place:
    if rest in {":memory:", "//:memory:", "///:memory:"}:
        return Place("sqlite", "in memory")
    if rest.startswith("//") and not rest.startswith("///"):
        raise UsageError("`store:` names a host, but a SQLite database is a file", mend=f"write {_FORMS}")
    path = Path("/" + rest.lstrip("/")) if rest.startswith("//") else folder / Path(rest).expanduser()
    return Place("sqlite", str(path), path)


def prepare(place: Place, *, create: bool) -> None:
    """See that SQLite's file is there and can be written; make it, for its owner alone. Raises StoreError."""
    if place.path is None:
        return
    try:
        if not place.path.exists():
            _make(place.path, create=create)
    except OSError as error:
        raise StoreError(
            f"the state database {place.path} can't be made: {error.strerror}",
            mend=f"give write access to {place.path.parent}, or name another place under `store:`",
        ) from error
    if not place.path.is_file():
        raise StoreError(f"{place.path} is not a file", mend="name a file under `store:`")


def _make(path: Path, *, create: bool) -> None:
    if not create:
        raise StoreError(f"there is no state database {path} yet", mend="tieout plan")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Customers' data: SQLite gives its -wal and -shm files the mode of this one. O_CREAT without O_EXCL: another
    # process may make it at the same moment.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
