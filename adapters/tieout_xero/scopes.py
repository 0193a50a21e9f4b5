"""Which scope each object needs to be written (facts (a), scopes), and which of them a connection does not ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import Finding, Severity
from tieout_xero.objects import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def missing_rights(scopes: str) -> Iterator[Finding]:
    """Name every object that could be written but for its scope; `scopes`: those asked for, blanks between them."""
    asked = frozenset(scopes.split())
    for name, end in ENDPOINTS.items():
        needed = NEEDED.get(name, ())
        if end.verbs and needed and not asked & set(needed):
            verbs = " or ".join(sorted(str(verb) for verb in end.verbs))
            message = f"this login cannot {verbs} {name}: it has no scope {needed[0]}"
            mend = "needed only where a mapping writes it: add it to options.scopes and to the app, then tieout connect"
            yield Finding(Severity.NOTE, "read-only", message, mend, name)
