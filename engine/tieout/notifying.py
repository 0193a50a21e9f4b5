"""Sending messages to people: by mail, chat or webhook, through apprise. A message that fails never fails a run."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from tieout.errors import TieoutError, UsageError
from tieout.http.hosts import checked_url, is_loopback
from tieout.secrets import Secret, resolve_secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieout.alert_config import Receiver
    from tieout.http.redact import Redaction
    from tieout.report.alerts import Message
    from tieout.secrets import Sources

CLEAR = {"json", "xml", "form"}
"""Schemes of apprise that send in clear text, and their secure forms with an s."""


def must_be_installed(receivers: Mapping[str, Receiver]) -> None:
    """Raise UsageError if somebody is to be told and apprise is missing: better now than at the first failure."""
    if receivers and find_spec("apprise") is None:
        raise UsageError(
            "notify: needs apprise, which sends the messages and is not installed",
            mend="pip install 'tieout[alerts]'",
        )


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One message that did not get out."""

    message: Message
    why: str


def deliver(
    sent: Sequence[Message], receivers: Mapping[str, Receiver], sources: Sources, redaction: Redaction
) -> list[Undelivered]:
    """Send messages, each in turn; give those that failed, and why, without any address."""
    failed = []
    for message in sent:
        try:
            address = _address(receivers[message.receiver], sources, redaction)
            why = _send(address, message)
        except TieoutError as error:
            why = str(error)
        if why:
            failed.append(Undelivered(message, redaction.mask(why)))
    return failed


def _address(receiver: Receiver, sources: Sources, redaction: Redaction) -> Secret:
    """Look an address up. Raises UsageError for what would be sent in clear text over a network."""
    secret = resolve_secret(receiver.address, sources)
    _know(secret, redaction)
    text = secret.reveal()
    what = f"the address of the receiver {receiver.name}"
    try:
        if receiver.webhook:
            checked_url(text, what)
            return Secret("json" + text.removeprefix("http"))
        parts = urlsplit(text)
        options = {name.lower(): value.lower() for name, value in parse_qsl(parts.query)}
    except (UsageError, ValueError):
        # The message of the check would quote an address, which may be secret as a whole.
        raise UsageError(f"{what} is no https URL; plain http is for this machine alone") from None
    if parts.scheme in CLEAR and not is_loopback(parts.hostname or ""):
        raise UsageError(f"{what} would be reached in clear text", mend=f"write {parts.scheme}s://…")
    if options.get("verify", "yes") in {"no", "false", "0", "off", "n", "f"}:
        raise UsageError(f"{what} switches the check of certificates off, which is not possible")
    return secret


def _know(secret: Secret, redaction: Redaction) -> None:
    """Mask an address and its parts: its user, its password, its path may be what opens the account."""
    redaction.know(secret)
    parts = urlsplit(secret.reveal())
    for part in (parts.username, parts.password, parts.query, *parts.path.split("/")):
        if part and len(part) >= 8:  # noqa: PLR2004  # shorter ones are words
            redaction.know(Secret(part))


def _send(address: Secret, message: Message) -> str:
    """Send one message; give why it failed, if it did."""
    import apprise  # noqa: PLC0415  # half a second that only a message pays

    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Tieout", app_desc="Tieout", secure_logging=True))
    capture = apprise.LogCapture(level=logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]  # theirs
    with capture as log:
        if not sender.add(address.reveal()):
            return "apprise knows no such kind of address"
        sent = sender.notify(title=message.title, body=message.body, notify_type=message.kind)
        told = log.getvalue().strip().splitlines()
    return "" if sent else " ".join(told) or "it was not accepted"
