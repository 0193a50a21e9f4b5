from __future__ import annotations

import pytest
import structlog

from tieout.http.redact import Redaction, shown_path
from tieout.secrets import Secret

CANARY = "canary-tok/en+1"


@pytest.mark.parametrize(
    "text",
    [
        f"x {CANARY} y",
        "form token=canary-tok%2Fen%2B1&x=1",
        "Authorization: Bearer canary.abc-def",
        "authorization: basic Y2FuYXJ5Y2FuYXJ5",
        '{"access_token": "canary-other", "x": 1}',
        "refresh_token=canary-other&grant_type=refresh_token",
        "client_secret: canary-other",
        "eyJjYW5hcnkiOjF9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJl",
        "00Dxx0000001gPL!canaryAQ0AQHcanary",
        "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ncanary torn",
    ],
)
def test_secrets_and_what_looks_like_one_are_masked(text: str) -> None:
    masked = Redaction([Secret(CANARY)]).mask(text).lower()
    assert "canary" not in masked
    assert "***" in masked


@pytest.mark.parametrize(
    "text",
    ["the token of connection xero", "Invoice INV-1 was paid", "0014000001AbCdEFGH", "bearer of bad news", "key: Name"],
)
def test_plain_words_stay(text: str) -> None:
    assert Redaction([Secret("ab")]).mask(text) == text


def test_a_line_of_a_key_is_a_secret_too() -> None:
    key = "-----BEGIN KEY-----\n" + "c4nary" * 10 + "\n" + "0ther1" * 10 + "\n-----END KEY-----\n"
    assert "c4nary" not in Redaction([Secret(key)]).mask(f"bad line: {'c4nary' * 10}")


def test_an_excerpt_is_one_line_without_markup() -> None:
    page = "<html><style>b {x: y}</style><body>\n\n<h1>Back&nbsp;soon</h1>" + "x" * 1000
    excerpt = Redaction().excerpt(page)
    assert excerpt.startswith("Back&nbsp;soon xxx")
    assert len(excerpt) == 301


def test_an_excerpt_never_holds_half_a_secret() -> None:
    assert "canary" not in Redaction([Secret(CANARY)]).excerpt("x" * 295 + CANARY)


def test_it_is_a_structlog_processor_that_masks_all_that_is_nested() -> None:
    redaction = Redaction()
    redaction.know(Secret(CANARY))
    with structlog.testing.capture_logs(processors=[redaction]) as lines:
        structlog.get_logger().warning(
            f"event {CANARY}",
            secret=Secret(CANARY),
            nested={"list": [CANARY, (CANARY,)], "n": 1},
            raw=CANARY.encode(),
            error=ValueError(CANARY),
        )
    assert CANARY not in repr(lines)
    assert lines[0]["nested"]["n"] == 1
    assert lines[0]["error"] == "ValueError: ***"


def test_what_is_a_customers_is_not_in_the_path() -> None:
    shown = shown_path("/query?q=old", {"q": "SELECT Id FROM A WHERE Name = 'Jane'", "ids": "1" * 41, "page": "1"})
    assert shown == f"/query?q=…(36)&ids={'1' * 40}…(41)&page=1"
    assert shown_path("/query?name=Jane", None) == "/query"
