"""The organisation, its users and its currencies (fact sheet, sections 2.13 and 4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tieout_salesforce.simulator.schema import (
    Object,
    choice,
    flag,
    keyed,
    number,
    read_only,
    simple,
    system_fields,
    text,
    whole,
)

ORGANIZATION = Object(
    "Organization",
    "00D",
    "Organizations",
    keyed(
        *system_fields(deletable=False),
        text("Name", 80, nillable=False, name_field=True, creatable=False),
        text("Country", 80, creatable=False),
        read_only(text("InstanceName", 5)),
        read_only(flag("IsSandbox")),
        read_only(flag("IsReadOnly")),
        read_only(choice("OrganizationType", "Developer Edition|Enterprise Edition|Unlimited Edition", 40)),
        read_only(text("NamespacePrefix", 15)),
        read_only(simple("TrialExpirationDate", "datetime")),
        choice("LanguageLocaleKey", "en_US|en_GB", 40, creatable=False),
        choice("DefaultLocaleSidKey", "en_US|en_GB", 40, creatable=False),
        choice("TimeZoneSidKey", "Europe/London|GMT", 40, creatable=False),
        read_only(whole("FiscalYearStartMonth", 9)),
    ),
    creatable=False,
    deletable=False,
)

USER = Object(
    "User",
    "005",
    "Users",
    keyed(
        *system_fields(deletable=False),
        text("Username", 80, nillable=False),
        text("LastName", 80, nillable=False),
        text("FirstName", 40),
        read_only(text("Name", 121, label="Full Name", nillable=False, name_field=True)),
        simple("Email", "email", 128, nillable=False),
        text("Alias", 8, nillable=False),
        flag("IsActive"),
        choice("UserType", "Standard|Guest", 40, creatable=False, updatable=False),
        choice("TimeZoneSidKey", "Europe/London|GMT", 40),
    ),
    creatable=False,
    updatable=False,
    deletable=False,
)

_FIXED: dict[str, Any] = {"creatable": False, "updatable": False, "sortable": False}

CURRENCY_TYPE = Object(
    "CurrencyType",
    "01L",
    "Currency Types",
    keyed(
        *system_fields(deletable=False),
        text("IsoCode", 3, label="Currency ISO Code", nillable=False, name_field=True, updatable=False),
        number("ConversionRate", 18, 6, nillable=False),
        whole("DecimalPlaces", 1, nillable=False),
        flag("IsActive"),
        read_only(flag("IsCorporate")),
    ),
    label="Currency Type",
    deletable=False,
    replicateable=False,
)
"""Absent from an org with one currency (section 2.13)."""

DATED_RATE = Object(
    "DatedConversionRate",
    "04w",
    "Dated Conversion Rates",
    keyed(
        *system_fields(deletable=False),
        replace(choice("IsoCode", "", 40, label="Currency Code", restricted=True, nillable=False), **_FIXED),
        replace(simple("StartDate", "date", label="Date", nillable=False), **_FIXED),
        replace(
            number("ConversionRate", 18, 6, label="Exchange Rate", nillable=False), creatable=False, sortable=False
        ),
        replace(simple("NextStartDate", "date"), **_FIXED),
    ),
    label="DatedConversion Rate",
    creatable=False,
)
"""Only with advanced currency management (section 2.13). By the object reference the API reads, updates and deletes
these rows, and only their rate; that people make them is `/__sim__/dated_rate`. The prefix 04w is not confirmed."""
