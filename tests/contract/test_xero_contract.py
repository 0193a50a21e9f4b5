from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx

from tieout.adapter import ObjectType, Record
from tieout.http.codec import encode
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret
from tieout.testing.contract import AdapterContract, DoesNotApply, Sample, SimulatorBench
from tieout_xero.adapter import XeroAdapter
from tieout_xero.settings import SCOPES
from tieout_xero.simulator import XeroSimulator

BACK = "http://localhost:9/done"
WHERE: Record = {
    "Phones": {"DEFAULT": {"PhoneCountryCode": "44", "PhoneAreaCode": "20", "PhoneNumber": "7946 0958"}},
    "Addresses": {"POBOX": {"AddressLine1": "1 Quay", "City": "København", "PostalCode": "1050", "Country": "Denmark"}},
}
CONTACTS = Sample(
    "Contact",
    new=lambda mark: {"Name": f"Café {mark}", "FirstName": "Zoë", "EmailAddress": "zoe@example.com", **WHERE},
    edit={"FirstName": "Anne-Marie", "TaxNumber": "GB123456789"},
    other_edit={"LastName": "O'Brien"},
    refused=({"EmailAddress": "no address"}, {"Name": ""}),
)
ITEMS = Sample(
    "Item",
    new=lambda mark: {"Code": mark, "Name": f"Item {mark}", "SalesDetails": {"UnitPrice": Decimal("9.99")}},
    edit={"Name": "renamed", "Description": "with a description"},
    refused=({"Code": ""}, {"Name": "x" * 51}),
    digits={"SalesDetails": {"UnitPrice": Decimal("123456789.1234")}},
)
DAYS: Record = {"Date": date(2026, 11, 2), "DueDate": date(2026, 12, 2)}
LINE: Record = {
    "Description": "Work",
    "Quantity": Decimal("1.5"),
    "UnitAmount": Decimal("10.25"),
    "AccountCode": "200",
}


class XeroBench(SimulatorBench):
    def simulator(self) -> XeroSimulator:
        return XeroSimulator()

    def start(self) -> None:
        super().start()
        self.person = httpx.Client(base_url=self.url, trust_env=False)
        self.customer = str(self.control("edit", object="Contact", fields={"Name": "Acme"})["ContactID"])
        lines = [{**LINE, "UnitAmount": Decimal(100000)}]
        bill: Record = {"Type": "ACCREC", "Contact": {"ContactID": self.customer}, **DAYS, "LineItems": lines}
        self.owed = str(self.control("edit", object="Invoice", fields=bill)["InvoiceID"])
        self.control("approve", invoice=self.owed)
        self.bank = str(self.control("pay", invoice=self.owed, amount="1")["Account"]["AccountID"])

    def stop(self) -> None:
        self.person.close()
        super().stop()

    def options(self) -> Record:
        calls = Decimal(5000)  # as many as the simulator allows: six objects are asked more than a starter's thousand
        return {"url": self.url, "grant": "custom_connection", "page_size": Decimal(10), "calls_per_day": calls}

    def credentials(self) -> Mapping[str, str]:
        access = self.served.access(self.url)
        return {name: access[name] for name in ("client_id", "client_secret")}

    def samples(self) -> Sequence[Sample]:
        return [CONTACTS, ITEMS, self.invoices(), self.payments(), self.credit_notes(), self.quotes()]

    def payments(self) -> Sample:
        """A payment is made and deleted, never changed."""
        given: Record = {"Invoice": {"InvoiceID": self.owed}, "Account": {"AccountID": self.bank}}
        return Sample(
            "Payment",
            new=lambda _: {**given, "Date": date(2026, 11, 5), "Amount": Decimal("1.25")},
            edit={},
            refused=({"Amount": Decimal(99999999)}, {"Amount": Decimal(0)}),
        )

    def invoices(self) -> Sample:
        given: Record = {"Type": "ACCREC", "Contact": {"ContactID": self.customer}, **DAYS, "LineItems": [LINE]}
        odd: Record = {**LINE, "Quantity": Decimal("1.2345"), "UnitAmount": Decimal("1234567.8912")}
        return Sample(
            "Invoice",
            new=lambda mark: {**given, "Reference": f"order {mark}"},
            edit={"Reference": "another reference"},
            other_edit={"Date": date(2026, 11, 3)},
            refused=({"LineItems": [{**LINE, "AccountCode": "nope"}]}, {"CurrencyCode": "JPY"}, {"LineItems": []}),
            digits={"LineItems": [odd]},
        )

    def credit_notes(self) -> Sample:
        given: Record = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": self.customer}, "LineItems": [LINE]}
        odd: Record = {**LINE, "Quantity": Decimal("1.2345"), "UnitAmount": Decimal("1234567.8912")}
        return Sample(
            "CreditNote",
            new=lambda mark: {**given, "Date": date(2026, 11, 2), "CreditNoteNumber": f"CN {mark}"},
            edit={"DueDate": date(2026, 12, 2)},
            other_edit={"Date": date(2026, 11, 3)},
            refused=({"LineItems": [{**LINE, "AccountCode": "nope"}]}, {"CurrencyCode": "JPY"}, {"LineItems": []}),
            digits={"LineItems": [odd]},
        )

    def quotes(self) -> Sample:
        given: Record = {"Contact": {"ContactID": self.customer}, "Date": date(2026, 11, 2), "LineItems": [LINE]}
        odd: Record = {**LINE, "Quantity": Decimal("1.2345"), "UnitAmount": Decimal("1234567.8912")}
        return Sample(
            "Quote",
            new=lambda mark: {**given, "Title": f"Offer {mark}", "ExpiryDate": date(2026, 12, 2)},
            edit={"Title": "another title", "Summary": "told"},
            other_edit={"Terms": "net"},
            refused=({"LineItems": [{**LINE, "AccountCode": "nope"}]}, {"Title": "x" * 101}, {"LineItems": []}),
            digits={"LineItems": [odd]},
        )

    # --- another user ---

    def control(self, order: str, **given: Any) -> Any:
        answer = self.person.post(f"/__sim__/{order}", content=encode(given))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def edit(self, type: ObjectType, id: str, values: Record) -> None:
        if type.name == "Payment":
            raise DoesNotApply("Xero has no way to change a payment")
        self.control("edit", object=type.name, id=id, fields=values)

    def remove(self, type: ObjectType, id: str) -> None:
        if type.name == "Contact":
            raise DoesNotApply("Xero archives contacts, it does not delete them")
        self.control("delete", object=type.name, id=id)

    def archive(self, type: ObjectType, id: str) -> None:
        if type.name in {"Item", "Payment", "Quote"}:
            raise DoesNotApply(f"Xero deletes a {type.name}, it does not archive it")
        if type.name == "Invoice":
            self.control("approve", invoice=id)
            self.control("delete", object="Invoice", id=id)  # of an approved one that is to void it
        elif type.name == "CreditNote":
            self.control("approve", credit_note=id)
            self.control("delete", object="CreditNote", id=id)
        else:
            self.control("archive", object=type.name, id=id)

    def lock(self, type: ObjectType, id: str) -> None:
        if type.name == "Item":
            raise DoesNotApply("nothing locks an item")
        if type.name == "Quote":
            self.control("edit", object="Quote", id=id, fields={"Status": "SENT"})
            return
        self.archive(type, id)

    def approve(self, type: ObjectType, id: str) -> None:
        self.control("approve", **{type.name.lower(): id})

    def merge(self, type: ObjectType, loser: str, winner: str) -> None:
        if type.name != "Contact":
            raise DoesNotApply(f"a {type.name} cannot be merged")
        self.control("merge", winner=winner, loser=loser)

    def late(self, type: ObjectType, id: str, values: Record, ago: timedelta) -> None:
        if type.name == "Payment":
            raise DoesNotApply("Xero has no way to change a payment")
        self.control("late", object=type.name, id=id, fields=values, stamp=self.now() - ago)

    def stamp(self, type: ObjectType, ids: Sequence[str]) -> None:
        self.control("touch", object=type.name, ids=ids)

    def count(self, type: ObjectType, key: str) -> int:
        marks = self.person.get("/__sim__/counters").json()["markers"].get(type.name, {})
        ours = [made for mark, made in marks.items() if mark == key or mark.endswith(f"#{quote(key)}")]
        return sum(made.get("created", 0) for made in ours)

    def revoke(self) -> None:
        self.control("tokens/revoke")


class TestXero(AdapterContract):
    adapter = XeroAdapter()
    bench = XeroBench
    level = 3


class GrantedBench(XeroBench):
    """The code flow: a person has granted access, tokens rotate, calls name the organisation."""

    def start(self) -> None:
        super().start()
        access = self.served.access(self.url)
        asked = {"client_id": access["client_id"], "redirect_uri": BACK, "scope": f"offline_access {SCOPES}"}
        page = self.person.get("/identity/connect/authorize", params={**asked, "response_type": "code"})
        code = dict(parse_qsl(urlsplit(page.headers["location"]).query))["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **self.credentials()}
        given = self.person.post("/connect/token", data=form).json()
        self.token = StoredToken(Secret(given["access_token"]), Secret(given["refresh_token"]))

    def options(self) -> Record:
        return {"url": self.url, "grant": "pkce", "page_size": Decimal(10)}

    def organisation(self) -> str:
        return str(self.served.access(self.url)["tenant_id"])

    def granted(self) -> StoredToken:
        return self.token

    def samples(self) -> Sequence[Sample]:
        return [CONTACTS]

    def revoke(self) -> None:
        raise DoesNotApply("what ends the tokens of a grant ends the grant")


class TestXeroGranted(AdapterContract):
    adapter = XeroAdapter()
    bench = GrantedBench
    level = 3
