"""What a fresh org holds: itself, two users, the standard price book, stages and currencies; no customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.standard_sales import FORECAST_OF_NAME, STAGES


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of the org; `rate`: units of it for one of the corporate currency (section 2.13)."""

    code: str
    rate: Decimal
    places: int = 2


CURRENCIES = (
    Currency("GBP", Decimal(1)),
    Currency("EUR", Decimal("1.17")),
    Currency("USD", Decimal("1.27")),
    Currency("CAD", Decimal("1.72")),
    Currency("BRL", Decimal("6.45")),
    Currency("MXN", Decimal("21.6")),
    Currency("ARS", Decimal(1150)),
    Currency("VES", Decimal("46.2")),
    Currency("CHF", Decimal("1.13")),
    Currency("DKK", Decimal("8.73")),
    Currency("NOK", Decimal("13.6")),
    Currency("SEK", Decimal("13.4")),
    Currency("PLN", Decimal("5.05")),
)
"""The first is the corporate currency. The rates are invented, and change only by hand."""
PLACES = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "ISK": 0, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3, "TND": 3}
"""Decimals of the currencies that do not have two (ISO 4217)."""
EVER_SINCE = "2000-01-01"
"""From when the rates hold that an org has when dated rates are switched on."""


def _row(org: Org, name: str, values: dict[str, Any], id: str | None = None) -> str:
    now = org.stamp()
    stamps = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    users = {"CreatedById": org.human_user, "LastModifiedById": org.human_user}
    row = {"Id": id or org.new_id(name), **stamps, **users, **values}
    org.put(name, row)
    return str(row["Id"])


def _users(org: Org) -> None:
    people = (
        (org.integration_user, "Tieout", "Integration", "tieout"),
        (org.human_user, "Harriet", "Human", "harriet"),
    )
    for expected, first, last, login in people:
        values = {
            "Username": f"{login}@example.com",
            "FirstName": first,
            "LastName": last,
            "Name": f"{first} {last}",
            "Email": f"{login}@example.com",
            "Alias": login,
            "IsActive": True,
            "UserType": "Standard",
            "TimeZoneSidKey": "Europe/London",
        }
        _row(org, "User", values, expected)


def _organisation(org: Org) -> None:
    values = {
        "Name": "Tieout Sandbox Ltd",
        "Country": "United Kingdom",
        "InstanceName": "SIM1",
        "IsSandbox": True,
        "IsReadOnly": False,
        "OrganizationType": "Developer Edition",
        "LanguageLocaleKey": "en_US",
        "DefaultLocaleSidKey": "en_GB",
        "TimeZoneSidKey": "Europe/London",
        "FiscalYearStartMonth": 1,
    }
    _row(org, "Organization", values, org.id)


def _stages(org: Org) -> None:
    names = {category: name for name, category in FORECAST_OF_NAME.items()}
    for order, stage in enumerate(STAGES, start=1):
        values = {
            "MasterLabel": stage.name,
            "ApiName": stage.name,
            "IsActive": True,
            "SortOrder": order,
            "IsClosed": stage.closed,
            "IsWon": stage.won,
            "ForecastCategory": stage.forecast,
            "ForecastCategoryName": names[stage.forecast],
            "DefaultProbability": Decimal(stage.probability),
        }
        _row(org, "OpportunityStage", values)


def seed(org: Org, currencies: Sequence[Currency]) -> None:
    """Fill a fresh org."""
    _organisation(org)
    _users(org)
    _stages(org)
    book = {"Name": "Standard Price Book", "IsActive": True, "IsStandard": True, "IsDeleted": False}
    _row(org, "Pricebook2", book)
    for at, currency in enumerate(currencies if org.settings.multi_currency else ()):
        values = {
            "IsoCode": currency.code,
            "ConversionRate": currency.rate,
            "DecimalPlaces": currency.places,
            "IsActive": True,
            "IsCorporate": at == 0,
        }
        _row(org, "CurrencyType", values)
        if at and org.settings.dated_rates:
            dated = {"IsoCode": currency.code, "ConversionRate": currency.rate, "StartDate": EVER_SINCE}
            _row(org, "DatedConversionRate", dated)
