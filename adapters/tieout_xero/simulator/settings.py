"""Settings of an organisation: accounts, tax rates, currencies, branding themes, the organisation (facts 2.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tieout_xero.simulator import charts, rates
from tieout_xero.simulator.books import Books
from tieout_xero.simulator.codec import Row
from tieout_xero.simulator.editions import ANY
from tieout_xero.simulator.problems import Invalid, Malformed
from tieout_xero.simulator.resource import (
    GUID,
    Resource,
    Saved,
    View,
    Write,
    flag,
    number,
    refuse,
    refuse_unknown,
    rows,
    text,
    too_long,
)
from tieout_xero.simulator.seeding import usable_by
from tieout_xero.simulator.totals import HUNDRED, effective_rate, rounded

ACCOUNT_LENGTHS = {"Code": 10, "Name": 150, "Description": 4000}
ACCOUNT_KNOWN = frozenset(
    [
        "AccountID",
        "Code",
        "Name",
        "Type",
        "Status",
        "Description",
        "TaxType",
        "EnablePaymentsToAccount",
        "BankAccountNumber",
        "BankAccountType",
        "CurrencyCode",
        "Class",
        "SystemAccount",
        "ShowInExpenseClaims",
        "UpdatedDateUTC",
        "HasAttachments",
        "AddToWatchlist",
    ]
)
TAX_KNOWN = frozenset(
    [
        "Name",
        "TaxType",
        "TaxComponents",
        "Status",
        "ReportTaxType",
        "DisplayTaxRate",
        "EffectiveRate",
        "CanApplyToAssets",
        "CanApplyToEquity",
        "CanApplyToExpenses",
        "CanApplyToLiabilities",
        "CanApplyToRevenue",
    ]
)


SHORT_LISTS = (TAX_KNOWN - {"TaxComponents"}) | {"Code", "Description"}
"""What tax rates and currencies can be queried by."""


class Accounts(Resource):
    """The Accounts endpoint; never paged."""

    name, plural, key = "Account", "Accounts", "AccountID"
    paged = False
    known = ACCOUNT_KNOWN
    markers = ("Code",)

    def __init__(self, books: Books) -> None:
        super().__init__(books, books.accounts)

    def find(self, reference: str) -> Row | None:
        """By id."""
        return self.table.get(reference.lower()) if GUID.match(reference) else self.books.account(reference)

    def save(self, element: Row, write: Write) -> Saved:
        """Create with PUT, rename, re-tax or archive with POST and an id."""
        refuse_unknown(self.books, "Account", element, ACCOUNT_KNOWN)
        old = None if write.create_only else self.find(text(element, "AccountID") or "")
        if old is None and not write.create_only:
            raise Invalid("An account is updated by its AccountID.")
        row = dict(old or self._blank(element))
        for name in (*ACCOUNT_LENGTHS, "TaxType", "Status", "BankAccountNumber", "CurrencyCode"):
            if (value := text(element, name)) is not None:
                row[name] = value
        if (said := flag(element, "EnablePaymentsToAccount")) is not None:
            row["EnablePaymentsToAccount"] = said
        refuse(self._problems(row, old))
        row["UpdatedDateUTC"] = self.books.now()
        self.table.put(row)
        return Saved(row, "updated" if old else "created")

    def _blank(self, element: Row) -> Row:
        type = text(element, "Type")
        if type not in charts.CLASSES:
            raise Invalid(f"Account type '{type}' is not valid.")
        return {
            "AccountID": self.books.guid(),
            "Type": type,
            "Class": charts.CLASSES[type],
            "Status": "ACTIVE",
            "TaxType": self.books.country.none,
            "SystemAccount": "",
            "EnablePaymentsToAccount": False,
            "BankAccountType": "BANK" if type == "BANK" else "",
            "CurrencyCode": self.books.profile.base_currency if type == "BANK" else "",
            "Description": "",
            "Code": "",
            "Name": "",
        }

    def _problems(self, row: Row, old: Row | None) -> Iterator[str]:
        if not row["Code"] or not row["Name"]:
            yield "An account needs a Code and a Name."
        if any(other["AccountID"] != row["AccountID"] for other in self.table.find("code", row["Code"])):
            yield "Please enter a unique Code."
        if row["TaxType"] not in self.books.tax_rates:
            yield f"The TaxType code '{row['TaxType']}' does not exist or cannot be used."
        if row["Status"] not in {"ACTIVE", "ARCHIVED"}:
            yield f"Account status '{row['Status']}' is not valid."
        if old is not None and old["SystemAccount"] and row["Status"] != "ACTIVE":
            yield "A system account cannot be archived."
        yield from too_long(row, ACCOUNT_LENGTHS)

    def view(self, row: Row, view: View, places: int) -> Row:  # noqa: ARG002  accounts have one shape
        """Show an account; currency only where there is one."""
        shown = {key: value for key, value in row.items() if value != "" or key in {"SystemAccount", "BankAccountType"}}
        if row["Type"] != "BANK":
            shown.pop("CurrencyCode", None)
        return {**shown, "ReportingCode": "", "HasAttachments": False, "ShowInExpenseClaims": False}


def save_tax_rate(books: Books, element: Row, *, create_only: bool) -> Row:
    """Create a user's tax rate (TAX001 ...) or change one; system rates are not editable (facts 2.5 TaxRates)."""
    refuse_unknown(books, "TaxRate", element, TAX_KNOWN)
    type = text(element, "TaxType") or ""
    refuse(_type_problems(books, type, create_only=create_only))
    old = books.tax_rates.get(type, {})
    own = sum(1 for code in books.tax_rates if code.startswith("TAX"))
    components = _components(element, old)
    name, report = (text(element, key) or old.get(key) for key in ("Name", "ReportTaxType"))
    refuse(_rate_problems(books, components, name, report))
    refuse(_component_problems(components, old))
    row: Row = {
        "Name": name,
        "TaxType": type or f"TAX{own + 1:03d}",
        **({"ReportTaxType": report} if report else {}),
        **usable_by(ANY),
        **_percents(components),
        "Status": text(element, "Status") or old.get("Status", "ACTIVE"),
        "TaxComponents": components,
    }
    books.tax_rates[row["TaxType"]] = row
    return row


def change_tax_rate(books: Books, type: str, percent: Decimal | None, status: str | None) -> Row:
    """Change a rate as a person does in the web, system rates too: its percent (one component) or its Status.

    Raises ValueError for an unknown type or status.
    """
    old = books.tax_rates.get(type)
    if old is None or status not in {None, "ACTIVE", "ARCHIVED", "DELETED", "PENDING"}:
        raise ValueError(f"type must be one of {', '.join(books.tax_rates)}; status one of the specification's")
    row = {**old, "Status": status or old["Status"]}
    if percent is not None:
        row["TaxComponents"] = [{**old["TaxComponents"][0], "Rate": rounded(percent, 4), "IsCompound": False}]
        row |= _percents(row["TaxComponents"])
    books.tax_rates[type] = row
    return row


def _percents(components: Sequence[Row]) -> Row:
    """DisplayTaxRate is the sum, EffectiveRate compounds (facts 2.5 TaxRates)."""
    return {
        "DisplayTaxRate": sum((part["Rate"] for part in components), Decimal(0)),
        "EffectiveRate": effective_rate((part["Rate"], part["IsCompound"]) for part in components),
    }


def _type_problems(books: Books, type: str, *, create_only: bool) -> Iterator[str]:
    if type and create_only:
        yield "TaxType is given by the system."
    elif type and not type.startswith("TAX"):
        yield "System tax rates cannot be edited."
    elif type and type not in books.tax_rates:
        yield f"The TaxType code '{type}' does not exist or cannot be used."


def _rate_problems(books: Books, components: Sequence[Row], name: str | None, report: str | None) -> Iterator[str]:
    """ReportTaxType is required for AU, NZ and UK; US and Global know none (facts 2.5)."""
    if not components or not name or (books.country.reports and not report):
        yield "A tax rate needs a Name, a ReportTaxType and TaxComponents."
    if report and not books.country.reports:
        yield "ReportTaxType is not supported for this organisation."


def _component_problems(components: Sequence[Row], old: Row) -> Iterator[str]:
    """Components can be added, not removed or renamed (facts 2.5); that but one may compound is ours, [U]."""
    names = {part["Name"] for part in components}
    if len(names) < len(components):
        yield "Each tax component must have a name of its own."
    if not names.issuperset(part["Name"] for part in old.get("TaxComponents", ())):
        yield "Tax components can be added, not removed or renamed."
    if sum(part["IsCompound"] for part in components) > 1:
        yield "Only one tax component can be compound."
    if any(not 0 <= part["Rate"] <= HUNDRED for part in components):
        yield "The rate of a tax component must be between 0 and 100."


def _components(element: Row, old: Row) -> list[Row]:
    sent = rows(element, "TaxComponents")
    return [_component(part) for part in (old.get("TaxComponents", ()) if sent is None else sent)]


def _component(sent: Row) -> Row:
    """Read a component; its rate has up to four decimals (specification)."""
    return {
        "Name": text(sent, "Name") or "Tax",
        "Rate": rounded(number(sent, "Rate") or Decimal(0), 4),
        "IsCompound": flag(sent, "IsCompound") or False,
        "IsNonRecoverable": flag(sent, "IsNonRecoverable") or False,
    }


def subscribe(books: Books, element: Row) -> Row:
    """Subscribe to a currency that has a rate here."""
    code = text(element, "Code")
    if code is None or code not in rates.PER_POUND:
        raise Malformed(f"Currency '{code}' is unknown.")
    books.currencies[code] = rates.NAMES[code]
    return {"Code": code, "Description": books.currencies[code]}


def currencies(books: Books) -> Sequence[Row]:
    """List the subscribed currencies."""
    return [{"Code": code, "Description": name} for code, name in books.currencies.items()]


def organisation(books: Books) -> Row:
    """Show the organisation; its id is taken to be the tenant's ([U])."""
    profile, country = books.profile, books.country
    shown: Row = {
        "Name": profile.name,
        "LegalName": profile.name,
        "PaysTax": True,
        "Version": country.version,
        "OrganisationType": "COMPANY",
        "BaseCurrency": profile.base_currency,
        "CountryCode": profile.country,
        "IsDemoCompany": profile.kind == "DEMO",
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "SalesTaxBasis": "ACCRUALS" if profile.country == "GB" else "PAYMENTS",
        "SalesTaxPeriod": "QUARTERLY",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "CreatedDateUTC": books.created,
        "OrganisationEntityType": "COMPANY",
        "Timezone": country.timezone,
        "ShortCode": "!" + profile.tenant_id[:5],
        "OrganisationID": profile.tenant_id,
        "Edition": "BUSINESS",
        "Class": profile.kind,
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }
    for name, day in (("PeriodLockDate", books.period_lock), ("EndOfYearLockDate", books.year_lock)):
        if day is not None:
            shown[name] = day
    return shown


def actions() -> Sequence[Mapping[str, Any]]:
    """List what the login may do (facts 2.5 Organisation/Actions)."""
    names = ("UseMulticurrency", "CreateApprovedInvoice", "CreateDraftInvoice", "CreateContact", "CreatePayment")
    return [{"Name": name, "Status": "ALLOWED"} for name in names]
