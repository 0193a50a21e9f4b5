"""Currencies and their rates: static ones, dated ones, and conversion into the user's currency (section 2.13).

A rate is units of the currency for ONE unit of the corporate currency, with six decimals: corporate = amount / rate.
Dated rates exist only with advanced currency management; they count for opportunities and their lines, by CloseDate,
and everything else goes by the static rate. Their NextStartDate is exclusive, and changes with the row that follows
without a stamp of its own (the harder case for a reader). Whether the last row has none, as the object reference's
"nillable" allows, or a day far ahead is the setting `open_end`: not confirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.problems import refuse_row
from tieout_salesforce.simulator.table import Row

DATED = ("Opportunity", "OpportunityLineItem")
"""Objects that go by dated rates (section 2.13); history objects are not simulated."""
FAR_AHEAD = "9999-12-31"
_CODE_LENGTH = 3
_DIGITS = 60
_ONE = Decimal(1)


def corporate(org: Org) -> str | None:
    """Give the corporate currency; None in an org with one currency."""
    if not org.settings.multi_currency:
        return None
    return next(str(row["IsoCode"]) for row in org.tables["CurrencyType"].all() if row["IsCorporate"])


def currency(org: Org, row: Row, given: Row, old: Row | None) -> None:
    """Hold a currency to its rules; an update that does not say IsActive switches it off (section 2.13)."""
    if old is not None and "IsActive" not in given:
        row["IsActive"] = False
    row.setdefault("IsCorporate", False)
    code = str(row["IsoCode"])
    if len(code) != _CODE_LENGTH or not code.isalpha() or not code.isupper():
        raise refuse_row("INVALID_CURRENCY_ISO", f"invalid currency ISO code: {code}", "IsoCode")
    if any(one["IsoCode"] == code and one["Id"] != row["Id"] for one in org.tables["CurrencyType"].all()):
        raise refuse_row("DUPLICATE_VALUE", f"duplicate value found: IsoCode {code} exists", "IsoCode")
    _positive(row)
    if row["IsCorporate"] and (row["ConversionRate"] != 1 or not row["IsActive"]):
        message = "the corporate currency is active and has the conversion rate 1"
        raise refuse_row("FIELD_INTEGRITY_EXCEPTION", message, "ConversionRate")


def dated(org: Org, row: Row) -> None:
    """Hold a dated rate to its rules: one for each currency and day, none for the corporate currency."""
    known = {str(one["IsoCode"]) for one in org.tables["CurrencyType"].all()}
    if row["IsoCode"] not in known or row["IsoCode"] == corporate(org):
        raise refuse_row("INVALID_CURRENCY_ISO", f"invalid currency ISO code: {row['IsoCode']}", "IsoCode")
    _positive(row)
    for one in _rows(org, str(row["IsoCode"])):
        if one["StartDate"] == row["StartDate"] and one["Id"] != row["Id"]:
            raise refuse_row("DUPLICATE_VALUE", f"a rate of {row['IsoCode']} starts on {row['StartDate']}", "StartDate")


def next_start(org: Org, row: Row) -> str | None:
    """Give the day on which the next rate of the currency starts: this one holds until the day before."""
    later = [str(one["StartDate"]) for one in _rows(org, str(row["IsoCode"])) if one["StartDate"] > row["StartDate"]]
    return min(later, default=FAR_AHEAD if org.settings.open_end == "far" else None)


def rate(org: Org, code: str, day: str | None) -> Decimal | None:
    """Give the rate of a currency: the dated one of `day` where there is one, else the static one; None: unknown."""
    if code == corporate(org):
        return _ONE
    started = [one for one in _rows(org, code) if day is not None and one["StartDate"] <= day]
    if started:
        found: Decimal = max(started, key=lambda one: str(one["StartDate"]))["ConversionRate"]
        return found
    return next((one["ConversionRate"] for one in org.tables["CurrencyType"].all() if one["IsoCode"] == code), None)


def converted(org: Org, name: str, read: Callable[[Row], Any]) -> Callable[[Row], Any]:
    """Make the reader of an amount in the user's currency, which is the corporate one here.

    It has the decimals of that currency, half up; how Salesforce rounds is not confirmed.
    """
    places = {str(one["IsoCode"]): int(one["DecimalPlaces"]) for one in org.tables["CurrencyType"].all()}
    unit = _ONE.scaleb(-places[corporate(org) or ""])

    def reading(row: Row) -> Decimal | None:
        amount, code = read(row), row.get("CurrencyIsoCode")
        by = rate(org, str(code), _day(org, name, row)) if code else None
        if amount is None or by is None:
            return None
        with localcontext(prec=_DIGITS):
            return Decimal(amount / by).quantize(unit, ROUND_HALF_UP)

    return reading


def _day(org: Org, name: str, row: Row) -> str | None:
    if name not in DATED:
        return None
    parent = row if name == "Opportunity" else org.row("Opportunity", row.get("OpportunityId"))
    return date.fromisoformat(parent["CloseDate"]).isoformat() if parent else None


def _rows(org: Org, code: str) -> list[Row]:
    table = org.tables.get("DatedConversionRate")
    return [one for one in table.all() if one["IsoCode"] == code] if table else []


def _positive(row: Row) -> None:
    if row["ConversionRate"] <= 0:
        raise refuse_row("NUMBER_OUTSIDE_VALID_RANGE", "the conversion rate must be more than 0", "ConversionRate")
