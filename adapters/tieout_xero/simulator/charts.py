"""What a new organisation holds: accounts, tax rates, currencies (facts 2.5).

Figures and names are our own look-alikes.

No contacts, items or documents: tests and the demo load them through the public API.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

CLASSES = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "INVENTORY": "ASSET",
    "NONCURRENT": "ASSET",
    "PREPAYMENT": "ASSET",
    "EQUITY": "EQUITY",
    "DEPRECIATN": "EXPENSE",
    "DIRECTCOSTS": "EXPENSE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "CURRLIAB": "LIABILITY",
    "LIABILITY": "LIABILITY",
    "TERMLIAB": "LIABILITY",
    "PAYG": "LIABILITY",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
    "OTHERINCOME": "REVENUE",
}
"""Account type -> class (facts 2.5 Accounts)."""

RATES = {
    "GBP": Decimal(1),
    "EUR": Decimal("1.17"),
    "USD": Decimal("1.27"),
    "CAD": Decimal("1.72"),
    "BRL": Decimal("6.50"),
    "MXN": Decimal("22.50"),
    "ARS": Decimal(1150),
    "VES": Decimal(46),
    "CHF": Decimal("1.12"),
    "DKK": Decimal("8.73"),
    "NOK": Decimal("13.60"),
    "SEK": Decimal("13.30"),
    "PLN": Decimal("5.03"),
    "NZD": Decimal("2.11"),
    "AUD": Decimal("1.93"),
    "JPY": Decimal(190),
}
"""Invented daily rates, units per pound: what Xero would take from XE.com when none is sent (facts 2.7)."""

CURRENCY_NAMES = {
    "GBP": "British Pound",
    "EUR": "Euro",
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
    "BRL": "Brazilian Real",
    "MXN": "Mexican Peso",
    "ARS": "Argentine Peso",
    "VES": "Venezuelan Bolivar",
    "CHF": "Swiss Franc",
    "DKK": "Danish Krone",
    "NOK": "Norwegian Krone",
    "SEK": "Swedish Krona",
    "PLN": "Polish Zloty",
    "NZD": "New Zealand Dollar",
    "AUD": "Australian Dollar",
    "JPY": "Japanese Yen",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate: its type, name, percent, report type, and whether sales or purchases may use it."""

    type: str
    name: str
    percent: Decimal
    report: str
    side: str  # "sales": all but expenses; "purchases": all but revenue; "imports": liabilities only; "any"


def _rate(type: str, name: str, percent: str, report: str, side: str) -> Rate:
    return Rate(type, name, Decimal(percent), report, side)


_NONE = _rate("NONE", "No VAT", "0", "NONE", "any")
TAXES: dict[str, tuple[Rate, ...]] = {
    "GB": (
        _rate("OUTPUT2", "20% (VAT on Income)", "20", "OUTPUT", "sales"),
        _rate("INPUT2", "20% (VAT on Expenses)", "20", "INPUT", "purchases"),
        _rate("RROUTPUT", "5% (VAT on Income)", "5", "OUTPUT", "sales"),
        _rate("RRINPUT", "5% (VAT on Expenses)", "5", "INPUT", "purchases"),
        _rate("ZERORATEDOUTPUT", "Zero Rated Income", "0", "OUTPUT", "sales"),
        _rate("ZERORATEDINPUT", "Zero Rated Expenses", "0", "INPUT", "purchases"),
        _rate("EXEMPTOUTPUT", "Exempt Income", "0", "EXEMPTOUTPUT", "sales"),
        _rate("EXEMPTINPUT", "Exempt Expenses", "0", "EXEMPTINPUT", "purchases"),
        _rate("ECZROUTPUT", "Zero Rated EC Goods Income", "0", "ECOUTPUT", "sales"),
        _rate("ECZROUTPUTSERVICES", "Zero Rated EC Services", "0", "ECOUTPUTSERVICES", "sales"),
        _rate("DRCHARGESUPPLY20", "Domestic Reverse Charge @ 20% (VAT on Income)", "0", "DRCHARGESUPPLY", "sales"),
        _NONE,
    ),
    "NZ": (
        _rate("OUTPUT2", "15% GST on Income", "15", "OUTPUT", "sales"),
        _rate("INPUT2", "15% GST on Expenses", "15", "INPUT", "purchases"),
        _rate("ZERORATED", "Zero Rated", "0", "OUTPUT", "sales"),
        _rate("GSTONIMPORTS", "GST on Imports", "0", "GSTONIMPORTS", "imports"),
        _rate("NONE", "No GST", "0", "NONE", "any"),
    ),
    "AU": (
        _rate("OUTPUT", "GST on Income", "10", "OUTPUT", "sales"),
        _rate("INPUT", "GST on Expenses", "10", "INPUT", "purchases"),
        _rate("EXEMPTOUTPUT", "GST Free Income", "0", "EXEMPTOUTPUT", "sales"),
        _rate("EXEMPTEXPENSES", "GST Free Expenses", "0", "EXEMPTEXPENSES", "purchases"),
        _rate("EXEMPTEXPORT", "GST Free Exports", "0", "EXEMPTEXPORT", "sales"),
        _rate("BASEXCLUDED", "BAS Excluded", "0", "BASEXCLUDED", "any"),
    ),
}
"""Country -> its tax rates. Percent and side are facts 2.5; components and report types are not confirmed."""


@dataclass(frozen=True, slots=True)
class Country:
    """What goes with a country: Xero's version, time zone (Xero's name and the IANA one) and default tax types."""

    version: str
    timezone: str
    zone: str
    sales: str
    purchases: str
    none: str


COUNTRIES = {
    "GB": Country("UK", "GMTSTANDARDTIME", "Europe/London", "OUTPUT2", "INPUT2", "NONE"),
    "NZ": Country("NZ", "NEWZEALANDSTANDARDTIME", "Pacific/Auckland", "OUTPUT2", "INPUT2", "NONE"),
    "AU": Country("AU", "AUSEASTERNSTANDARDTIME", "Australia/Sydney", "OUTPUT", "INPUT", "BASEXCLUDED"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """An account to begin with; `tax` is "sales", "purchases" or "none" of the country."""

    code: str
    name: str
    type: str
    tax: str = "none"
    system: str = ""
    payments: str = ""  # "payments": EnablePaymentsToAccount


ACCOUNTS = (
    Account("090", "Business Bank Account", "BANK"),
    Account("091", "Business Savings Account", "BANK"),
    Account("200", "Sales", "REVENUE", "sales"),
    Account("210", "Services", "REVENUE", "sales"),
    Account("260", "Other Revenue", "REVENUE", "sales"),
    Account("270", "Interest Income", "OTHERINCOME"),
    Account("310", "Cost of Goods Sold", "DIRECTCOSTS", "purchases"),
    Account("400", "Advertising", "EXPENSE", "purchases"),
    Account("404", "Bank Fees", "EXPENSE"),
    Account("429", "General Expenses", "EXPENSE", "purchases"),
    Account("469", "Rent", "OVERHEADS", "purchases"),
    Account("497", "Bank Revaluations", "EXPENSE", system="BANKCURRENCYGAIN"),
    Account("498", "Unrealised Currency Gains", "EXPENSE", system="UNREALISEDCURRENCYGAIN"),
    Account("499", "Realised Currency Gains", "EXPENSE", system="REALISEDCURRENCYGAIN"),
    Account("610", "Accounts Receivable", "CURRENT", system="DEBTORS"),
    Account("620", "Prepayments", "PREPAYMENT"),
    Account("630", "Inventory", "INVENTORY"),
    Account("800", "Accounts Payable", "CURRLIAB", system="CREDITORS"),
    Account("801", "Unpaid Expense Claims", "CURRLIAB", system="UNPAIDEXPCLM"),
    Account("820", "Sales Tax", "CURRLIAB", system="GST"),
    Account("840", "Historical Adjustment", "CURRLIAB", system="HISTORICAL"),
    Account("860", "Rounding", "CURRLIAB", system="ROUNDING"),
    Account("877", "Tracking Transfers", "CURRLIAB", system="TRACKINGTRANSFERS"),
    Account("880", "Owner Drawings", "EQUITY", payments="payments"),
    Account("960", "Retained Earnings", "EQUITY", system="RETAINEDEARNINGS"),
)
