"""Which scope each object needs (facts (a), scopes), and which of them a connection's login lacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
_PAYMENTS = ("accounting.payments", _BROAD)
NEEDED: Mapping[str, tuple[str, ...]] = {
    "Contact": ("accounting.contacts",),
    "Invoice": _INVOICES,
    "CreditNote": _INVOICES,
    "Quote": _INVOICES,
    "Payment": _PAYMENTS,
    "Overpayment": _PAYMENTS,
    "Prepayment": _PAYMENTS,
    "Item": ("accounting.settings", *_INVOICES),
}
"""Object -> the scopes of which any one lets it be written, and read; the one to ask for first."""
_TABLES = ("accounting.settings",)
"""Of all other objects: the organisation and its tables."""
READ = ".read"
"""Behind a scope: for reading alone."""


@dataclass(frozen=True, slots=True)
class Scopes:
    """What a login may do."""

    names: frozenset[str]
    granted: bool
    """Named by Xero with the token; else they are those that the connection asks for, and it may have more of old."""

    def lacks(self, name: str) -> str:
        """Give the scope that the login lacks to write an object; "" if none."""
        needed = needed_for(name)
        return "" if self.names.intersection(needed) else needed[0]

    def hides(self, name: str) -> str:
        """Give the scope that the login lacks even to read an object; "" if none, or if it can't be told."""
        reading = {f"{scope}{READ}" for scope in needed_for(name)}
        return self.lacks(name) if self.granted and not self.names & reading else ""


def needed_for(name: str) -> tuple[str, ...]:
    """Give the scopes of which an object takes one."""
    return NEEDED.get(name, _TABLES)


def grant(scope: str) -> str:
    """Say where a person gives a scope."""
    return f"add the scope {scope} to options.scopes and to the app, then tieout connect"


def unreadable(name: str) -> ObjectForbidden:
    """Say which scope a read takes that Xero refused for want of one."""
    scope = needed_for(name)[0]
    message = f"Xero refuses to read {name}: the connection lacks the scope {scope}, or {scope}{READ}"
    return ObjectForbidden(message, mend=grant(scope))


def refused(verb: Verb, name: str) -> ObjectForbidden:
    """Say which scope a write takes that Xero refused for want of one: it was asked for, and never granted."""
    scope = needed_for(name)[0]
    return ObjectForbidden(f"Xero refuses to {verb} {name}: the connection lacks the scope {scope}", mend=grant(scope))


def with_rights(type_: ObjectType, scopes: Scopes) -> ObjectType:
    """Give an object as a login with these scopes has it: what they leave out is withheld.

    Raises ObjectForbidden for what they do not even let it read.
    """
    if scope := scopes.hides(type_.name):
        told = f"this login cannot read {type_.name}: it has neither the scope {scope} nor {scope}{READ}"
        raise ObjectForbidden(told, mend=grant(scope))
    scope = scopes.lacks(type_.name)
    return replace(type_, withheld=frozenset(type_.verbs), grant=grant(scope)) if scope and type_.verbs else type_


def missing_rights(scopes: Scopes) -> Iterator[Finding]:
    """Name every object that could be read or written but for its scope."""
    for name, end in ENDPOINTS.items():
        verbs = sorted(str(verb) for verb in end.verbs)
        if scope := scopes.hides(name):
            told = f"this login cannot {' or '.join(['read', *verbs])} {name}: it has no scope {scope}"
            mend = f"needed only where a mapping reads or writes it: {grant(scope)}"
            yield Finding(Severity.NOTE, "no-scope", told, mend, name)
        elif verbs and (scope := scopes.lacks(name)):
            told = f"this login cannot {' or '.join(verbs)} {name}: it has no scope {scope}"
            yield Finding(
                Severity.NOTE, "read-only", told, f"needed only where a mapping writes it: {grant(scope)}", name
            )
