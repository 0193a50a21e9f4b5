"""Which URLs a secret may be sent to: https anywhere, plain http only on this machine."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from tieout.errors import BadAnswer, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_loopback(host: str) -> bool:
    """Say whether this host is the machine itself: 127.0.0.0/8, ::1 or localhost, spelt out in full."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def checked_url(url: str, what: str) -> str:
    """Give the URL without a trailing slash. Raises UsageError for plain http beyond loopback and for odd URLs."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"}:
        raise UsageError(f"{what} must be an https URL, not {url!r}", mend="write it as https://host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UsageError(f"{what} must hold neither a user name nor a fragment", mend="write it as https://host/path")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise UsageError(
            f"{what} would be sent in clear text to {parts.hostname}",
            mend=f"write https://{parts.netloc}; plain http is for this machine alone (127.0.0.1, ::1, localhost)",
        )
    return url.rstrip("/")


def checked_base(base: str, hosts: Sequence[str], asked: str) -> str:
    """Check the URL that a token's answer names for all further calls, before the token is sent there.

    It must be https at or below one of `hosts`, or have the very origin of `asked` if that is on this machine.
    Raises BadAnswer.
    """
    parts, origin = _split(base), _split(asked)
    if parts is None or origin is None or parts.username is not None or parts.query or parts.fragment:
        raise BadAnswer(f"the token's answer names an unusable URL for further calls: {base!r}")
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme == "https" and any(host == name or host.endswith(f".{name}") for name in map(str.lower, hosts)):
        return base.rstrip("/")
    same = (parts.scheme, parts.netloc.lower()) == (origin.scheme, origin.netloc.lower())
    if same and is_loopback(host):
        return base.rstrip("/")
    raise BadAnswer(f"the token's answer sends all further calls to {parts.scheme}://{host}, which is not trusted")


def _split(url: str) -> SplitResult | None:
    if any(ord(letter) <= ord(" ") or letter == "\\" for letter in url):
        return None
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return parts if usable else None
