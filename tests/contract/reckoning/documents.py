"""Random sales documents, as a client would send them; numbers are text, so that nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

DECIMALS = {"JPY": 0, "KRW": 0, "GBP": 2, "EUR": 2, "USD": 2, "NZD": 2, "KWD": 3, "TND": 3}
"""Eight currencies of all kinds: decimals by ISO 4217."""
MOST_LINES = 12


@dataclass(frozen=True)
class Regime:
    """An organisation under one tax law, and what is added to what it has: rates of its own, accounts, items."""

    country: str
    base: str
    standard: str
    others: tuple[str, ...]
    """Tax types of sales beside the standard one."""
    report: str | None = None
    """What a rate of its own reports as, where one must say so."""


REGIMES = (
    Regime(
        "GB",
        "GBP",
        "OUTPUT2",
        ("RROUTPUT", "ZERORATEDOUTPUT", "EXEMPTOUTPUT", "DRCHARGESUPPLY20", "NONE"),
        report="OUTPUT",
    ),
    Regime("NZ", "NZD", "OUTPUT2", ("ZERORATED", "NONE"), report="OUTPUT"),
    Regime("AU", "AUD", "OUTPUT", ("EXEMPTOUTPUT", "EXEMPTEXPORT", "INPUTTAXED", "BASEXCLUDED"), report="OUTPUT"),
    Regime("ZA", "ZAR", "OUTPUT3", ("EXEMPTOUTPUT", "NONE")),
    Regime("SG", "SGD", "OUTPUTY24", ("OUTPUTY23", "ZERORATEDOUTPUT", "NONE")),
    Regime("IE", "EUR", "OUTPUT", ("NONE",)),
)
OWN_RATES = (
    (("State", "6", False), ("City", "4", True)),
    (("GST", "5", False), ("PST", "9.5", True)),
    (("Levy", "2.5", False), ("Fund", "0.125", False)),
)
"""Components of rates that an organisation made: 10.24, 14.975 and 2.625 percent."""
OWN_TYPES = ("TAX001", "TAX002", "TAX003")
ACCOUNTS = ("200", "210", "260", "270", "S1", "S2", "S3")
ITEMS = ("PLAIN", "PRICED", "BOOKED", "TAXED", "FULL")


def document(random: Random, regime: Regime, contact: str) -> dict[str, Any]:
    """Draw one invoice of two to twelve lines."""
    currency = random.choice([None, regime.base, *DECIMALS])
    types = [regime.standard, regime.standard, *regime.others, *OWN_TYPES]
    count = random.randint(2, MOST_LINES)
    sent: dict[str, Any] = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact},
        "Date": f"2026-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}",
        "LineItems": [
            _line(random, types, currency, foreign=currency not in {None, regime.base}) for _ in range(count)
        ],
    }
    how = random.choice([None, "Exclusive", "Exclusive", "Inclusive", "Inclusive", "Inclusive", "NoTax"])
    return {**sent, **({"LineAmountTypes": how} if how else {}), **({"CurrencyCode": currency} if currency else {})}


def _line(random: Random, types: Sequence[str], currency: str | None, *, foreign: bool) -> dict[str, Any]:
    line: dict[str, Any] = {"Description": "Work"}
    if random.random() < 0.03:
        return line
    item = random.choice(ITEMS) if random.random() < 0.3 else None
    if item is not None:
        line["ItemCode"] = item
    if item is None or random.random() < 0.5:
        line["AccountCode"] = random.choice(ACCOUNTS)
    if random.random() < 0.6:
        line["TaxType"] = random.choice(types)
    line["Quantity"] = _number(random, random.choice([1, 1, 10, 100, 1000]), random.choice([0, 0, 1, 2, 3, 4]))
    if item not in {"PRICED", "FULL"} or foreign or random.random() < 0.7:
        decimals = DECIMALS.get(currency or "", 2)
        line["UnitAmount"] = _price(random, random.choice([decimals, decimals, decimals, 4, 5]))
    if random.random() < 0.35:
        line["DiscountRate"] = random.choice(["0", "5", "10", "33.3333", "100", _number(random, 99, 4)])
    return line


def _number(random: Random, most: int, places: int) -> str:
    whole = random.randint(0, most)
    return f"{whole}.{random.randint(0, 10**places - 1):0{places}d}" if places else str(whole)


def _price(random: Random, places: int) -> str:
    """Draw a price; many end in a half of the last place kept, and some are negative (a reduction)."""
    most = random.choice([10, 1000, 100_000])
    text = _number(random, most, places)
    if places and random.random() < 0.3:
        text = text[:-1] + "5"
    return f"-{text}" if random.random() < 0.08 else text
