"""A small firm on SpotlerCRM and Xero: both sandboxes as their people reach them, and a project between them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from system.cli.desk import run_tieout
from system.forked import Ended, serving
from system.northwind.stage import CALLS

PROJECT = """\
tieout: 1
project: office
connections:
  spotlercrm:
    adapter: spotlercrm
    organisation: office
    options: {{url: "{crm}", account: office, currency: GBP, calls_per_second: 100}}
    credentials: {{token: "${{env:SPOTLERCRM_TOKEN}}"}}
  xero:
    adapter: xero
    organisation: "{tenant}"
    options: {{url: "{books}", grant: custom_connection, calls_per_minute: {calls}, calls_per_day: {calls}}}
    credentials: {{client_id: "${{env:XERO_CLIENT_ID}}", client_secret: "${{env:XERO_CLIENT_SECRET}}"}}
mappings:
  - use: {mappings}
"""


@dataclass(frozen=True)
class Crm:
    """SpotlerCRM by raw HTTP."""

    access: Mapping[str, str]
    http: httpx.Client

    def order(self, name: str, /, **body: Any) -> Any:
        """Do what only its people or the system itself can do."""
        return _told(self.http.post(f"/__sim__/{name}", json=body))

    def make(self, name: str, /, **fields: Any) -> str:
        return str(self.order("edit", object=name, fields=fields)["id"])

    def edit(self, name: str, id_: str, /, **fields: Any) -> None:
        self.order("edit", object=name, id=id_, fields=fields)

    def rows(self, name: str) -> dict[str, dict[str, Any]]:
        """Read all records of an object, by their ids."""
        found: dict[str, dict[str, Any]] = {}
        page = 1
        while True:
            told = _told(self.http.get(f"/{name}", params={"limit": 100, "page": page}))
            found |= {str(one["record"]["id"]): one["record"] for one in told["list"]}
            if not told["metadata"]["has_more"]:
                return found
            page += 1


@dataclass(frozen=True)
class Books:
    """Xero by raw HTTP."""

    access: Mapping[str, str]
    http: httpx.Client

    def order(self, name: str, /, **body: Any) -> Any:
        return _told(self.http.post(f"/__sim__/{name}", json=body))

    def contact(self, name: str, /, **fields: Any) -> str:
        answer = self.http.put("/api.xro/2.0/Contacts", json={"Contacts": [{"Name": name, **fields}]})
        return str(_told(answer)["Contacts"][0]["ContactID"])

    def edit(self, id_: str, /, **fields: Any) -> None:
        _told(self.http.post(f"/api.xro/2.0/Contacts/{id_}", json={"ContactID": id_, **fields}))

    def rows(self, name: str = "Contacts") -> dict[str, dict[str, Any]]:
        """Read all records of a kind, archived ones too, by their ids."""
        found = _told(self.http.get(f"/api.xro/2.0/{name}", params={"includeArchived": "true", "page": "1"}))
        return {row[f"{name[:-1]}ID"]: row for row in found[name]}


@dataclass(frozen=True)
class Office:
    """The sandboxes, and a project in a folder."""

    folder: Path
    crm: Crm
    books: Books

    @property
    def secrets(self) -> dict[str, str]:
        """The environment that the project's references name."""
        return {
            "SPOTLERCRM_TOKEN": self.crm.access["access_token"],
            "XERO_CLIENT_ID": self.books.access["client_id"],
            "XERO_CLIENT_SECRET": self.books.access["client_secret"],
        }

    def run(self, *words: str, stdin: str | None = None, **env: str) -> Ended:
        """Run one command in the project."""
        return run_tieout(words, self.folder, {**self.secrets, **env}, stdin=stdin)

    def let_through(self) -> Ended:
        """Run, and let the plan through as the report says."""
        first = self.run("run", "--json")
        assert first.code == 5, first
        applied = self.run(*first.report["stopped"]["command"].split()[1:], "--json")
        assert applied.code == 0, applied
        return applied

    def quiet(self) -> None:
        """Expect that there is nothing to do."""
        ended = self.run("plan", "--exit-code", "--json")
        assert ended.code == 0, ended

    def write(self, mappings: str = "mappings/", /, **texts: str) -> None:
        """Write the project; `texts`: mapping -> its text."""
        text = PROJECT.format(
            crm=self.crm.access["url"],
            books=self.books.access["url"],
            tenant=self.books.access["tenant_id"],
            calls=CALLS,
            mappings=mappings,
        )
        (self.folder / "tieout.yaml").write_text(text, "utf-8")
        for name, mapping in texts.items():
            (self.folder / "mappings").mkdir(exist_ok=True)
            (self.folder / "mappings" / f"{name}.yaml").write_text(mapping, "utf-8")


@contextmanager
def office(folder: Path) -> Iterator[Office]:
    """Run fresh sandboxes until the test is over."""
    with serving(["sandbox", "--only", "spotlercrm,xero"], os.environ) as line:
        access = json.loads(line)
        tenant = {"xero-tenant-id": access["xero"]["tenant_id"], "Accept": "application/json"}
        with _client(access["spotlercrm"], {}) as crm, _client(access["xero"], tenant) as books:
            made = Office(folder, Crm(access["spotlercrm"], crm), Books(access["xero"], books))
            made.books.order("limits", off=True, minute=CALLS, day=CALLS)
            yield made


def _client(access: Mapping[str, str], headers: Mapping[str, str]) -> httpx.Client:
    token = {"Authorization": f"Bearer {access['access_token']}", "Content-Type": "application/json"}
    return httpx.Client(base_url=access["url"], headers={**token, **headers}, timeout=60, trust_env=False)


def _told(answer: httpx.Response) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return json.loads(answer.text, parse_float=Decimal)
