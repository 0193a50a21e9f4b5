"""Which scope each object needs (facts (a), scopes), and which of them a connection does not ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tieout.adapter import Finding, Severity
from tieout.errors import ObjectForbidden
from tieout_xero.objects import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tieout.adapter import ObjectType, Verb

_BROAD = "accounting.transactions"
"""Covers all documents and payments in apps made before March 2026."""
_INVOICES = ("accounting.invoices", _BROAD)
NEEDED: Mapping[str, tuple[str, ...]] = {
    "Contact": ("accounting.contacts",),
    "Invoice": _INVOICES,
    "CreditNote": _INVOICES,
    "Quote": _INVOICES,
    "Payment": ("accounting.payments", _BROAD),
    "Item": ("accounting.settings", *_INVOICES),
}
"""Object -> the scopes of which any one lets it be written, the one to ask for first."""
_TABLES = ("accounting.settings",)
"""Of all other objects: the organisation and its tables."""


def lacking(name: str, scopes: str) -> str:
    """Give the scope that an object lacks to be written; "" if none; `scopes`: those asked for, blanks between them."""
    needed = NEEDED.get(name, ())
    return needed[0] if needed and not set(needed) & set(scopes.split()) else ""


def grant(scope: str) -> str:
    """Say where a person gives a scope."""
    return f"add the scope {scope} to options.scopes and to the app, then tieout connect"


def unreadable(name: str) -> ObjectForbidden:
    """Say which scope a read takes that Xero refused for want of one."""
    scope = NEEDED.get(name, _TABLES)[0]
    message = f"Xero refuses to read {name}: the connection lacks the scope {scope}, or {scope}.read"
    return ObjectForbidden(message, mend=grant(scope))


def refused(verb: Verb, name: str) -> ObjectForbidden:
    """Say which scope a write takes that Xero refused for want of one: it was asked for, and never granted."""
    scope = NEEDED[name][0]
    return ObjectForbidden(f"Xero refuses to {verb} {name}: the connection lacks the scope {scope}", mend=grant(scope))


def with_rights(type_: ObjectType, scopes: str) -> ObjectType:
    """Give an object as a login with these scopes has it: what they leave out is withheld."""
    scope = lacking(type_.name, scopes)
    return replace(type_, withheld=frozenset(type_.verbs), grant=grant(scope)) if scope and type_.verbs else type_


def missing_rights(scopes: str) -> Iterator[Finding]:
    """Name every object that could be written but for its scope; `scopes`: those asked for, blanks between them."""
    for name, end in ENDPOINTS.items():
        scope = lacking(name, scopes)
        if end.verbs and scope:
            verbs = " or ".join(sorted(str(verb) for verb in end.verbs))
            message = f"this login cannot {verbs} {name}: it has no scope {scope}"
            mend = f"needed only where a mapping writes it: {grant(scope)}"
            yield Finding(Severity.NOTE, "read-only", message, mend, name)
