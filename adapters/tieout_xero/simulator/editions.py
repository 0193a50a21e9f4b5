"""What an organisation's country decides: Xero's edition with its tax rates, time zone and default tax types.

The same code means another rate in another edition: OUTPUT2 is 20 percent in the UK and 15 in New Zealand (facts 2.5).
Where the percent of a code is not in the facts, it is said beside the table. Components are one of the whole rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

ANY = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
SALES = ("Assets", "Equity", "Liabilities", "Revenue")
PURCHASES = ("Assets", "Equity", "Expenses", "Liabilities")
LIABILITIES = ("Liabilities",)
OWED_AND_EARNED = ("Liabilities", "Revenue")


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate: type, name, percent, report type ("" in editions without), the account classes that may use it."""

    type: str
    name: str
    percent: Decimal
    report: str
    applies: tuple[str, ...]
    status: str = "ACTIVE"


def _rate(type: str, name: str, percent: str, report: str, applies: tuple[str, ...], status: str = "ACTIVE") -> Rate:
    return Rate(type, name, Decimal(percent), report, applies, status)


UK = (
    _rate("OUTPUT2", "20% (VAT on Income)", "20", "OUTPUT", SALES),
    _rate("INPUT2", "20% (VAT on Expenses)", "20", "INPUT", PURCHASES),
    _rate("RROUTPUT", "5% (VAT on Income)", "5", "OUTPUT", SALES),
    _rate("RRINPUT", "5% (VAT on Expenses)", "5", "INPUT", PURCHASES),
    _rate("ZERORATEDOUTPUT", "Zero Rated Income", "0", "OUTPUT", SALES),
    _rate("ZERORATEDINPUT", "Zero Rated Expenses", "0", "INPUT", PURCHASES),
    _rate("EXEMPTOUTPUT", "Exempt Income", "0", "EXEMPTOUTPUT", SALES),
    _rate("EXEMPTINPUT", "Exempt Expenses", "0", "EXEMPTINPUT", PURCHASES),
    _rate("ECZROUTPUT", "Zero Rated EC Goods Income", "0", "ECOUTPUT", SALES),
    _rate("ECZROUTPUTSERVICES", "Zero Rated EC Services", "0", "ECOUTPUTSERVICES", SALES),
    _rate("DRCHARGESUPPLY20", "Domestic Reverse Charge @ 20% (VAT on Income)", "0", "DRCHARGESUPPLY", SALES),
    _rate("DRCHARGE20", "Domestic Reverse Charge @ 20% (VAT on Expenses)", "0", "DRCHARGE", PURCHASES),
    _rate("NONE", "No VAT", "0", "NONE", ANY),
)
"""Facts 2.5 and libraries 2.3. A reverse charge puts no tax on the document."""
NEW_ZEALAND = (
    _rate("OUTPUT2", "15% GST on Income", "15", "OUTPUT", SALES),
    _rate("INPUT2", "15% GST on Expenses", "15", "INPUT", PURCHASES),
    _rate("ZERORATED", "Zero Rated", "0", "OUTPUT", OWED_AND_EARNED),
    _rate("GSTONIMPORTS", "GST on Imports", "0", "GSTONIMPORTS", LIABILITIES),
    _rate("NONE", "No GST", "0", "NONE", ANY),
    _rate("OUTPUT", "12.5% GST on Income", "12.5", "OUTPUT", SALES, "DELETED"),
    _rate("INPUT", "12.5% GST on Expenses", "12.5", "INPUT", PURCHASES, "DELETED"),
)
"""Facts 2.5, as recorded and as in the specification's example."""
AUSTRALIA = (
    _rate("OUTPUT", "GST on Income", "10", "OUTPUT", SALES),
    _rate("INPUT", "GST on Expenses", "10", "INPUT", PURCHASES),
    _rate("CAPEXINPUT", "GST on Capital", "10", "CAPITALEXINPUT", PURCHASES),
    _rate("EXEMPTOUTPUT", "GST Free Income", "0", "EXEMPTOUTPUT", SALES),
    _rate("EXEMPTEXPENSES", "GST Free Expenses", "0", "EXEMPTEXPENSES", PURCHASES),
    _rate("EXEMPTEXPORT", "GST Free Exports", "0", "EXEMPTEXPORT", SALES),
    _rate("INPUTTAXED", "Input Taxed", "0", "INPUTTAXED", ANY),
    _rate("BASEXCLUDED", "BAS Excluded", "0", "BASEXCLUDED", ANY),
)
"""Facts 2.5; that capital purchases bear the same 10 percent is the country's law."""
GLOBAL = (
    _rate("OUTPUT", "Tax on Sales", "0", "", SALES),
    _rate("INPUT", "Tax on Purchases", "0", "", PURCHASES),
    _rate("GSTONIMPORTS", "Sales Tax on Imports", "0", "", LIABILITIES),
    _rate("NONE", "Tax Exempt", "0", "", ANY),
)
"""Facts 2.5 name the codes and no percents: nought, until a person sets them (`/__sim__/tax_rate`)."""
UNITED_STATES = (_rate("NONE", "Tax Exempt", "0", "", ANY),)
"""Libraries 2.3: rates are the organisation's own there."""
SOUTH_AFRICA = (
    _rate("OUTPUT3", "Standard Rate Sales", "15", "", SALES),
    _rate("INPUT3", "Standard Rate Purchases", "15", "", PURCHASES),
    _rate("EXEMPTOUTPUT", "Exempt and Non-Supplies", "0", "", SALES),
    _rate("EXEMPTINPUT", "Exempt Purchases", "0", "", PURCHASES),
    _rate("NONE", "No VAT", "0", "", ANY),
)
"""Libraries 2.3 name OUTPUT3 and INPUT3; the percent is the standard rate since April 2018. [U]: reports."""
SINGAPORE = (
    _rate("OUTPUTY24", "Standard-Rated Supplies", "9", "", SALES),
    _rate("INPUTY24", "Standard-Rated Purchases", "9", "", PURCHASES),
    _rate("OUTPUTY23", "Standard-Rated Supplies (8%)", "8", "", SALES),
    _rate("INPUTY23", "Standard-Rated Purchases (8%)", "8", "", PURCHASES),
    _rate("ZERORATEDOUTPUT", "Zero-Rated Supplies", "0", "", SALES),
    _rate("ZERORATEDINPUT", "Zero-Rated Purchases", "0", "", PURCHASES),
    _rate("NONE", "No Tax", "0", "", ANY),
)
"""Libraries 2.3: the year of the rate stands in the code; the percents are those of 2023 and 2024. [U]: reports."""


@dataclass(frozen=True, slots=True)
class Country:
    """What goes with a country: Xero's Version, time zone (Xero's name and the IANA one), rates, default tax types."""

    version: str
    timezone: str
    zone: str
    rates: tuple[Rate, ...]
    sales: str
    purchases: str
    none: str

    @property
    def reports(self) -> bool:
        """Does a tax rate need a ReportTaxType? In AU, NZ and UK it does; US and Global know none (facts 2.5)."""
        return any(rate.report for rate in self.rates)


COUNTRIES = {
    "GB": Country("UK", "GMTSTANDARDTIME", "Europe/London", UK, "OUTPUT2", "INPUT2", "NONE"),
    "NZ": Country("NZ", "NEWZEALANDSTANDARDTIME", "Pacific/Auckland", NEW_ZEALAND, "OUTPUT2", "INPUT2", "NONE"),
    "AU": Country("AU", "AUSEASTERNSTANDARDTIME", "Australia/Sydney", AUSTRALIA, "OUTPUT", "INPUT", "BASEXCLUDED"),
    "US": Country("US", "EASTERNSTANDARDTIME", "America/New_York", UNITED_STATES, "NONE", "NONE", "NONE"),
    "ZA": Country(
        "GLOBAL", "SOUTHAFRICASTANDARDTIME", "Africa/Johannesburg", SOUTH_AFRICA, "OUTPUT3", "INPUT3", "NONE"
    ),
    "SG": Country("GLOBAL", "SINGAPORESTANDARDTIME", "Asia/Singapore", SINGAPORE, "OUTPUTY24", "INPUTY24", "NONE"),
    "IE": Country("GLOBAL", "GMTSTANDARDTIME", "Europe/Dublin", GLOBAL, "OUTPUT", "INPUT", "NONE"),
    "CA": Country("GLOBAL", "EASTERNSTANDARDTIME", "America/Toronto", GLOBAL, "OUTPUT", "INPUT", "NONE"),
    "DE": Country("GLOBAL", "WEUROPESTANDARDTIME", "Europe/Berlin", GLOBAL, "OUTPUT", "INPUT", "NONE"),
}
"""Country code -> its edition. IE, CA and DE are three of the many with the Global one.

The specification's Versions are AU, NZ, GLOBAL, UK and US, so that ZA and SG show GLOBAL with rates of their own.
"""
