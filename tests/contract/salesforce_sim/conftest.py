"""A simulated Salesforce on a real socket, and clients for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import requests
import requests.adapters
import uvicorn
from simple_salesforce.api import Salesforce

from tieout_salesforce.simulator import SalesforceSimulator

ROOT = "/services/data/v66.0"


class ToLoopback(requests.adapters.HTTPAdapter):
    """Leads simple-salesforce, which knows https only, to the simulator."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        request.url = self.base + parts.path + (f"?{parts.query}" if parts.query else "")
        kwargs["proxies"] = {}
        return super().send(request, *args, **kwargs)


@dataclass(frozen=True)
class Sim:
    """A running simulator: raw clients as the integration user and as a person, and its controls."""

    url: str
    access: Mapping[str, str]
    http: httpx.Client
    person: httpx.Client

    def control(self, name: str, **body: Any) -> Any:
        answer = self.http.post(f"/__sim__/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def counters(self) -> Any:
        return self.http.get("/__sim__/counters").json()

    def query(self, text: str, resource: str = "query") -> Any:
        answer = self.http.get(f"{ROOT}/{resource}", params={"q": text})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, text: str, resource: str = "query") -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self.query(text, resource)["records"]
        return [{key: value for key, value in record.items() if key != "attributes"} for record in records]

    def read(self, name: str, id: str, *fields: str) -> dict[str, Any]:
        answer = self.http.get(f"{ROOT}/sobjects/{name}/{id}", params={"fields": ",".join(fields)})
        assert answer.status_code == 200, answer.text
        return {key: value for key, value in answer.json().items() if key in fields}

    def refused(self, text: str) -> Any:
        answer = self.http.get(f"{ROOT}/query", params={"q": text})
        assert answer.status_code == 400, answer.text
        return answer.json()[0]

    def create(self, name: str, **values: Any) -> str:
        answer = self.http.post(f"{ROOT}/sobjects/{name}", json=values)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def sdk(self) -> Any:
        session = requests.Session()
        session.mount("https://", ToLoopback(self.url))
        return Salesforce(
            instance_url="https://sim.my.salesforce.com", session_id=self.access["access_token"], session=session
        )


@contextmanager
def serving(simulator: SalesforceSimulator) -> Iterator[Sim]:
    app = simulator.app(lambda: datetime.now(UTC))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", date_header=False, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the simulator did not start"
        time.sleep(0.005)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    access = simulator.access(url)
    token, person = (
        {"Authorization": f"Bearer {access[name]}", "Content-Type": "application/json"}
        for name in ("access_token", "user_token")
    )
    with (
        httpx.Client(base_url=url, headers=token, trust_env=False) as http,
        httpx.Client(base_url=url, headers=person, trust_env=False) as other,
    ):
        yield Sim(url, access, http, other)
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive()


@pytest.fixture
def sim() -> Iterator[Sim]:
    with serving(SalesforceSimulator()) as running:
        yield running


@pytest.fixture(scope="module")
def shared() -> Iterator[Sim]:
    """One org for all tests of a module that leave nothing behind."""
    with serving(SalesforceSimulator()) as running:
        yield running


@pytest.fixture
def single_currency() -> Iterator[Sim]:
    with serving(SalesforceSimulator(multi_currency=False)) as running:
        yield running


@pytest.fixture
def bare() -> Iterator[Sim]:
    """An org that nobody has prepared: none of our custom fields."""
    with serving(SalesforceSimulator(custom_fields=False)) as running:
        yield running
