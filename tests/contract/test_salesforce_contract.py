from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx

from tieout.adapter import ObjectType, Record
from tieout.http.codec import encode
from tieout.testing.checks_faults import FaultChecks
from tieout.testing.checks_level3 import ControlledChecks
from tieout.testing.checks_reading import ReadingChecks
from tieout.testing.checks_writing import WritingChecks
from tieout.testing.contract import AdapterContract, DoesNotApply, Sample, SimulatorBench
from tieout.testing.faults import Refusal
from tieout_salesforce.adapter import SalesforceAdapter
from tieout_salesforce.simulator import SalesforceSimulator

ACCOUNTS = Sample(
    "Account",
    new=lambda mark: {"Name": f"Café {mark} & Co", "Phone": "+44 20 7946 0958", "BillingCity": "Århus"},
    edit={"Phone": "+44 113 496 0000", "BillingCity": "Leeds"},
    other_edit={"Website": "https://example.com"},
    refused=({"Name": None}, {"Name": "x" * 256}, {"ParentId": "001000000000999AAA"}),
    digits={"AnnualRevenue": Decimal(123456789012345678)},
)
LOCK_DEAD = b'[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'


class SalesforceBench(SimulatorBench):
    refusal = Refusal(body=LOCK_DEAD)

    def simulator(self) -> SalesforceSimulator:
        return SalesforceSimulator()

    def start(self) -> None:
        super().start()
        access = self.served.access(self.url)
        person = {"Authorization": f"Bearer {access['user_token']}", "Content-Type": "application/json"}
        self.person = httpx.Client(base_url=self.url, headers=person, trust_env=False)
        self.company = str(self.control("edit", object="Account", fields={"Name": "Acme"})["id"])

    def stop(self) -> None:
        self.person.close()
        super().stop()

    def options(self) -> Record:
        return {"url": self.url}

    def credentials(self) -> Mapping[str, str]:
        access = self.served.access(self.url)
        return {name: access[name] for name in ("client_id", "client_secret")}

    def samples(self) -> Sequence[Sample]:
        return [ACCOUNTS, self.people(), self.deals()]

    def people(self) -> Sample:
        given: Record = {"AccountId": self.company, "Birthdate": date(1990, 2, 28)}
        return Sample(
            "Contact",
            new=lambda mark: {"LastName": f"O'Neill {mark}", "Email": f"{mark}@example.com", **given},
            edit={"FirstName": 'Ann "Q" \\ %', "Birthdate": None},
            other_edit={"Title": "Dr"},
            refused=({"LastName": None}, {"Email": "nobody"}),
        )

    def deals(self) -> Sample:
        given: Record = {"AccountId": self.company, "StageName": "Prospecting", "CloseDate": date(2026, 11, 30)}
        return Sample(
            "Opportunity",
            new=lambda mark: {"Name": f"Deal {mark}", **given},
            edit={"NextStep": "send the offer", "CloseDate": date(2026, 12, 24)},
            other_edit={"LeadSource": "Web"},
            refused=({"StageName": None}, {"AccountId": "001000000000999AAA"}),
            digits={"Amount": Decimal("1234567890123456.78")},
        )

    # --- another user ---

    def control(self, order: str, **given: Any) -> Any:
        answer = self.person.post(f"/__sim__/{order}", content=encode(given))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def edit(self, type: ObjectType, id: str, values: Record) -> None:
        self.control("edit", object=type.name, id=id, fields=values)

    def remove(self, type: ObjectType, id: str) -> None:
        self.control("delete", object=type.name, id=id)

    def archive(self, type: ObjectType, id: str) -> None:
        raise DoesNotApply("Salesforce knows no archive; its recycle bin is Gone")

    def lock(self, type: ObjectType, id: str) -> None:
        self.control("lock", object=type.name, id=id)

    def merge(self, type: ObjectType, loser: str, winner: str) -> None:
        if type.name == "Opportunity":
            raise DoesNotApply(f"records of {type.name} cannot be merged")
        self.control("merge", object=type.name, winner=winner, loser=loser)

    def late(self, type: ObjectType, id: str, values: Record, ago: timedelta) -> None:
        self.control("late", object=type.name, id=id, fields=values, modstamp=self.now() - ago)

    def stamp(self, type: ObjectType, ids: Sequence[str]) -> None:
        self.control("touch", object=type.name, ids=ids)

    def count(self, type: ObjectType, key: str) -> int:
        counters = self.person.get("/__sim__/counters").json()
        return int(counters["by_key"].get(key, {}).get("created", 0))

    def revoke(self) -> None:
        self.control("revoke")


class TestSalesforce(AdapterContract):
    adapter = SalesforceAdapter()
    bench = SalesforceBench
    level = 3


class ManyPages(SalesforceBench):
    """More records than fit one answer, which is 2,000 in Salesforce."""

    many = 2050

    def samples(self) -> Sequence[Sample]:
        return [ACCOUNTS]


class TestManyPages(ControlledChecks):
    adapter = SalesforceAdapter()
    bench = ManyPages
    level = 3


class BareBench(SalesforceBench):
    """An org of one currency that nobody has prepared: nothing keeps our key, so a lost create is a question."""

    def simulator(self) -> SalesforceSimulator:
        return SalesforceSimulator(custom_fields=False, multi_currency=False)

    def options(self) -> Record:
        return {"url": self.url, "currency": "GBP"}

    def samples(self) -> Sequence[Sample]:
        return [self.deals()]


class TestBareSalesforce(ReadingChecks, WritingChecks, FaultChecks):
    adapter = SalesforceAdapter()
    bench = BareBench
    level = 1
