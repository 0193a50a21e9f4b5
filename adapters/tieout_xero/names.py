"""Contact names as Xero takes them (facts 2.1: no angle brackets, no blanks at the ends, no double blanks)."""

from __future__ import annotations

import re

_REFUSED = re.compile("[<>]")


def xero_name(text: str) -> str:
    """Trim, and make every run of blanks one; raise ValueError for a name with `<` or `>`, which Xero refuses."""
    if found := _REFUSED.search(text):
        raise ValueError(f"Xero refuses a contact name with {found[0]!r} in it")
    return " ".join(text.split())
