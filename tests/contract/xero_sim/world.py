"""The simulator on loopback, and clients for it: raw httpx and the vendor's SDK."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tieout_xero.simulator import XeroSimulator


class Moving:
    """The machine's clock, but never twice the same millisecond, so that stamps order what a test does in turn."""

    def __init__(self) -> None:
        self._last = datetime.now(UTC)

    def __call__(self) -> datetime:
        self._last = max(datetime.now(UTC), self._last + timedelta(milliseconds=1))
        return self._last


class Stage:
    """An ASGI application whose play can be changed: one server for many fresh worlds."""

    def __init__(self) -> None:
        self.url = ""
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None, "nothing is played"
        await self.app(scope, receive, send)


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an ASGI application on a free port of the loopback; give its URL."""
    # the protocol is named so that asyncio switches Nagle off on what it accepts: 1 ms a call, not 44
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(app, log_level="error", lifespan="off", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        assert server.listening.wait(20), "the simulator does not listen"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@dataclass
class Xero:
    """A simulator that listens, with a client that holds its token."""

    simulator: XeroSimulator
    url: str
    http: httpx.Client

    def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **params: Any
    ) -> Any:
        """Call the accounting API and give the answer's JSON, numbers exact; fail on any other status than 200."""
        answer = self.raw(method, path, body, headers=headers, **params)
        assert answer.status_code == 200, answer.text
        return exact(answer.text)

    def raw(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **params: Any
    ) -> httpx.Response:
        content = None if body is None else json.dumps(body)
        json_type = {} if body is None else {"Content-Type": "application/json"}
        return self.http.request(
            method, f"/api.xro/2.0/{path}", content=content, params=params, headers={**json_type, **(headers or {})}
        )

    def order(self, name: str, **order: Any) -> Any:
        """Give an order to the simulator; fail if it refuses."""
        answer = self.http.post(f"/__sim__/{name}", json=order)
        assert answer.status_code == 200, answer.text
        return exact(answer.text)

    def consented(self, scope: str, **query: str) -> str:
        """Let a person consent and give the code."""
        asked = {
            "response_type": "code",
            "client_id": self.simulator.client_id,
            "redirect_uri": "http://localhost:9/done",
            "scope": scope,
            "state": "s1",
            **query,
        }
        answer = self.http.get("/identity/connect/authorize", params=asked)
        assert answer.status_code == 302, answer.text
        back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
        assert back["state"] == "s1"
        return back["code"]

    def token(self, **form: str) -> httpx.Response:
        """Ask for a token."""
        return httpx.post(f"{self.url}/connect/token", data=form)

    def fresh_token(self) -> str:
        """Authorise anew as a custom connection and give the access token."""
        access = self.simulator.access(self.url)
        basic = {"client_id": access["client_id"], "client_secret": access["client_secret"]}
        return str(self.token(grant_type="client_credentials", **basic).json()["access_token"])

    def counters(self) -> Any:
        return self.http.get("/__sim__/counters").json()

    def contact(self, name: str, **fields: Any) -> str:
        """Create a contact and give its id."""
        made = self.call("PUT", "Contacts", {"Name": name, **fields})["Contacts"][0]
        return str(made["ContactID"])

    def draft(self, contact: str, *lines: dict[str, Any], **fields: Any) -> Any:
        """Create an ACCREC invoice and give it."""
        items = list(lines) or [{"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}]
        body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": items, **fields}
        return self.call("PUT", "Invoices", body)["Invoices"][0]

    def approved(self, contact: str, *lines: dict[str, Any], **fields: Any) -> Any:
        return self.draft(contact, *lines, Status="AUTHORISED", DueDate="2026-12-31", Date="2026-11-01", **fields)

    def pay(self, invoice: str, amount: Any, **fields: Any) -> Any:
        body = {"Invoice": {"InvoiceID": invoice}, "Account": {"Code": "090"}, "Amount": amount, **fields}
        return self.call("PUT", "Payments", body)["Payments"][0]

    def credit_note(self, contact: str, *lines: dict[str, Any], **fields: Any) -> Any:
        """Create an ACCRECCREDIT credit note and give it."""
        items = list(lines) or [{"Description": "Returned", "Quantity": 1, "UnitAmount": 50, "AccountCode": "200"}]
        body = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": contact}, "LineItems": items, **fields}
        return self.call("PUT", "CreditNotes", body)["CreditNotes"][0]

    def allocate(self, credit: str, invoice: str, amount: Any, **fields: Any) -> Any:
        """Apply a credit note to an invoice."""
        body = {"Invoice": {"InvoiceID": invoice}, "Amount": amount, "Date": "2026-11-10", **fields}
        return self.call("PUT", f"CreditNotes/{credit}/Allocations", {"Allocations": [body]})["Allocations"][0]

    def credit(self, id: str, **params: Any) -> Any:
        return self.call("GET", f"CreditNotes/{id}", **params)["CreditNotes"][0]

    def quote(self, contact: str, *lines: dict[str, Any], **fields: Any) -> Any:
        """Create a quote and give it."""
        items = list(lines) or [{"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}]
        body = {"Contact": {"ContactID": contact}, "Date": "2026-11-02", "LineItems": items, **fields}
        return self.call("PUT", "Quotes", body)["Quotes"][0]

    def invoice(self, id: str, **params: Any) -> Any:
        return self.call("GET", f"Invoices/{id}", **params)["Invoices"][0]


@contextmanager
def playing(stage: Stage, simulator: XeroSimulator, clock: Callable[[], datetime] | None = None) -> Iterator[Xero]:
    """Give a fresh world on a stage that listens."""
    stage.app = simulator.app(clock or Moving())
    access = simulator.access(stage.url)
    headers = {
        "Authorization": f"Bearer {access['access_token']}",
        "xero-tenant-id": access["tenant_id"],
        "Accept": "application/json",
    }
    with httpx.Client(base_url=stage.url, headers=headers, timeout=30) as http:
        yield Xero(simulator, stage.url, http)


@contextmanager
def listening() -> Iterator[Stage]:
    """Give a stage that listens."""
    stage = Stage()
    with serving(stage) as stage.url:
        yield stage
