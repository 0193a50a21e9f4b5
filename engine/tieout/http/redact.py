"""Keeping secrets and payloads out of logs and messages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from tieout.secrets import MASK, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

SHORTEST = 6
"""Characters; masking shorter secrets would mask common words, and say how short they are."""
EXCERPT = 300
VALUE = 40

_SHAPES = (
    re.compile(r"(?i)\b(bearer|basic|oauth|token)(\s+)[\w.~+/!=-]{8,}"),
    re.compile(
        r"(?i)([\"']?\b(?:access_token|refresh_token|id_token|client_secret|assertion|code_verifier|password|api_?key"
        r"|authorization|token|sid)[\"']?)(\s*[:=]\s*[\"']?)[^\s\"'&,;}<]{4,}"
    ),
)
_BARE = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b00D\w{12,15}![\w.]{8,}")
_PEM = re.compile(r"-----BEGIN [^-]*PRIVATE KEY-----.*?(-----END [^-]*-----|\Z)", re.DOTALL)
_TAG = re.compile(r"(?s)<(script|style)\b.*?</\1>|<[^>]*>")
_BLANKS = re.compile(r"\s+")


class Redaction:
    """Knows the secrets of this process and masks them, and what looks like one, in any text.

    It is a structlog processor as it stands: put it last before the renderer.
    """

    def __init__(self, known: Iterable[Secret] = ()) -> None:
        self._known: dict[str, None] = {}
        for secret in known:
            self.know(secret)

    def know(self, secret: Secret) -> None:
        """Mask this one from now on, in its form-encoded spelling too."""
        value = secret.reveal()
        if len(value) >= SHORTEST:
            self._known |= dict.fromkeys((value, quote_plus(value), *_long_lines(value)))

    def mask(self, text: str) -> str:
        """Give the text without secrets."""
        for value in self._known:
            text = text.replace(value, MASK)
        text = _PEM.sub(MASK, text)
        for shape in _SHAPES:
            text = shape.sub(rf"\1\2{MASK}", text)
        return _BARE.sub(MASK, text)

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Mask every text in a structlog event, nested ones and the event's name too."""
        for name, value in event.items():
            event[name] = self._within(value)
        return event

    def _within(self, value: object) -> object:
        shown = value
        match value:
            case str():
                shown = self.mask(value)
            case Secret():
                shown = MASK
            case bytes():
                shown = self.mask(value.decode("utf-8", "replace"))
            case Mapping():
                shown = {key: self._within(item) for key, item in value.items()}
            case Sequence() | set() | frozenset():
                shown = [self._within(item) for item in value]
            case BaseException():
                shown = self.mask(f"{type(value).__name__}: {value}")
        return shown

    def excerpt(self, text: str, most: int = EXCERPT) -> str:
        """Give the beginning of a foreign body for a message: without markup, secrets and line breaks."""
        # Masked before it is cut: half a secret would no longer be recognised.
        plain = _BLANKS.sub(" ", _TAG.sub(" ", self.mask(text[: 100 * most]))).strip()
        return plain if len(plain) <= most else plain[:most] + "…"


def shown_path(path: str, params: Mapping[str, str] | None) -> str:
    """Give path and query for the log: ids, never what may be a customer's data."""
    if not params:
        return path.partition("?")[0] if "?" in path else path
    return path.partition("?")[0] + "?" + "&".join(f"{name}={_shown(value)}" for name, value in params.items())


def _shown(value: str) -> str:
    if "'" in value or '"' in value:  # a query language's literals: names, addresses
        return f"…({len(value)})"
    return value if len(value) <= VALUE else f"{value[:VALUE]}…({len(value)})"


def _long_lines(value: str) -> list[str]:
    return [line for line in value.splitlines() if len(line) >= 4 * SHORTEST] if "\n" in value else []
