"""An organisation in the simulator, set up for reckoning: raw HTTP beside the adapter that the engine reads through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contract.reckoning.documents import OWN_RATES, OWN_TYPES, Regime
from contract.reckoning.reference import Books, books
from contract.xero.world import World, everything
from contract.xero_sim.world import Stage, Xero, playing
from tieout.model import Present
from tieout.money.chart import Chart, Row, chart
from tieout.money.profiles import PROFILES
from tieout_xero.simulator import XeroSimulator

CURRENCIES = ("GBP", "EUR", "USD", "NZD", "JPY", "KRW", "KWD", "TND")


@dataclass(frozen=True)
class Organisation:
    """One organisation: what the engine knows of it, and what the third reckoning knows."""

    regime: Regime
    xero: Xero
    contact: str
    chart: Chart
    books: Books

    def post(self, documents: Sequence[Any], unitdp: int | None, plural: str = "Invoices") -> list[Any]:
        """Post documents in one request and give the answers, numbers exact; fail where one is not taken."""
        params: dict[str, Any] = {"summarizeErrors": "false", **({"unitdp": str(unitdp)} if unitdp else {})}
        answers: list[Any] = self.xero.call("PUT", plural, {plural: list(documents)}, **params)[plural]
        refused = [one["ValidationErrors"] for one in answers if one["StatusAttributeString"] == "ERROR"]
        assert not refused, refused[:3]
        return answers


@contextmanager
def organisation(stage: Stage, regime: Regime) -> Iterator[Organisation]:
    """Give an organisation of a regime, with rates, accounts and items of its own."""
    simulator = XeroSimulator(country=regime.country, base_currency=regime.base, currencies=CURRENCIES)
    with playing(stage, simulator) as xero:
        xero.order("limits", off=True)
        _furnish(xero, regime)
        contact = xero.contact("Bon app")
        yield Organisation(regime, xero, contact, _chart(simulator, xero.url), _books(xero))


def _furnish(xero: Xero, regime: Regime) -> None:
    for place, parts in enumerate(OWN_RATES, 1):
        components = [{"Name": name, "Rate": rate, "IsCompound": compound} for name, rate, compound in parts]
        report = {"ReportTaxType": regime.report} if regime.report else {}
        xero.call("PUT", "TaxRates", {"Name": f"Own {place}", "TaxComponents": components, **report})
    for code, tax in (("S1", regime.others[0]), ("S2", OWN_TYPES[0]), ("S3", regime.standard)):
        xero.call("PUT", "Accounts", {"Code": code, "Name": f"Sales {code}", "Type": "SALES", "TaxType": tax})
    details: tuple[tuple[str, dict[str, str]], ...] = (
        ("PLAIN", {}),
        ("PRICED", {"UnitPrice": "12.3456", "AccountCode": "S3"}),
        ("BOOKED", {"AccountCode": "S2"}),
        ("TAXED", {"AccountCode": "200", "TaxType": regime.others[-1]}),
        ("FULL", {"UnitPrice": "99.995", "AccountCode": "S1", "TaxType": OWN_TYPES[1]}),
    )
    items = [{"Code": code, "Name": code, "SalesDetails": details_} for code, details_ in details]
    xero.call("PUT", "Items", {"Items": items}, unitdp="4")


def _chart(simulator: XeroSimulator, url: str) -> Chart:
    """Read what the engine reads, through the adapter."""
    world = World(simulator, url)
    columns = PROFILES["xero"].columns
    connection = world.open()
    tables: dict[str, list[Row]] = {}
    for name in (*columns.objects, columns.item):
        seen = (one for page in everything(connection, name) for one in page.observations)
        tables[name] = [one.record for one in seen if isinstance(one, Present)]
    world.close()
    return chart(tables, columns)


def _books(xero: Xero) -> Books:
    """Read what the third reckoning reads, past the adapter; numbers as text."""
    rows = {name: xero.call("GET", name, unitdp="4")[name] for name in ("TaxRates", "Accounts", "Items")}
    organisation_ = xero.call("GET", "Organisation")["Organisations"][0]
    return books(_texts(organisation_), *(_texts(rows[name]) for name in ("TaxRates", "Accounts", "Items")))


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return str(value) if isinstance(value, Decimal) else value
