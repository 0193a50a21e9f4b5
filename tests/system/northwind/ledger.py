"""The ledger, read through the vendor's own client."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

from system.northwind.stage import System

PAGE = 100


@dataclass(frozen=True)
class Ledger:
    """Reads everything of one organisation."""

    api: Any
    tenant: str

    def contacts(self) -> list[Any]:
        return _paged(lambda page: self.api.get_contacts(self.tenant, page=page, include_archived=True).contacts)

    def items(self) -> list[Any]:
        found: list[Any] = self.api.get_items(self.tenant, unitdp=4).items
        return found

    def invoices(self) -> list[Any]:
        return _paged(lambda page: self.api.get_invoices(self.tenant, page=page, unitdp=4).invoices)


def _paged(read: Callable[[int], list[Any]]) -> list[Any]:
    found: list[Any] = []
    while page := read(len(found) // PAGE + 1):
        found += page
        if len(page) < PAGE:
            break
    return found


def ledger(system: System) -> Ledger:
    """Connect with a token of now: the clock of the stand-in may have been set past the life of an older one."""
    access = system.access
    credentials = {name: access[name] for name in ("client_id", "client_secret")}
    granted = system.http.post(
        "/connect/token",
        content=urlencode({"grant_type": "client_credentials", **credentials}),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Authorization": ""},
    ).json()
    configuration = Configuration()
    oauth = OAuth2Token(client_id=access["client_id"], client_secret=access["client_secret"])
    configuration.oauth2_token = oauth  # every Configuration() is a copy of the first one ever made
    client = ApiClient(configuration, pool_threads=1)
    token = {
        "access_token": granted["access_token"],
        "expires_in": 1800,
        "expires_at": time.time() + 1800,
        "token_type": "Bearer",
        "scope": ["accounting.contacts"],
    }
    client.oauth2_token_getter(lambda: token)
    client.oauth2_token_saver(token.update)
    return Ledger(AccountingApi(client, base_url=f"{access['url']}/api.xro/2.0"), access["tenant_id"])
