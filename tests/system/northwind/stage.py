"""`tieout sandbox` as a process of its own, its two systems as their owners reach them, and a project for them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from system.forked import Ended, command, serving
from system.northwind import rates
from tieout.store.database import Database
from tieout.store.replay import differences, replay, stored

CALLS = 100_000
"""Calls that this stand-in of Xero allows a minute and a day, so that the test need not wait for the next one."""


@dataclass(frozen=True)
class System:
    """One simulated system: its access, a client that holds its token, and its controls."""

    access: Mapping[str, str]
    http: httpx.Client

    def order(self, name: str, **body: Any) -> Any:
        """Do what only the system itself or its people can do."""
        answer = self.http.post(f"/__sim__/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text, parse_float=Decimal)

    def read(self, path: str, **params: str) -> Any:
        """Read over plain HTTP; numbers as they stand there."""
        answer = self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text, parse_float=Decimal)

    def effects(self) -> dict[str, dict[str, int]]:
        """What requests changed for good since the last reset: object -> verb -> count."""
        shown: dict[str, dict[str, int]] = self.http.get("/__sim__/counters").json()["effects"]
        return {name: counts for name, counts in shown.items() if any(counts.values())}

    def calls(self) -> dict[str, int]:
        found: dict[str, int] = self.http.get("/__sim__/counters").json()["calls"]
        return found


@dataclass(frozen=True)
class Stage:
    """Both systems."""

    salesforce: System
    xero: System

    def advance(self, seconds: float) -> None:
        """Move both clocks on."""
        for system in (self.salesforce, self.xero):
            system.order("clock", advance=seconds)

    def reset(self) -> None:
        """Count from nought."""
        for system in (self.salesforce, self.xero):
            system.order("counters/reset")

    @property
    def secrets(self) -> dict[str, str]:
        """The environment that the project's references name."""
        salesforce, xero = self.salesforce.access, self.xero.access
        return {
            "SF_CLIENT_ID": salesforce["client_id"],
            "SF_CLIENT_SECRET": salesforce["client_secret"],
            "XERO_CLIENT_ID": xero["client_id"],
            "XERO_CLIENT_SECRET": xero["client_secret"],
        }


@contextmanager
def sandbox(env: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """Run the sandbox, without the systems' limits on calls, until the test is over; `env`: more variables."""
    with serving(["sandbox"], {**os.environ, **(env or {})}) as line:
        access = json.loads(line)
        xero = {"xero-tenant-id": access["xero"]["tenant_id"], "Accept": "application/json"}
        with _client(access["salesforce"]) as one, _client(access["xero"], xero) as other:
            stage = Stage(System(access["salesforce"], one), System(access["xero"], other))
            stage.salesforce.order("limits", off=True)
            stage.xero.order("limits", off=True, minute=CALLS, day=CALLS)
            yield stage


def _client(access: Mapping[str, str], headers: Mapping[str, str] | None = None) -> httpx.Client:
    token = {"Authorization": f"Bearer {access['access_token']}", "Content-Type": "application/json"}
    return httpx.Client(base_url=access["url"], headers={**token, **(headers or {})}, timeout=60, trust_env=False)


@dataclass(frozen=True)
class Project:
    """A project folder and the environment in which a scheduler runs it.

    `rated`: the ledger is given the rate of each document by a chain of sources, where it would take its own.
    """

    folder: Path
    stage: Stage
    rated: bool = field(default=False, kw_only=True)

    def write(self, more: str = "", *, change: Sequence[str] = ()) -> None:
        """Write tieout.yaml for the two systems and the pack, as it is but for rates and what is changed in mappings.

        `more` is put at its end.
        """
        salesforce = self.stage.salesforce.http.get("/services/data/v66.0/query", params={"q": ORGANISATION})
        text = PROJECT.format(
            org=salesforce.json()["records"][0]["Id"],
            crm=self.stage.salesforce.access["url"],
            tenant=self.stage.xero.access["tenant_id"],
            books=self.stage.xero.access["url"],
            calls=CALLS,
        )
        if self.rated:
            change, more = [*change, RATED], f"{RATES}{more}"
            (self.folder / rates.TABLE).write_text(rates.as_csv(), encoding="utf-8")
        if change:
            text += "\n      ".join(["    change:", *change]) + "\n"
        (self.folder / "tieout.yaml").write_text(text + more, encoding="utf-8")

    def tieout(self, *words: str) -> Ended:
        """Run one command as a scheduler does: no terminal, few variables."""
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **self.stage.secrets}
        return command(words, self.folder, env)

    def converge(self) -> Ended:
        """Run as a scheduler does, and expect that nothing is left to do or to ask."""
        ended = self.tieout("run", "--json")
        assert ended.code == 0, ended
        assert told_apart(self.folder) == []
        return ended

    def forget(self) -> None:
        """Lose the state database, as a disk does."""
        for path in (self.folder / ".tieout").glob("state.db*"):
            path.unlink()


def told_apart(folder: Path) -> list[str]:
    """Name what the audit log and the state of a project do not say alike (law 9)."""
    database = Database.open(
        "sqlite:.tieout/state.db", clock=lambda: datetime.now(UTC), project_folder=folder, create=False
    )
    try:
        with database.read() as tx:
            return [f"{one.subject}: {one.what}" for one in differences(replay(tx), stored(tx))]
    finally:
        database.close()


ORGANISATION = "SELECT Id FROM Organization"
PROJECT = """\
tieout: 1
project: northwind
connections:
  salesforce:
    adapter: salesforce
    organisation: "{org}"
    options: {{url: "{crm}"}}
    credentials: {{client_id: "${{env:SF_CLIENT_ID}}", client_secret: "${{env:SF_CLIENT_SECRET}}"}}
  xero:
    adapter: xero
    organisation: "{tenant}"
    options: {{url: "{books}", grant: custom_connection, calls_per_minute: {calls}, calls_per_day: {calls}}}
    credentials: {{client_id: "${{env:XERO_CLIENT_ID}}", client_secret: "${{env:XERO_CLIENT_SECRET}}"}}
mappings:
  - use: salesforce-xero
"""
RATED = "invoices: {fields: [{books: CurrencyRate, from: crm.CurrencyIsoCode, as: {rate: {at: crm.CloseDate}}}]}"
RATES = f"rates: {{chain: [{{file: {rates.TABLE}}}, ecb]}}\n"
