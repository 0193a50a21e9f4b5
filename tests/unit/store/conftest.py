from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tieout.store.database import Database
from unit.store.cluster import MISSING, Cluster, cluster, programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Clock:
    """A clock that stands still until it is set: this machine's, and that of the servers which follow it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 7, 29, 12, tzinfo=UTC)
        self.followers: list[Callable[[datetime], object]] = []

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)
        for follow in self.followers:
            follow(self.time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A PostgreSQL server of the tests' own."""
    found = programs()
    if found is None:
        pytest.skip(MISSING)
    with cluster(found) as running:
        yield running


@pytest.fixture(params=["sqlite::memory:", "sqlite:.tieout/state.db", "postgresql"])
def store(request: pytest.FixtureRequest, clock: Clock) -> Iterator[str]:
    """What `store:` says, for each kind of database: all of them keep the same promises."""
    if request.param != "postgresql":
        yield request.param
        return
    server: Cluster = request.getfixturevalue("postgresql")
    name = server.new()
    with server.clock(name) as show:
        show(clock.time)
        clock.followers.append(show)
        yield server.url(name)
    server.drop(name)


@pytest.fixture(params=["sqlite:state.db", "postgresql"])
def shared(request: pytest.FixtureRequest) -> Iterator[str]:
    """What `store:` says, for each kind that several processes can share; on real time."""
    if request.param != "postgresql":
        yield request.param
        return
    server: Cluster = request.getfixturevalue("postgresql")
    name = server.new()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database(store: str, tmp_path: Path, clock: Clock) -> Iterator[Database]:
    salts = (f"{number:032x}" for number in count())
    opened = Database.open(store, clock=clock, project_folder=tmp_path, salt=lambda: next(salts))
    yield opened
    opened.close()
