"""`notify:` of tieout.yaml: who is told of what. Addresses stay references until something is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from tieout.language.nodes import ListNode, MapNode, Node, ScalarNode
from tieout.problems import Problem
from tieout.secrets import looks_secret, references
from tieout.toolkit import nearest

EVENTS = ("failures", "reviews", "silence", "recovery", "notices")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_OPEN_SCHEMES = {"http", "https", "json", "jsons", "form", "forms", "xml", "xmls"}
"""Addresses under these schemes may be no secret; all others name an account."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,}")


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told."""

    name: str
    address: str
    """With references, unresolved."""
    webhook: bool
    """An http(s) URL that takes JSON; else an address of apprise."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told of what."""

    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    send: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Event -> names of receivers."""
    expect_run_every: timedelta | None = None
    silence_after: int = 3

    @property
    def silent_after(self) -> timedelta | None:
        """Give how long no run may end before that is silence."""
        return None if self.expect_run_every is None else self.expect_run_every * self.silence_after


def read_notify(node: MapNode, found: list[Problem]) -> Notify:
    """Read `notify:`, adding what is wrong with it to `found`."""
    receivers = {
        name: _receiver(name, inner, found)
        for name, inner in node.table("to").entries.items()
        if isinstance(inner, MapNode)
    }
    send = node.get("send")
    chosen = {event: tuple(receivers) for event in EVENTS}
    if isinstance(send, MapNode):
        chosen = {event: _names(event, send, receivers, found) for event in EVENTS}
        one_by_one = send.table("by_notice")
        chosen |= {f"notices/{name}": _names(name, one_by_one, receivers, found) for name in one_by_one.entries}
    every, after = node.text("expect_run_every"), node.get("silence_after")
    return Notify(
        receivers,
        chosen,
        timedelta(**{_UNITS[every[-1]]: int(every[:-1])}) if every else None,
        after.value if isinstance(after, ScalarNode) and isinstance(after.value, int) else 3,
    )


def _names(event: str, send: MapNode, known: Mapping[str, Receiver], found: list[Problem]) -> tuple[str, ...]:
    given: Node | None = send.get(event)
    leaves = given.items if isinstance(given, ListNode) else (given,)
    names = []
    for leaf in leaves:
        if not isinstance(leaf, ScalarNode):
            continue
        name = str(leaf.value)
        if name not in known:
            close = nearest(name, list(known))
            mend = f"did you mean {' or '.join(close)}?" if close else "name it under notify.to"
            found.append(Problem("unknown-receiver", f"there is no receiver {name!r} under notify.to", leaf.at, mend))
        names.append(name)
    return tuple(name for name in names if name in known)


def _receiver(name: str, node: MapNode, found: list[Problem]) -> Receiver:
    webhook, url = node.get("webhook"), node.get("url")
    if (webhook is None) == (url is None):
        mend = 'write {webhook: "${env:NAME}"} or {url: "${env:NAME}"}'
        found.append(
            Problem("bad-receiver", f"the receiver {name} needs a webhook or a url, one of them", node.at, mend)
        )
    leaf = webhook or url
    text = str(leaf.value) if isinstance(leaf, ScalarNode) else ""
    if leaf is not None and text and not references(text) and _holds_secret(text):
        mend = "name it instead: ${env:NAME}, ${file:/path} or ${secret:NAME}"
        told = f"the address of the receiver {name} stands here in clear text"
        found.append(Problem("literal-secret", told, leaf.at, mend))
    return Receiver(name, text, webhook is not None)


def _holds_secret(address: str) -> bool:
    """Say whether an address is, or holds, what only its owner should know."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return True
    open_ = parts.scheme in _OPEN_SCHEMES or (parts.scheme in {"mailto", "mailtos"} and parts.password is None)
    tokens = bool(_TOKEN.search(parts.path) or _TOKEN.search(parts.query))
    return not open_ or parts.password is not None or tokens or looks_secret("address", address)
