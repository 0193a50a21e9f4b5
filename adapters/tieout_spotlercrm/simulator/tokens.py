"""The access token: the form of an RS256 JWT without scopes that lives about a year (1.1, token form)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta


def make_token(now: datetime, days: int, signature: bytes) -> str:
    """Make a token. Its signature signs nothing: the simulator knows its own token by heart, and nobody else can."""
    claims = {"scopes": [], "exp": int((now + timedelta(days=days)).timestamp())}
    parts = [_part(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "RS256"}, claims)]
    return ".".join([*parts, _part(signature)])


def _part(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
