"""The chart of a new organisation: its accounts, tax rates and currencies, by its country (facts 2.5)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tieout_xero.simulator import charts, rates
from tieout_xero.simulator.editions import ANY, Country, Rate
from tieout_xero.simulator.totals import rounded

if TYPE_CHECKING:
    from tieout_xero.simulator.books import Books
    from tieout_xero.simulator.codec import Row


def seed(books: Books) -> None:
    """Fill a book's tables in place of what they held; documents and contacts are not touched."""
    for id in list(books.accounts.rows):
        books.accounts.remove(id)
    for account in charts.ACCOUNTS:
        books.accounts.put(_account(books, account))
    books.tax_rates.clear()
    books.tax_rates.update((rate.type, _tax_rate(rate)) for rate in books.country.rates)
    books.currencies.clear()
    for code in dict.fromkeys((books.profile.base_currency, *books.profile.currencies)):
        books.currencies[code] = rates.NAMES[code]
    books.journal.forget()


def usable_by(applies: tuple[str, ...]) -> Row:
    """Give the CanApplyTo flags of a tax rate for the account classes that may use it."""
    return {f"CanApplyTo{side}": side in applies for side in ANY}


def _account(books: Books, account: charts.Account) -> Row:
    bank = account.type == "BANK"
    return {
        "AccountID": books.guid(),
        "Code": account.code,
        "Name": account.name,
        "Status": "ACTIVE",
        "Type": account.type,
        "TaxType": _default(books.country, account.tax),
        "Class": charts.CLASSES[account.type],
        "SystemAccount": account.system,
        "EnablePaymentsToAccount": account.payments == "payments",
        "BankAccountType": "BANK" if bank else "",
        "CurrencyCode": books.profile.base_currency if bank else "",
        "Description": "",
        "UpdatedDateUTC": books.created - timedelta(days=1),
    }


def _default(country: Country, side: str) -> str:
    return {"sales": country.sales, "purchases": country.purchases}.get(side, country.none)


def _tax_rate(rate: Rate) -> Row:
    percent = rounded(rate.percent, 4)  # as on the wire: 15.0000 (specification)
    component = {"Name": "Tax", "Rate": percent, "IsCompound": False, "IsNonRecoverable": False}
    return {
        "Name": rate.name,
        "TaxType": rate.type,
        **({"ReportTaxType": rate.report} if rate.report else {}),
        **usable_by(rate.applies),
        "DisplayTaxRate": percent,
        "EffectiveRate": percent,
        "Status": rate.status,
        "TaxComponents": [component],
    }
