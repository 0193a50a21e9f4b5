from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from tieout.errors import Busy, StoreError
from tieout.http.clock import SystemClock
from tieout.http.memory import MemoryWindows
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret
from tieout.store import lease
from tieout.store.database import Database
from tieout.store.tables import token
from tieout.store.tokens import HOLD, StoredSecrets, StoredTokens, StoredWindows
from tieout.vault import ProjectKey, Vault

if TYPE_CHECKING:
    from pathlib import Path

    from tieout.http.protocols import Tokens, Windows
    from unit.store.conftest import Clock

TOKEN = StoredToken(Secret("canary-access"), Secret("canary-refresh"), scope="a b", base="https://x.example")


class Ticking:
    """The test's clock in the form that the client has: sleeping sets it forward."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def now(self) -> datetime:
        return self.clock.time

    def sleep(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)


def new_vault() -> Vault:
    return Vault(ProjectKey((Secret(Fernet.generate_key().decode()),), "the test"))


@pytest.fixture
def vault() -> Vault:
    return new_vault()


@pytest.fixture
def tokens(database: Database, vault: Vault, clock: Clock) -> StoredTokens:
    return StoredTokens(database, vault, Ticking(clock))


def test_they_are_what_the_client_asks_for(database: Database, tokens: StoredTokens) -> None:
    one: Tokens = tokens
    two: Windows = StoredWindows(database)
    assert one.load("xero") is None
    assert two.take("xero", 60, 1, datetime(2026, 1, 1, tzinfo=UTC)) == 0


def test_a_token_comes_back_with_all_it_had(tokens: StoredTokens, clock: Clock) -> None:
    full = StoredToken(Secret("a"), Secret("r"), clock.time + timedelta(minutes=30), "https://x.example", "a b", 7)
    bare = StoredToken(Secret("b"))
    assert tokens.replace("full", 0, full)
    assert tokens.replace("bare", 0, bare)
    assert tokens.load("full") == StoredToken(Secret("a"), Secret("r"), full.expires, full.base, full.scope, 1)
    assert tokens.load("bare") == bare


def test_only_the_version_that_was_read_can_be_replaced(tokens: StoredTokens) -> None:
    assert not tokens.replace("xero", 1, TOKEN)
    assert tokens.replace("xero", 0, TOKEN)
    assert not tokens.replace("xero", 0, StoredToken(Secret("late")))
    assert tokens.replace("xero", 1, StoredToken(Secret("second")))
    assert not tokens.replace("xero", 1, StoredToken(Secret("late")))
    found = tokens.load("xero")
    assert found is not None
    assert (found.access.reveal(), found.version) == ("second", 2)


def test_forgotten_tokens_begin_anew(tokens: StoredTokens) -> None:
    tokens.replace("xero", 0, TOKEN)
    assert tokens.forget("xero")
    assert not tokens.forget("xero")
    assert tokens.load("xero") is None
    assert tokens.replace("xero", 0, TOKEN)


def test_another_key_does_not_open_them(tokens: StoredTokens, database: Database, clock: Clock) -> None:
    tokens.replace("xero", 0, TOKEN)
    other = StoredTokens(database, new_vault(), Ticking(clock))
    with pytest.raises(StoreError, match="can't be opened") as told:
        other.load("xero")
    assert "canary" not in str(told.value)


def test_a_row_copied_to_another_connection_does_not_open(tokens: StoredTokens, database: Database) -> None:
    tokens.replace("live", 0, TOKEN)
    tokens.replace("demo", 0, StoredToken(Secret("x")))
    with database.write() as tx:
        sealed = tx.execute(select(token.c.sealed).where(token.c.connection == "live")).scalar_one()
        tx.execute(update(token).where(token.c.connection == "demo").values(sealed=sealed))
    with pytest.raises(StoreError, match="connection demo"):
        tokens.load("demo")


def test_the_lock_is_held_by_one_at_a_time(tokens: StoredTokens, database: Database) -> None:
    with tokens.exclusive("xero"), pytest.raises(Busy):
        lease.acquire(database, "token:xero", "another process", HOLD)
    assert lease.acquire(database, "token:xero", "another process", HOLD) == 2


def test_the_lock_is_given_back_after_an_error(tokens: StoredTokens, database: Database) -> None:
    with pytest.raises(KeyboardInterrupt), tokens.exclusive("xero"):
        raise KeyboardInterrupt
    with tokens.exclusive("xero"):
        assert tokens.load("xero") is None


def test_a_lock_whose_holder_died_is_taken_over_in_time(tokens: StoredTokens, database: Database, clock: Clock) -> None:
    lease.acquire(database, "token:xero", "a dead process", HOLD)
    started = clock.time
    with tokens.exclusive("xero"):
        assert HOLD <= clock.time - started <= HOLD + timedelta(seconds=1)


def test_who_held_the_lock_too_long_does_not_free_it_for_others(
    tokens: StoredTokens, database: Database, clock: Clock
) -> None:
    with tokens.exclusive("xero"):
        clock.forward(seconds=HOLD.total_seconds())
        lease.acquire(database, "token:xero", "the next", HOLD)
    with pytest.raises(Busy, match="the next"):
        lease.acquire(database, "token:xero", "a third", HOLD)


def test_a_lock_that_never_becomes_free_is_given_up(database: Database, vault: Vault, clock: Clock) -> None:
    lease.acquire(database, "token:xero", "a stubborn process", HOLD * 10)
    with (
        pytest.raises(Busy, match="a stubborn process"),
        StoredTokens(database, vault, Ticking(clock)).exclusive("xero"),
    ):
        pytest.fail("the lock was held")


def test_threads_refresh_one_after_the_other(tmp_path: Path, vault: Vault) -> None:
    clock = SystemClock()
    database = Database.open("sqlite:state.db", clock=clock.now, project_folder=tmp_path)
    tokens = StoredTokens(database, vault, clock)

    def refresh(_: int) -> bool:
        with tokens.exclusive("xero"):
            before = tokens.load("xero")
            version = before.version if before else 0
            return tokens.replace("xero", version, StoredToken(Secret(f"access {version + 1}")))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(refresh, range(12)))
    found = tokens.load("xero")
    database.close()
    assert found is not None
    assert (found.version, found.access.reveal()) == (12, "access 12")


def test_secrets_are_stored_replaced_and_deleted(database: Database, vault: Vault) -> None:
    secrets = StoredSecrets(database, vault)
    assert secrets.get("sf") is None
    secrets.put("sf", Secret("one"))
    secrets.put("sf", Secret("zwei ü"))
    secrets.put("a", Secret(""))
    assert secrets.get("sf") == Secret("zwei ü")
    assert secrets.get("a") == Secret("")
    assert secrets.names() == ["a", "sf"]
    assert secrets.delete("sf")
    assert not secrets.delete("sf")
    assert secrets.get("sf") is None


@pytest.fixture
def file(tmp_path: Path, clock: Clock, vault: Vault) -> Iterator[tuple[Database, Path]]:
    database = Database.open("sqlite:.tieout/state.db", clock=clock, project_folder=tmp_path)
    yield database, tmp_path / ".tieout"
    database.close()


def test_no_secret_stands_in_the_file_in_clear(file: tuple[Database, Path], vault: Vault, clock: Clock) -> None:
    database, folder = file
    StoredTokens(database, vault, Ticking(clock)).replace("xero", 0, TOKEN)
    StoredSecrets(database, vault).put("sf", Secret("canary-secret"))

    def written() -> bytes:
        return b"".join(path.read_bytes() for path in folder.iterdir())

    before = written()
    database.close()
    for content in (before, written()):
        assert b"xero" in content
        assert b"canary" not in content


def test_windows_follow_the_same_rule_as_those_in_memory(database: Database, clock: Clock) -> None:
    stored, memory = StoredWindows(database), MemoryWindows()
    told: list[tuple[float, float]] = []
    for step in range(40):
        clock.forward(seconds=7)
        if step % 9 == 4:
            stored.seen("xero", 60, 2, clock.time)
            memory.seen("xero", 60, 2, clock.time)
        told.append((stored.take("xero", 60, 5, clock.time), memory.take("xero", 60, 5, clock.time)))
    assert [one for one, _ in told] == [other for _, other in told]
    assert {wait == 0 for wait, _ in told} == {True, False}


def test_windows_of_other_connections_and_lengths_are_their_own(database: Database, clock: Clock) -> None:
    windows = StoredWindows(database)
    assert windows.take("xero", 60, 1, clock.time) == 0
    assert windows.take("xero", 86400, 1, clock.time) == 0
    assert windows.take("other", 60, 1, clock.time) == 0
    assert windows.take("xero", 60, 1, clock.time) == 60
