"""The project's key, and encryption of what the store keeps secret (Fernet: AES-128-CBC with HMAC-SHA256).

The key is the first of: `TIEOUT_KEY`, the file that `TIEOUT_KEY_FILE` names, the keyring of the machine if it has a
real one, `.tieout/key` in the project (mode 0600, made once). Several keys, divided by blanks or commas, rotate: the
first encrypts, all decrypt. Neither HOME nor a writable disk is needed where one of the variables is set.
"""

from __future__ import annotations

import os
import secrets as randomness
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from tieout.errors import StoreError, UsageError
from tieout.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_FILE = Path(".tieout") / "key"
SERVICE = "tieout"
"""Under this name a keyring holds the keys, each under its project's name."""
MAKE_ONE = "make one with: openssl rand -base64 32 | tr '+/' '-_'"
_ELSEWHERE = "set TIEOUT_KEY or TIEOUT_KEY_FILE"


class KeyRing(Protocol):
    """The two calls that are used of the package `keyring`."""

    def get_password(self, service: str, username: str) -> str | None:
        """Give what is stored, or None."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store it."""


@dataclass(frozen=True, slots=True)
class ProjectKey:
    """One or several Fernet keys, and where they came from, for messages."""

    keys: tuple[Secret, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where the key of one project is looked for."""

    project: str
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    keyring: KeyRing | None = None


def project_key(places: Places) -> ProjectKey:
    """Find the project's key, or make it once. Raises UsageError that says which place is at fault and what to do."""
    if given := places.env.get("TIEOUT_KEY"):
        return _parsed(given, "TIEOUT_KEY")
    if named := places.env.get("TIEOUT_KEY_FILE"):
        return _parsed(_read(places.folder / named), f"{named} (TIEOUT_KEY_FILE)")
    if kept := _from_keyring(places):
        return _parsed(kept, "the keyring")
    path = places.folder / KEY_FILE
    if os.path.lexists(path):
        return _parsed(_guarded(path), str(path))
    if made := _into_keyring(places):
        return _parsed(made, "the keyring")
    return _parsed(_made(path), str(path))


def system_keyring() -> KeyRing | None:
    """Give the machine's keyring; None if the package is not installed or has no real backend here."""
    try:
        backend: Any = import_module("keyring").get_keyring()
        real = backend.priority > 0  # `fail` and `null` have 0 and -1
    except Exception:  # noqa: BLE001  # not installed, no HOME, no session bus: each says it in its own way
        return None
    return cast("KeyRing", backend) if real else None


class Vault:
    """Encrypts and decrypts with the project's key."""

    def __init__(self, key: ProjectKey) -> None:
        self._origin = key.origin
        self._fernet = MultiFernet([Fernet(one.reveal().encode()) for one in key.keys])

    def encrypt(self, secret: Secret) -> str:
        """Give text that only this project's key opens."""
        return self._fernet.encrypt(secret.reveal().encode()).decode()

    def decrypt(self, text: str) -> Secret:
        """Open it. Raises StoreError if it was encrypted with another key or has been altered."""
        try:
            return Secret(self._fernet.decrypt(text.encode()).decode())
        except InvalidToken:
            raise StoreError(
                f"what the store keeps secret can't be opened with the key from {self._origin}",
                mend="set TIEOUT_KEY to the key it was encrypted with, or: tieout connect",
            ) from None

    def rotate(self, text: str) -> str:
        """Encrypt anew with the first key. Raises StoreError as `decrypt` does."""
        return self.encrypt(self.decrypt(text))


def _from_keyring(places: Places) -> str | None:
    if places.keyring is None:
        return None
    try:
        return places.keyring.get_password(SERVICE, places.project)
    except Exception as error:
        # A locked keyring may hold the key: making another one would lose what is encrypted.
        raise UsageError(
            f"the keyring can't be read: {type(error).__name__}", mend=f"unlock it, or {_ELSEWHERE}"
        ) from error


def _into_keyring(places: Places) -> str | None:
    if places.keyring is None:
        return None
    made = Fernet.generate_key().decode()
    try:
        places.keyring.set_password(SERVICE, places.project, made)
    except Exception as error:
        raise UsageError(
            f"the keyring can't be written: {type(error).__name__}", mend=f"unlock it, or {_ELSEWHERE}"
        ) from error
    return made


def _parsed(text: str, origin: str) -> ProjectKey:
    keys = tuple(Secret(one) for one in text.replace(",", " ").split())
    try:
        for key in keys:
            Fernet(key.reveal().encode())
    except ValueError:
        raise UsageError(f"the key in {origin} is not 32 bytes in URL-safe base64", mend=MAKE_ONE) from None
    if not keys:
        raise UsageError(f"there is no key in {origin}", mend=MAKE_ONE)
    return ProjectKey(keys, origin)


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError as error:
        raise UsageError(f"the key file {path} can't be read: {error.strerror}", mend=_ELSEWHERE) from error
    except UnicodeDecodeError:
        raise UsageError(f"the key file {path} holds no key", mend=MAKE_ONE) from None


def _guarded(path: Path) -> str:
    """Read the key that we made: nobody else may be able to; a mounted TIEOUT_KEY_FILE has the mode it has."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(f"the key file {path} can't be read: {error.strerror}", mend=_ELSEWHERE) from error
    if os.name == "posix" and mode & 0o077:
        raise UsageError(f"others on this machine can read the key in {path}", mend=f"chmod 600 {path}")
    return _read(path)


def _made(path: Path) -> str:
    """Make the key once: it appears under its name complete or not at all, and the first of two makers wins."""
    draft = path.with_name(f"{path.name}.{randomness.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(urlsafe_b64encode(randomness.token_bytes(32)) + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
    except OSError as error:
        raise UsageError(
            f"the project's key can't be written to {path}: {error.strerror}", mend=f"{_ELSEWHERE}; {MAKE_ONE}"
        ) from error
    return _guarded(path)
