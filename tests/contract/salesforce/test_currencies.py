"""Currencies and their rates through the port, and amounts that binary floats cannot hold, from wire to wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.salesforce.world import World, fetched, query, read, record, running, write
from tieout.adapter import Applied, Batch, Connection, Deletions, Gone, Kind, Operation, Present, Verb
from tieout.errors import UnknownObject
from tieout_salesforce.simulator import SalesforceSimulator

RATES = {"GBP": "1", "EUR": "1.170001", "JPY": "190", "KWD": "0.39"}
RATE = ("IsoCode", "ConversionRate", "StartDate", "NextStartDate")
STATIC = ("IsoCode", "ConversionRate", "DecimalPlaces", "IsActive", "IsCorporate")


@pytest.fixture
def dated() -> Iterator[World]:
    """An org with advanced currency management."""
    with running(SalesforceSimulator(currencies=RATES, dated_rates=True)) as found:
        yield found


def present(crm: Connection, name: str, *paths: str) -> list[Any]:
    found = [one for page in read(crm, name, *paths) for one in page.observations]
    assert all(isinstance(one, Present) for one in found)
    return [one.record for one in found if isinstance(one, Present)]


# --- Rates as ordinary objects ----------------------------------------------------------------------------------------


def test_static_rates_are_read_like_any_object(dated: World) -> None:
    crm = dated.open()
    type = crm.describe("CurrencyType")
    assert (type.fields["ConversionRate"].kind, type.fields["ConversionRate"].scale) == (Kind.NUMBER, 6)
    assert {verb for verb in type.verbs if verb is not Verb.NOTE} == {Verb.CREATE, Verb.UPDATE}
    assert not type.partial  # an update that leaves something out switches the currency off
    rows = {row["IsoCode"]: row for row in present(crm, "CurrencyType", *STATIC)}
    assert {code: row["ConversionRate"] for code, row in rows.items()} == {
        code: Decimal(rate) for code, rate in RATES.items()
    }
    assert {code: int(row["DecimalPlaces"]) for code, row in rows.items()} == {"GBP": 2, "EUR": 2, "JPY": 0, "KWD": 3}
    assert [code for code, row in rows.items() if row["IsCorporate"]] == ["GBP"]


def test_dated_rates_are_read_like_any_object(dated: World) -> None:
    id = dated.control("dated_rate", currency="EUR", start="2026-02-01", rate=1.16)["id"]
    crm = dated.open()
    type = crm.describe("DatedConversionRate")
    assert [(type.fields[name].kind, type.fields[name].tracked) for name in ("StartDate", "NextStartDate")] == [
        (Kind.DATE, True),
        (Kind.DATE, False),
    ]
    assert not any(type.fields[name].updatable for name in ("IsoCode", "StartDate", "NextStartDate"))
    assert type.deletions is Deletions.ABSENCE
    rows = [row for row in present(crm, "DatedConversionRate", *RATE) if row["IsoCode"] == "EUR"]
    assert [tuple(row[name] for name in RATE[1:]) for row in sorted(rows, key=lambda row: row["StartDate"])] == [
        (Decimal("1.170001"), date(2000, 1, 1), date(2026, 2, 1)),
        (Decimal("1.16"), date(2026, 2, 1), None),
    ]
    assert record(fetched(crm, "DatedConversionRate", id, *RATE))["ConversionRate"] == Decimal("1.16")
    (done,) = write(crm, "DatedConversionRate", Verb.UPDATE, Operation("r.1", id, {"ConversionRate": Decimal("1.15")}))
    assert isinstance(done, Applied)
    (gone,) = write(crm, "DatedConversionRate", Verb.DELETE, Operation("r.2", id))
    assert isinstance(gone, Applied)
    assert len(present(crm, "DatedConversionRate", *RATE)) == 3
    assert not isinstance(fetched(crm, "DatedConversionRate", id, *RATE), Present | Gone)


def test_orgs_without_them_have_neither(world: World, single: World) -> None:
    assert "CurrencyType" in world.open().objects()
    for org, name in ((world, "DatedConversionRate"), (single, "CurrencyType"), (single, "DatedConversionRate")):
        with pytest.raises(UnknownObject):
            org.open().describe(name)


def test_a_first_read_of_rates_is_complete_and_a_second_sees_what_is_new(dated: World) -> None:
    crm = dated.open()
    first = list(crm.changes(query(crm, "DatedConversionRate", *RATE)))
    assert first[-1].complete
    dated.control("dated_rate", currency="JPY", start="2026-02-01", rate=191)
    later = [one for page in read(crm, "DatedConversionRate", *RATE) for one in page.observations]
    assert len(later) == 4


# --- Amounts ----------------------------------------------------------------------------------------------------------


class Overheard(SalesforceSimulator):
    """A simulator whose requests and answers are heard on the wire."""

    def __init__(self) -> None:
        super().__init__(currencies=RATES)
        self.bodies: list[bytes] = []

    def app(self, clock: Callable[[], datetime]) -> ASGIApp:
        inner = super().app(clock)

        async def heard(scope: Scope, receive: Receive, send: Send) -> None:
            async def receiving() -> Message:
                message = await receive()
                self.bodies.append(message.get("body", b""))
                return message

            async def sending(message: Message) -> None:
                self.bodies.append(message.get("body", b""))
                await send(message)

            await inner(scope, receiving, sending)

        return heard


CENTS = st.decimals("-9999999999.99", "9999999999.99", places=2)
FINE = st.decimals("0.0001", "99999999.9999", places=4)


def test_sx40_amounts_pass_from_wire_to_wire_exactly() -> None:
    heard = Overheard()
    with running(heard) as world:
        crm = world.open()
        id = world.deal("Deal", world.make("Account", Name="Ann"))
        crm.describe("Opportunity")

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(CENTS, FINE)
        @example(Decimal("0.1") + Decimal("0.2"), Decimal("0.0050"))
        @example(Decimal("9999999999.99"), Decimal("1.1000"))
        @example(Decimal("1.10"), Decimal("2.6750"))
        @example(Decimal("-0.01"), Decimal("0.0001"))
        def exact(amount: Decimal, quantity: Decimal) -> None:
            heard.bodies.clear()
            values = {"Amount": amount, "TotalOpportunityQuantity": quantity}
            paths = frozenset(values)
            made = Operation("o.1", id, values)
            (done,) = crm.write(
                Batch(crm.describe("Opportunity"), Verb.UPDATE, [made], paths, "b", datetime.now().astimezone())
            )
            assert isinstance(done, Applied), done
            sent = b"".join(heard.bodies).decode()
            assert f'"Amount":{amount:f}' in sent.replace(": ", ":")
            known = record(fetched(crm, "Opportunity", id, *values))
            assert known == values
            assert all(isinstance(value, Decimal) for value in known.values())

        exact()
