"""Secrets in a project: a value that never shows itself, and references to it in YAML.

References: `${env:NAME}`, `${env:NAME:-default}`, `${file:/path}`, `${secret:NAME}`, alone or within longer text;
`$${` stands for a literal `${`. A default counts when the variable is missing or empty. `${secret:NAME}` is what
`tieout connect` stored, or a keyring holds.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tieout.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MASK = "***"
MOST_IN_A_FILE = 64 * 1024
"""Bytes; a private key has about 3,000. More is the wrong file."""

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<kind>[^:}]*)(?::(?P<rest>[^}]*))?\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_KINDS = "${env:NAME}, ${env:NAME:-default}, ${file:/path} and ${secret:NAME}"
_SECRET_NAME = re.compile(
    r"(^|[_\-. ])(secret|token|password|passwd|passphrase|pwd|key|apikey|pem|credential|assertion)s?($|[_\-. ])",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|^eyJ[\w-]{8,}\.[\w-]{8,}\.|^00D\w{12,15}![\w.]{20,}|^Bearer \S{12,}"
)


class Secret:
    """A text that repr, str, format, logs and tracebacks show as `***`; only `reveal` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the text, to put it on the wire or to encrypt it; never into a message."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        # Pickling and copying by reduction would write the value where nobody looks for it.
        raise TypeError("a Secret can't be pickled")


def _nothing_stored(_: str) -> Secret | None:
    return None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where references are looked up."""

    env: Mapping[str, str] = field(default_factory=dict)
    stored: Callable[[str], Secret | None] = _nothing_stored
    """Name -> what `tieout connect` stored or a keyring holds."""
    folder: Path = field(default_factory=Path)
    """The project's folder: a relative `${file:}` begins here."""


def resolve(text: str, sources: Sources) -> str | Secret:
    """Replace all references; a Secret if any part came from a file or from the secret store.

    Raises UsageError that names the reference and what to do.
    """
    hidden = False

    def one(match: re.Match[str]) -> str:
        nonlocal hidden
        if match["kind"] is None:
            return "${"
        hidden = hidden or match["kind"] in {"file", "secret"}
        return _look_up(match, sources)

    value = _REFERENCE.sub(one, text)
    return Secret(value) if hidden else value


def resolve_secret(text: str, sources: Sources) -> Secret:
    """Replace all references in a credential: whatever it holds is secret, an environment variable's value too."""
    value = resolve(text, sources)
    return value if isinstance(value, Secret) else Secret(value)


def references(text: str) -> list[str]:
    """Give the references in a text as they are written, in order."""
    return [match[0] for match in _REFERENCE.finditer(text) if match["kind"] is not None]


def looks_secret(name: str, value: str) -> bool:
    """Say whether this setting holds a secret in clear text, where a reference should stand.

    True for a literal under a telling name (`client_secret`, `token`, `key`, `password` …), a literal default of such a
    reference included, and under any name for what is plainly a private key or token.
    """
    if _SECRET_VALUE.search(value):
        return True
    if not _SECRET_NAME.search(name):
        return False
    found = [match for match in _REFERENCE.finditer(value) if match["kind"] is not None]
    if not found:
        return bool(value.strip())
    return any(match["kind"] == "env" and match["rest"] and match["rest"].partition(":-")[2] for match in found)


def _look_up(match: re.Match[str], sources: Sources) -> str:
    rest = match["rest"] or ""
    if match["kind"] == "env":
        return _from_environment(match[0], rest, sources.env)
    if match["kind"] == "file":
        return _from_file(match[0], rest, sources.folder)
    if match["kind"] == "secret":
        return _from_store(match[0], rest, sources)
    meant = f"; did you mean ${{env:{match['kind']}}}?" if match["rest"] is None else ""
    raise UsageError(f"{match[0]} is no reference{meant}", mend=f"write one of {_KINDS}; a literal ${{ is $${{")


def _from_environment(reference: str, rest: str, env: Mapping[str, str]) -> str:
    name, has_default, default = rest.partition(":-")
    _must_be_name(reference, name)
    if value := env.get(name):
        return value
    if has_default:
        return default
    state = "is empty" if name in env else "is not set"
    raise UsageError(f"the environment variable {name} {state}; {reference} needs it", mend=f"export {name}=…")


def _from_file(reference: str, rest: str, folder: Path) -> str:
    if not rest:
        raise UsageError(f"{reference} names no file", mend="write ${file:/path}")
    path = folder / rest
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_IN_A_FILE + 1)
        if len(content) > MOST_IN_A_FILE:
            raise UsageError(
                f"{path} is too large for a secret ({reference})", mend="name the file with the secret alone"
            )
        text = content.decode("utf-8").rstrip("\r\n")
    except OSError as error:
        raise UsageError(f"{reference} can't be read: {error.strerror}", mend=f"ls -l {path}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text ({reference})", mend="name a text file") from error
    if not text:
        raise UsageError(f"{path} is empty ({reference})", mend=f"write the secret into {path}")
    return text


def _from_store(reference: str, rest: str, sources: Sources) -> str:
    _must_be_name(reference, rest)
    found = sources.stored(rest)
    if found is None:
        mend = f'printf %s "$SECRET" | tieout connect --secret {rest}'
        raise UsageError(f"nothing is stored under {rest!r}; {reference} needs it", mend=mend)
    return found.reveal()


def _must_be_name(reference: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{reference} names nothing that can be looked up", mend=f"write one of {_KINDS}")
