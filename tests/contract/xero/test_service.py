from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import tieout_xero
from contract.xero.world import Notes
from tieout.adapter import AuthorizationCode, ClientCredentials
from tieout.errors import UsageError
from tieout.http.client import Client
from tieout.http.clock import SystemClock
from tieout.http.memory import MemoryTokens, MemoryWindows
from tieout.http.ports import Ports
from tieout_xero.adapter import XeroAdapter

ADAPTER = XeroAdapter()
LOCAL = {"url": "http://127.0.0.1:8802"}


def test_the_hook_module_gives_the_adapter_and_loads_nothing_else() -> None:
    assert [one.name for one in tieout_xero.tieout_adapters()] == ["xero"]
    code = "import sys, tieout_xero; print([m for m in sys.modules if m.startswith('tieout_xero.')])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_by_default_a_person_grants_access_with_granular_scopes() -> None:
    service = ADAPTER.service({}, "tenant-1")
    assert isinstance(service.auth, AuthorizationCode)
    assert service.url == "https://api.xero.com"
    assert service.auth.authorize_url == "https://login.xero.com/identity/connect/authorize"
    assert service.auth.token_url == "https://identity.xero.com/connect/token"
    assert service.auth.revoke_url == "https://identity.xero.com/connect/revocation"
    assert service.auth.grace_seconds == 1800
    assert service.auth.scope.split() == [
        "offline_access",
        "accounting.contacts",
        "accounting.invoices",
        "accounting.payments",
        "accounting.settings",
    ]
    assert service.headers == {"xero-tenant-id": "tenant-1"}


def test_a_custom_connection_has_no_tenant_and_no_refresh_token() -> None:
    service = ADAPTER.service({"grant": "custom_connection", "scopes": "accounting.contacts"}, "tenant-1")
    assert isinstance(service.auth, ClientCredentials)
    assert service.auth.scope == "accounting.contacts"
    assert service.headers == {}


def test_on_this_machine_everything_is_at_one_address() -> None:
    auth = ADAPTER.service(LOCAL, None).auth
    assert isinstance(auth, AuthorizationCode)
    assert auth.authorize_url == "http://127.0.0.1:8802/identity/connect/authorize"
    assert auth.token_url == "http://127.0.0.1:8802/connect/token"


def test_limits_are_the_smallest_tiers_unless_said() -> None:
    assert ADAPTER.service({}, None).limits.windows == {60: 60, 86400: 1000}
    assert ADAPTER.service({"calls_per_day": Decimal(5000)}, None).limits.windows == {60: 60, 86400: 5000}
    assert ADAPTER.service({"calls_per_minute": Decimal(30)}, None).limits.windows == {60: 30, 86400: 1000}
    assert ADAPTER.service({}, None).limits.concurrent == 5


def test_plain_http_to_another_machine_is_refused() -> None:
    service = ADAPTER.service({"url": "http://xero.example"}, None)
    ports = Ports(MemoryTokens(), MemoryWindows(), SystemClock(), Notes())
    with pytest.raises(UsageError):
        Client("books", service, {}, ports)


def test_the_options_are_closed_and_each_is_described() -> None:
    schema: Any = ADAPTER.options
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert all(one["description"].endswith(".") for one in schema["properties"].values())
    json.dumps(schema)


@pytest.mark.parametrize(
    ("options", "valid"),
    [
        ({}, True),
        ({"grant": "custom_connection", "page_size": 100, "overlap_seconds": 60}, True),
        ({"document_url": "https://crm.example/open"}, True),
        ({"grant": "password"}, False),
        ({"page_size": 1001}, False),
        ({"document_url": "https://MyXero.example/"}, False),
        ({"tenant": "x"}, False),
    ],
)
def test_wrong_options_are_seen_by_the_schema(options: dict[str, object], valid: bool) -> None:  # noqa: FBT001  pytest
    assert Draft202012Validator(dict(ADAPTER.options)).is_valid(options) is valid
