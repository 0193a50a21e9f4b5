from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest

from tieout.errors import UsageError
from tieout.secrets import Secret, Sources, looks_secret, references, resolve, resolve_secret

CANARY = "canary-4711"
SOURCES = Sources(
    env={"ID": "abc", "EMPTY": "", "NESTED": "${env:ID}"}, stored={"xero": Secret(CANARY)}.get, folder=Path("/nowhere")
)


@dataclass(frozen=True)
class Holder:
    secret: Secret


def test_a_secret_shows_itself_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY)
    logging.getLogger().warning("%s %r", secret, {"a": [secret]})
    error = ValueError(secret, Holder(secret))
    trace = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    shown = f"{secret} {secret!r} {secret:>30} {[secret]} {Holder(secret)} {vars(Holder(secret))} {caplog.text} {trace}"
    assert CANARY not in shown
    assert secret.reveal() == CANARY
    for leak in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            leak(secret)


def test_secrets_compare_by_value() -> None:
    assert Secret("é") == Secret("é")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${env:ID}", "abc"),
        ("https://${env:ID}.example.com/${env:ID}", "https://abc.example.com/abc"),
        ("${env:NONE:-sqlite:.tieout/state.db}", "sqlite:.tieout/state.db"),
        ("${env:EMPTY:-x}", "x"),
        ("${env:NONE:-}", ""),
        ("$${env:ID} costs $5", "${env:ID} costs $5"),
        ("${env:NESTED}", "${env:ID}"),
    ],
)
def test_references_are_replaced_once(text: str, value: str) -> None:
    assert resolve(text, SOURCES) == value


def test_what_comes_from_a_file_or_the_store_is_secret_with_all_around_it(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"line 1\nline 2\r\n")
    found = resolve(f"${{file:{file}}}", SOURCES)
    assert found == Secret("line 1\nline 2")
    assert resolve("${file:key}", Sources(folder=tmp_path)) == found
    assert resolve("Bearer ${secret:xero}", SOURCES) == Secret(f"Bearer {CANARY}")
    assert resolve_secret("${env:ID}", SOURCES) == Secret("abc")


@pytest.mark.parametrize(
    ("text", "said", "mend"),
    [
        ("${env:SF_SECRET}", "SF_SECRET is not set", "export SF_SECRET=…"),
        ("${env:EMPTY}", "EMPTY is empty", "export EMPTY=…"),
        ("${env:}", "names nothing", r"\$\{env:NAME\}"),
        ("${env:A B}", "names nothing", r"\$\{env:NAME\}"),
        ("${secret:none}", "nothing is stored under 'none'", "tieout connect --secret none"),
        ("${file:}", "names no file", "file"),
        ("${file:missing}", "No such file", "ls -l /nowhere/missing"),
        ("${file:/}", "directory", "ls -l /"),
        ("${SF_ID}", r"did you mean \$\{env:SF_ID\}", "write one of"),
        ("${vault:x}", "is no reference", "write one of"),
        ("${}", "is no reference", "write one of"),
    ],
)
def test_what_is_missing_is_named_with_the_next_step(text: str, said: str, mend: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        resolve(text, SOURCES)
    assert pytest.raises(AssertionError, match=mend).matches(AssertionError(caught.value.mend))


@pytest.mark.parametrize(("content", "said"), [(b"\n", "empty"), (b"\xff\xfe", "UTF-8"), (b"x" * 70_000, "too large")])
def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "s").write_bytes(content)
    with pytest.raises(UsageError, match=said) as caught:
        resolve("${file:s}", Sources(folder=tmp_path))
    assert "xxx" not in str(caught.value)


def test_references_are_listed() -> None:
    assert references("a ${env:A} $${env:B} ${file:/c}") == ["${env:A}", "${file:/c}"]


@pytest.mark.parametrize(
    "name", ["client_secret", "token", "key", "password", "api-key", "access_token", "Refresh_Token"]
)
def test_a_literal_under_a_telling_name_is_a_secret(name: str) -> None:
    assert looks_secret(name, "hunter2")
    assert looks_secret(name, "${env:X:-hunter2}")
    assert not looks_secret(name, "${env:X}")
    assert not looks_secret(name, "${env:X:-}")
    assert not looks_secret(name, "Bearer ${secret:X}")
    assert not looks_secret(name, "")


@pytest.mark.parametrize("name", ["client_id", "username", "url", "keyword", "monkey", "tokens_url_suffix"])
def test_other_names_hold_no_secret_unless_the_value_is_one(name: str) -> None:
    assert not looks_secret(name, "hunter2") or name == "tokens_url_suffix"
    assert looks_secret(name, "-----BEGIN RSA PRIVATE KEY-----")
    assert looks_secret(name, "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln")
