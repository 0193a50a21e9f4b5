"""Rules of opportunities and quotes, and of their lines (fact sheet, section 2.13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext

from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.problems import BAD_REQUEST, refuse, refuse_row
from tieout_salesforce.simulator.standard_sales import FORECAST_OF_NAME
from tieout_salesforce.simulator.table import Row

_DIGITS = 60
"""Enough for the exact product of a quantity, a price and a discount."""
_HUNDRED = Decimal(100)
_UNIT = Decimal("0.0000000001")


PARENTS = {"OpportunityLineItem": ("Opportunity", "OpportunityId"), "QuoteLineItem": ("Quote", "QuoteId")}
"""Object of lines -> what they belong to, and by which field."""


def _lines(org: Org, id: str, name: str = "OpportunityLineItem") -> list[Row]:
    return org.tables[name].live(PARENTS[name][1], id)


def _hold_fixed(row: Row, old: Row, what: str) -> None:
    """Refuse another price book or currency for what has lines."""
    for fixed in ("Pricebook2Id", "CurrencyIsoCode"):
        if row.get(fixed) != old.get(fixed):
            message = f"{fixed} cannot be changed while the {what} has products"
            raise refuse_row("FIELD_INTEGRITY_EXCEPTION", message, fixed)


def quote(org: Org, row: Row, old: Row | None) -> None:
    """Take account and currency from the opportunity, number it, and keep what lines decide."""
    deal = org.tables["Opportunity"].rows[row["OpportunityId"]]
    row["AccountId"] = deal.get("AccountId")
    if "CurrencyIsoCode" in deal:
        row["CurrencyIsoCode"] = deal["CurrencyIsoCode"]
    if old is None:
        row["QuoteNumber"] = f"{max((int(one['QuoteNumber']) for one in org.tables['Quote'].all()), default=0) + 1:08d}"
        row.setdefault("Status", "Draft")
    elif _lines(org, row["Id"], "QuoteLineItem"):
        _hold_fixed(row, old, "quote")
    _total_of_quote(row, _lines(org, row["Id"], "QuoteLineItem"))


def _total_of_quote(row: Row, lines: list[Row]) -> None:
    with localcontext(prec=_DIGITS):
        subtotal = sum((one["Subtotal"] for one in lines), Decimal(0))
        total_price = sum((one["TotalPrice"] for one in lines), Decimal(0))
        more = sum((row.get(name) or Decimal(0) for name in ("Tax", "ShippingHandling")), Decimal(0))
        row["Discount"] = (_HUNDRED - _HUNDRED * total_price / subtotal).quantize(_UNIT) if subtotal else Decimal(0)
        row |= {"LineItemCount": len(lines), "Subtotal": subtotal, "TotalPrice": total_price}
        row["GrandTotal"] = total_price + more


def opportunity(org: Org, row: Row, given: Row, old: Row | None) -> None:
    """Derive what follows from stage, date and amount; keep what lines decide."""
    if old and _lines(org, row["Id"]):
        _hold_fixed(row, old, "opportunity")
        # A write of Amount is ignored without a word while there are lines: the classic endless difference.
        row["Amount"] = old.get("Amount")
        row["TotalOpportunityQuantity"] = old.get("TotalOpportunityQuantity")
    if old is None or old["StageName"] != row["StageName"]:
        _stage(org, row, given)
    if given.get("ForecastCategoryName"):
        row["ForecastCategory"] = FORECAST_OF_NAME[given["ForecastCategoryName"]]
    closing = date.fromisoformat(row["CloseDate"])
    quarter = (closing.month + 2) // 3
    row |= {"FiscalYear": closing.year, "FiscalQuarter": quarter, "Fiscal": f"{closing.year} {quarter}"}
    row.setdefault("HasOpportunityLineItem", False)
    _expect(row)


def _stage(org: Org, row: Row, given: Row) -> None:
    """Follow the stage's flags; setting it resets probability and forecast unless they are sent as well.

    A stage that the org does not list is stored all the same (section 2.4); it is neither won nor closed.
    """
    stages = org.tables["OpportunityStage"].all()
    stage = next((one for one in stages if one["ApiName"] == row["StageName"]), None)
    row["IsWon"] = bool(stage and stage["IsWon"])
    row["IsClosed"] = bool(stage and stage["IsClosed"])
    row["LastStageChangeDate"] = org.stamp()
    if given.get("Probability") is None:
        row["Probability"] = stage["DefaultProbability"] if stage else Decimal(0)
    if given.get("ForecastCategoryName") is None:
        row["ForecastCategoryName"] = stage["ForecastCategoryName"] if stage else "Pipeline"
        row["ForecastCategory"] = stage["ForecastCategory"] if stage else "Pipeline"


def rename_stage(org: Org, old: str, new: str) -> None:
    """Give a stage another name, which its API name and the picklist of deals take over; its flags stay."""
    stages = org.tables["OpportunityStage"].all()
    found = next((one for one in stages if one["ApiName"] == old), None)
    if found is None or any(one["ApiName"] == new for one in stages):
        there = ", ".join(str(one["ApiName"]) for one in stages)
        raise refuse(BAD_REQUEST, "INVALID_STAGE", f"{old!r} must be one, and {new!r} none of {there}")
    org.put("OpportunityStage", {**found, "ApiName": new, "MasterLabel": new})
    fields = org.layout.objects["Opportunity"].fields
    names = tuple(new if name == old else name for name in fields["StageName"].values)
    fields["StageName"] = replace(fields["StageName"], values=names)
    org.layout.changed["Opportunity"] = org.stamp()


def follow_stage(org: Org, old: str, new: str) -> None:
    """Rename the stage that deals hold; no stamp of theirs moves, for nobody has edited them."""
    for row in list(org.tables["Opportunity"].all()):
        if row["StageName"] == old:
            org.put("Opportunity", {**row, "StageName": new})


def _expect(row: Row) -> None:
    amount, probability = row.get("Amount"), row.get("Probability")
    if amount is None or probability is None:
        row["ExpectedRevenue"] = None
        return
    with localcontext(prec=_DIGITS):
        row["ExpectedRevenue"] = amount * probability / _HUNDRED


def line(org: Org, name: str, row: Row, given: Row, old: Row | None) -> None:
    """Hold a line to its entry and to what it belongs to, and compute its total."""
    entry = org.tables["PricebookEntry"].rows[row["PricebookEntryId"]]
    if old is None:
        _fit(org, name, row, given, entry)
    _price(row, given, old)


def _fit(org: Org, name: str, row: Row, given: Row, entry: Row) -> None:
    owner, field = PARENTS[name]
    parent, what = org.tables[owner].rows[row[field]], owner.lower()
    book = parent.get("Pricebook2Id")
    if not entry.get("IsActive"):
        raise _unfit("pricebook entry is inactive")
    if book is not None and book != entry["Pricebook2Id"]:
        raise _unfit(f"pricebook entry is in a different pricebook than the one assigned to the {what}")
    if entry.get("CurrencyIsoCode") != parent.get("CurrencyIsoCode"):
        raise _unfit(f"pricebook entry currency code does not match {what} currency code")
    if book is None:
        org.put(owner, {**parent, "Pricebook2Id": entry["Pricebook2Id"]})
    row["Product2Id"], row["ListPrice"] = entry["Product2Id"], entry["UnitPrice"]
    if given.get("CurrencyIsoCode", entry.get("CurrencyIsoCode")) != entry.get("CurrencyIsoCode"):
        raise _unfit("pricebook entry currency code does not match the line's currency code")
    if "CurrencyIsoCode" in entry:
        row["CurrencyIsoCode"] = entry["CurrencyIsoCode"]


def _unfit(why: str) -> Exception:
    return refuse_row(
        "FIELD_INTEGRITY_EXCEPTION", f"field integrity exception: PricebookEntryId ({why})", "PricebookEntryId"
    )


def _price(row: Row, given: Row, old: Row | None) -> None:
    """UnitPrice or TotalPrice, not both; the other follows with quantity and discount."""
    priced, totalled = given.get("UnitPrice") is not None, given.get("TotalPrice") is not None
    if priced and totalled:
        message = "field integrity exception: specify UnitPrice or TotalPrice, not both"
        raise refuse_row("FIELD_INTEGRITY_EXCEPTION", message, "UnitPrice", "TotalPrice")
    if old is None and not priced and not totalled:
        raise refuse_row("REQUIRED_FIELD_MISSING", "Required fields are missing: [UnitPrice]", "UnitPrice")
    with localcontext(prec=_DIGITS):
        share = 1 - (row.get("Discount") or Decimal(0)) / _HUNDRED
        quantity = row["Quantity"]
        if totalled:
            whole = quantity * share
            row["UnitPrice"] = (given["TotalPrice"] / whole).quantize(_UNIT) if whole else Decimal(0)
        if row.get("UnitPrice") is None:
            row["UnitPrice"] = row["ListPrice"]
        row["Subtotal"] = quantity * row["UnitPrice"]
        row["TotalPrice"] = given["TotalPrice"] if totalled else row["Subtotal"] * share


def total(org: Org, name: str, line_: Row, user: str) -> None:
    """Roll the lines up into what they belong to, without rounding them (section 2.11); nothing for other records.

    Without lines left the amount is nought (not confirmed). Whether the parent's stamp moves is a setting.
    """
    if name not in PARENTS:
        return
    owner, field = PARENTS[name]
    parent = org.row(owner, line_[field])
    if parent is None:
        return
    row, lines = dict(parent), _lines(org, line_[field], name)
    if owner == "Quote":
        _total_of_quote(row, lines)
    else:
        _total_of_deal(row, lines)
    if org.settings.line_moves_parent:
        row |= {"SystemModstamp": org.stamp(), "LastModifiedDate": org.stamp(), "LastModifiedById": user}
    org.put(owner, row)


def _total_of_deal(row: Row, lines: list[Row]) -> None:
    with localcontext(prec=_DIGITS):
        row["Amount"] = sum((one["TotalPrice"] for one in lines), Decimal(0))
        row["TotalOpportunityQuantity"] = sum((one["Quantity"] for one in lines), Decimal(0))
    row["HasOpportunityLineItem"] = bool(lines)
    _expect(row)
