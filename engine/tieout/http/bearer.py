"""What a fixed token says of itself: a JWT names its own end in the claim `exp` (RFC 7519, 4.1.4)."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tieout.http.codec import NotJson, decode

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PARTS = 3
"""Header, claims, signature."""


def ends(token: str) -> datetime | None:
    """Give when a token ends by its own word, unverified; None for one that is no JWT or does not say."""
    parts = token.split(".")
    if len(parts) != _PARTS:
        return None
    try:
        claims = decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (NotJson, binascii.Error, ValueError):
        return None
    end = claims.get("exp") if isinstance(claims, dict) else None
    if not isinstance(end, Decimal) or not end.is_finite():
        return None
    try:
        return _EPOCH + timedelta(seconds=int(end))
    except OverflowError:
        return None
