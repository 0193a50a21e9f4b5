from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx

from tieout.adapter import ObjectType, Record
from tieout.http.codec import encode
from tieout.testing.checks_faults import FaultChecks
from tieout.testing.checks_level2 import UserChecks
from tieout.testing.checks_level3 import ControlledChecks
from tieout.testing.checks_reading import ReadingChecks
from tieout.testing.checks_writing import WritingChecks
from tieout.testing.contract import AdapterContract, DoesNotApply, Sample, SimulatorBench
from tieout.testing.faults import Refusal
from tieout_spotlercrm.adapter import SpotlerAdapter
from tieout_spotlercrm.simulator import SpotlerSimulator

DAY = 24 * 3600.0
UNAUTHENTICATED = b'{"type":"Unauthenticated","code":403,"message":"Unauthenticated"}'
ACCOUNTS = Sample(
    "accounts",
    new=lambda mark: {
        "name": f"Café {mark} & Co",
        "ledgercode": mark,
        "type": "Client",
        "addresspostcode/zip": "1050 K",
        "addresscounty/state": "Hovedstaden",
    },
    edit={"phone": "+44 113 496 0000", "addresscounty/state": "Fyn"},
    other_edit={"website": "https://example.com"},
    refused=({"type": "No such type"}, {"ownerid": True}),
)


class SpotlerBench(SimulatorBench):
    gap = 2 * DAY
    refusal = Refusal(status=403, headers=(), body=UNAUTHENTICATED)

    def simulator(self) -> SpotlerSimulator:
        return SpotlerSimulator()

    def start(self) -> None:
        super().start()
        self.person = httpx.Client(base_url=self.url, trust_env=False)
        self.company = str(self.control("edit", object="accounts", fields={"name": "Acme"})["id"])
        deal = {"name": "Big deal", "accountid": Decimal(self.company)}
        self.deal = str(self.control("edit", object="opportunities", fields=deal)["id"])

    def stop(self) -> None:
        self.person.close()
        super().stop()

    def options(self) -> Record:
        return {"url": self.url, "account": "acme", "currency": "GBP", "page_size": Decimal(10)}

    def credentials(self) -> Mapping[str, str]:
        return {"token": self.served.access(self.url)["access_token"]}

    def samples(self) -> Sequence[Sample]:
        return [ACCOUNTS, self.people(), self.deals()]

    def people(self) -> Sample:
        given: Record = {"accountid": self.company, "hold": False, "decisionmaker": True}
        return Sample(
            "contacts",
            new=lambda mark: {"last": f"O'Neill {mark}", "email": f"{mark}@example.com", **given},
            edit={"first": 'Ann "Q" \\ %', "hold": True, "decisionmaker": False},
            other_edit={"jobtitle": "Dr"},
            refused=({"accountid": "77"}, {"hold": None, "accountid": "1"}),
        )

    def deals(self) -> Sample:
        given: Record = {"accountid": self.company, "status": "Open", "closedate": date(2026, 11, 30)}
        return Sample(
            "opportunities",
            new=lambda mark: {"name": f"Deal {mark}", **given},
            edit={"nextstep": "send the offer", "closedate": date(2026, 12, 24)},
            other_edit={"source": "Web"},
            refused=({"status": "Nearly"}, {"accountid": "5"}),
            digits={"probability": Decimal("33.3333333333333333")},
        )

    # --- another user ---

    def control(self, order: str, **given: Any) -> Any:
        answer = self.person.post(f"/__sim__/{order}", content=encode(given))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def edit(self, type: ObjectType, id: str, values: Record) -> None:
        self.control("edit", object=type.name, id=id, fields=_spelt(values))

    def remove(self, type: ObjectType, id: str) -> None:
        self.control("delete", object=type.name, id=id)

    def archive(self, type: ObjectType, id: str) -> None:
        raise DoesNotApply("SpotlerCRM knows no archive")

    def lock(self, type: ObjectType, id: str) -> None:
        raise DoesNotApply("nothing is known that locks a record of SpotlerCRM")

    def merge(self, type: ObjectType, loser: str, winner: str) -> None:
        raise DoesNotApply("nothing is known of merges in SpotlerCRM")

    def late(self, type: ObjectType, id: str, values: Record, ago: timedelta) -> None:
        self.control("late", object=type.name, id=id, fields=_spelt(values), stamp=self.now() - ago)

    def stamp(self, type: ObjectType, ids: Sequence[str]) -> None:
        self.control("touch", object=type.name, ids=ids)

    def count(self, type: ObjectType, key: str) -> int:
        counters = self.control("counters")
        return int(counters["keys"].get(type.name, {}).get(key, 0))

    def revoke(self) -> None:
        raise DoesNotApply("nothing renews an access token of SpotlerCRM")


def _spelt(values: Record) -> dict[str, Any]:
    return {name: int(value) if isinstance(value, bool) else value for name, value in values.items()}


class TestSpotlerCRM(AdapterContract):
    adapter = SpotlerAdapter()
    bench = SpotlerBench
    level = 3


class BareBench(SpotlerBench):
    """An account that nobody has prepared, in another zone: no key, and the ledger code is called otherwise."""

    def simulator(self) -> SpotlerSimulator:
        return SpotlerSimulator(custom_fields=False, ledger_code="Account Code", zone="Pacific/Auckland")

    def options(self) -> Record:
        return {"url": self.url, "account": "acme", "timezone": "Pacific/Auckland", "page_size": Decimal(10)}

    def samples(self) -> Sequence[Sample]:
        return [ACCOUNTS, self.lines()]

    def lines(self) -> Sample:
        given: Record = {"opportunityid": self.deal, "quantity": Decimal("1.5")}
        return Sample(
            "opportunity_lines",
            new=lambda mark: {"product": f"Work {mark}", **given},
            edit={"quantity": Decimal(2)},
            other_edit={"unitprice": Decimal("3.1")},
            refused=({"opportunityid": "5"}, {"nosuchfield": "x"}),
            digits={"unitprice": Decimal("12345678901234.000789")},
        )


class TestBareSpotlerCRM(ReadingChecks, WritingChecks, FaultChecks, UserChecks):
    adapter = SpotlerAdapter()
    bench = BareBench
    level = 2


class UnorderedBench(SpotlerBench):
    """A server that does not sort as it is asked to (A4)."""

    def start(self) -> None:
        super().start()
        self.control("order", ignored=True)

    def samples(self) -> Sequence[Sample]:
        return [ACCOUNTS]


class TestUnorderedSpotlerCRM(ReadingChecks, UserChecks, ControlledChecks):
    adapter = SpotlerAdapter()
    bench = UnorderedBench
    level = 3


class WrongZoneBench(SpotlerBench):
    """An account whose zone nobody declared rightly: the overlap covers it (A4, A7)."""

    def simulator(self) -> SpotlerSimulator:
        return SpotlerSimulator(zone="America/Los_Angeles")

    def samples(self) -> Sequence[Sample]:
        return [ACCOUNTS]


class TestSpotlerCRMInTheWrongZone(UserChecks):
    adapter = SpotlerAdapter()
    bench = WrongZoneBench
    level = 2
