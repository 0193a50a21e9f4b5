"""All built-in transforms."""

from __future__ import annotations

from tieout.mapping.transforms.amounts import Money, Negate, Percent
from tieout.mapping.transforms.country import Country
from tieout.mapping.transforms.dates import AddDays, Date, DaysUntil
from tieout.mapping.transforms.lines import Lines
from tieout.mapping.transforms.lookup import Lookup
from tieout.mapping.transforms.rates import Convert, Rate
from tieout.mapping.transforms.spelling import CompanyName, Email, Phone, Postcode, VatNumber
from tieout.mapping.transforms.tax import Tax
from tieout.mapping.transforms.tax_number import TaxNumber
from tieout.mapping.transforms.texts import Join, MoneyText, Truncate
from tieout.transform import Transform


def built_in() -> list[Transform]:
    """Give one of each, in the order of the language's page."""
    return [
        Money(),
        Percent(),
        Negate(),
        Convert(),
        Rate(),
        Tax(),
        Lookup(),
        AddDays(),
        DaysUntil(),
        Date(),
        Truncate(),
        Join(),
        MoneyText(),
        Phone(),
        Lines(),
        Country(),
        Email(),
        CompanyName(),
        Postcode(),
        VatNumber(),
        TaxNumber(),
    ]
