"""The fields of items and of the organisation's small tables: accounts, tax rates, currencies (facts 2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout_xero.shape import FINE, choice, day, fixed, flag, group, instant, money, number, rows, table, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieout.adapter import Field


def item_fields(base_currency: str) -> dict[str, Field]:
    """Give the table of items; prices of an item are in the base currency, with four decimals by `unitdp=4`."""
    return table(
        fixed(text("ItemID")),
        text("Code", 30, required=True, unique=True),
        text("Name", 50),
        text("Description", 4000),
        text("PurchaseDescription", 4000),
        flag("IsSold"),
        flag("IsPurchased"),
        _prices("SalesDetails", base_currency),
        _prices("PurchaseDetails", base_currency),
        choice("PurchaseDetails.COGSAccountCode", length=10),
        choice("InventoryAssetAccountCode", length=10),
        fixed(flag("IsTrackedAsInventory")),
        fixed(number("QuantityOnHand", FINE)),
        fixed(money("TotalCostPool", base_currency)),
        fixed(instant("UpdatedDateUTC")),
    )


def account_fields() -> dict[str, Field]:
    """Give the table of the chart of accounts, read only."""
    texts = ("AccountID", "Code", "Name", "Description", "BankAccountNumber", "ReportingCode")
    words = ("Type", "Class", "Status", "TaxType", "SystemAccount", "BankAccountType", "CurrencyCode")
    return table(
        (fixed(text(name)) for name in texts),
        (fixed(choice(name)) for name in words),
        fixed(flag("EnablePaymentsToAccount")),
        fixed(instant("UpdatedDateUTC")),
    )


def tax_rate_fields() -> dict[str, Field]:
    """Give the table of tax rates, read only; rates are percents with four decimals."""
    uses = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
    return table(
        fixed(text("TaxType")),
        fixed(text("Name")),
        fixed(choice("Status")),
        fixed(choice("ReportTaxType")),
        (fixed(number(name, FINE)) for name in ("DisplayTaxRate", "EffectiveRate")),
        (fixed(flag(f"CanApplyTo{use}")) for use in uses),
        fixed(rows("TaxComponents")),
        fixed(text("TaxComponents.Name")),
        fixed(number("TaxComponents.Rate", FINE)),
        fixed(flag("TaxComponents.IsCompound")),
        fixed(flag("TaxComponents.IsNonRecoverable")),
    )


def currency_fields() -> dict[str, Field]:
    """Give the table of the currencies that the organisation subscribes to, read only."""
    return table(fixed(text("Code")), fixed(text("Description")))


def organisation_fields() -> dict[str, Field]:
    """Give the table of the organisation itself, read only."""
    texts = ("OrganisationID", "Name", "LegalName", "ShortCode", "TaxNumber", "Timezone", "RegistrationNumber")
    words = ("BaseCurrency", "CountryCode", "Version", "Edition", "Class")
    taxes = ("DefaultSalesTax", "DefaultPurchasesTax", "SalesTaxBasis", "SalesTaxPeriod")
    return table(
        (fixed(text(name)) for name in texts),
        (fixed(choice(name)) for name in (*words, *taxes)),
        (fixed(flag(name)) for name in ("IsDemoCompany", "PaysTax")),
        (fixed(day(name)) for name in ("PeriodLockDate", "EndOfYearLockDate")),
        (fixed(number(name, 0)) for name in ("FinancialYearEndDay", "FinancialYearEndMonth")),
    )


def _prices(path: str, currency: str) -> Iterator[Field]:
    yield group(path)
    yield money(f"{path}.UnitPrice", currency, FINE)
    yield choice(f"{path}.AccountCode", length=10)
    yield choice(f"{path}.TaxType")
