from __future__ import annotations

import os
import stat
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tieout.errors import StoreError, UsageError
from tieout.secrets import Secret
from tieout.vault import Places, ProjectKey, Vault, project_key, system_keyring

KEYS = [Fernet.generate_key().decode() for _ in range(3)]
CANARY = Secret("canary-é")


class Ring:
    """A keyring in memory."""

    def __init__(self, **kept: str) -> None:
        self.kept = kept

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password


class Locked(Ring):
    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("canary locked")


def key(folder: Path, env: Mapping[str, str] | None = None, keyring: Ring | None = None) -> ProjectKey:
    return project_key(Places("acme", folder, env or {}, keyring))


def test_the_first_place_that_has_a_key_wins(tmp_path: Path) -> None:
    (tmp_path / "k").write_text(KEYS[1] + "\n")
    env = {"TIEOUT_KEY": KEYS[0], "TIEOUT_KEY_FILE": "k"}
    ring = Ring(acme=KEYS[2])
    assert key(tmp_path, env, ring) == ProjectKey((Secret(KEYS[0]),), "TIEOUT_KEY")
    del env["TIEOUT_KEY"]
    assert key(tmp_path, env, ring).keys == (Secret(KEYS[1]),)
    assert key(tmp_path, {}, ring) == ProjectKey((Secret(KEYS[2]),), "the keyring")
    assert not (tmp_path / ".tieout").exists()


def test_without_any_place_a_key_is_made_once_and_only_the_owner_can_read_it(tmp_path: Path) -> None:
    made = key(tmp_path)
    path = tmp_path / ".tieout" / "key"
    assert key(tmp_path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["key"]
    assert Vault(made).decrypt(Vault(made).encrypt(CANARY)) == CANARY


def test_many_makers_get_one_key(tmp_path: Path) -> None:
    found: list[ProjectKey] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        found.append(key(tmp_path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({one.keys for one in found}) == 1


def test_a_keyring_keeps_the_key_where_there_is_one(tmp_path: Path) -> None:
    ring = Ring()
    made = key(tmp_path, {}, ring)
    assert ring.kept == {"acme": made.keys[0].reveal()}
    assert not (tmp_path / ".tieout").exists()


def test_a_key_file_that_exists_counts_before_a_new_one_in_a_keyring(tmp_path: Path) -> None:
    made = key(tmp_path)
    ring = Ring()
    assert key(tmp_path, {}, ring) == made
    assert ring.kept == {}


def test_a_locked_keyring_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="keyring can't be read") as caught:
        key(tmp_path, {}, Locked())
    assert "TIEOUT_KEY" in caught.value.mend
    assert "canary" not in str(caught.value)


def test_others_must_not_read_our_key(tmp_path: Path) -> None:
    key(tmp_path)
    path = tmp_path / ".tieout" / "key"
    path.chmod(0o640)
    with pytest.raises(UsageError, match="others") as caught:
        key(tmp_path)
    assert caught.value.mend == f"chmod 600 {path}"


def test_where_nothing_can_be_written_the_variables_are_named(tmp_path: Path) -> None:
    (tmp_path / ".tieout").write_text("a file where the folder should be")
    with pytest.raises(UsageError, match="can't be written") as caught:
        key(tmp_path)
    assert "TIEOUT_KEY or TIEOUT_KEY_FILE" in caught.value.mend
    assert key(tmp_path, {"TIEOUT_KEY": KEYS[0]}).keys == (Secret(KEYS[0]),)


@pytest.mark.parametrize("given", ["canary", "canary" * 8, " , ", KEYS[0][:-2]], ids=["short", "long", "blank", "cut"])
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, given: str) -> None:
    with pytest.raises(UsageError, match="in TIEOUT_KEY") as caught:
        key(tmp_path, {"TIEOUT_KEY": given})
    assert "openssl" in caught.value.mend
    assert "canary" not in f"{caught.value} {caught.value.__cause__!r}"


@pytest.mark.parametrize("content", [None, b"\xff\xff"])
def test_a_key_file_that_is_missing_or_odd(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "k").write_bytes(content)
    with pytest.raises(UsageError, match="key file"):
        key(tmp_path, {"TIEOUT_KEY_FILE": "k"})


def test_the_command_that_messages_name_makes_a_key(tmp_path: Path) -> None:
    made = os.popen("openssl rand -base64 32 | tr '+/' '-_'").read()  # noqa: S605  # the very text that is shown
    if not made:
        pytest.skip("openssl is not installed")
    assert key(tmp_path, {"TIEOUT_KEY": made}).origin == "TIEOUT_KEY"


def test_keys_rotate(tmp_path: Path) -> None:
    old = Vault(key(tmp_path, {"TIEOUT_KEY": KEYS[0]}))
    both = Vault(key(tmp_path, {"TIEOUT_KEY": f"{KEYS[1]}, {KEYS[0]}"}))
    new = Vault(key(tmp_path, {"TIEOUT_KEY": KEYS[1]}))
    text = old.encrypt(CANARY)
    assert "canary" not in text
    assert both.decrypt(text) == CANARY
    assert new.decrypt(both.rotate(text)) == CANARY
    with pytest.raises(StoreError, match="key from TIEOUT_KEY") as caught:
        new.decrypt(text)
    assert "tieout connect" in caught.value.mend


def test_what_was_altered_does_not_open(tmp_path: Path) -> None:
    vault = Vault(key(tmp_path))
    text = vault.encrypt(CANARY)
    for altered in (text[:-5], text[:20] + ("A" if text[20] != "A" else "B") + text[21:], "", "x"):
        with pytest.raises(StoreError):
            vault.decrypt(altered)


def test_a_machine_without_a_real_keyring_has_none() -> None:
    ring = system_keyring()
    assert ring is None or hasattr(ring, "get_password")
