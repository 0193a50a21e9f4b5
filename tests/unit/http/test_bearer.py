from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest

from tieout.http.bearer import ends


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jwt(claims: object) -> str:
    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2lnbmF0dXJl"


def test_a_jwt_names_its_own_end() -> None:
    assert ends(jwt({"exp": 1767225600, "scopes": []})) == datetime(2026, 1, 1, tzinfo=UTC)
    assert ends(jwt({"exp": 1767225600.75})) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "token",
    [
        "opaque", "", "a.b.c", "..", "é.é.é", jwt({}), jwt([]), jwt(None), jwt({"exp": "soon"}), jwt({"exp": True}),
        jwt({"exp": None}), jwt({"exp": 10**30}), jwt({"exp": -(10**30)}), jwt({"exp": 1767225600}) + ".more",
    ],
)  # fmt: skip
def test_a_token_that_does_not_say_when_it_ends_says_nothing(token: str) -> None:
    assert ends(token) is None
