"""Where the key of a create is kept, so that the record can be found again.

Contact: `ContactNumber`; payment, credit note, quote: `Reference`; they hold the key and nothing else. A bill's credit
note has no reference (facts 2.4), so that nothing tells who made it. Invoice: `Url`, as
`<page of the source>#<key>`, so that "Go to …" in Xero still leads to the source. Xero refuses a Url that has "xero" in
it (facts 2.3); no fact says how long it may be, so 255 characters are taken to be safe.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieout.adapter import Operation
    from tieout_xero.objects import Endpoint

URL_LENGTH = 255
_OWN_NAME = re.compile("xero", re.IGNORECASE)


def mark(endpoint: Endpoint, operation: Operation, neutral_page: str) -> dict[str, str]:
    """Give the member that carries an operation's key; `neutral_page` stands in for a page that Xero would refuse."""
    if endpoint.marker is None or not carries(operation.values):
        return {}
    if endpoint.marker != "Url":
        return {endpoint.marker: operation.key}
    return {"Url": document_url(operation.source_url, operation.key, neutral_page)}


def carries(values: Mapping[str, Any]) -> bool:
    """Tell whether such a record can carry a key at all."""
    return values.get("Type") != "ACCPAYCREDIT"


def document_url(page: str | None, key: str, neutral_page: str) -> str:
    """Make the Url of a document: the page of its source, and the key as the fragment."""
    # An id in the key may happen to spell Xero's name; escaped it is no longer spelt.
    fragment = _OWN_NAME.sub(lambda found: f"%{ord(found[0][0]):02X}{found[0][1:]}", quote(key, safe=""))
    fits = page and not _OWN_NAME.search(page) and len(page) + 1 + len(fragment) <= URL_LENGTH
    return f"{page if fits else neutral_page}#{fragment}"


def key_of(endpoint: Endpoint, row: Mapping[str, Any]) -> str | None:
    """Read the key back; None if the record carries none. A number or reference that people gave is a key of nobody."""
    held = row.get(endpoint.marker) if endpoint.marker else None
    if not held:
        return None
    if endpoint.marker != "Url":
        return str(held)
    _, found, fragment = str(held).rpartition("#")
    return unquote(fragment) or None if found else None
