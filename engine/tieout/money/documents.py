"""What a document says of its own money: the paths of its currency, its date and the rate that it was posted at.

Data, one entry for each kind of document of an adapter. Facts: xero 2.3, 2.4 and 2.7 (CurrencyRate is document
currency for ONE unit of the organisation's base); salesforce 2.13 (an opportunity is converted by its CloseDate).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class DocumentMoney:
    """Names are paths of the document."""

    day: str
    currency: str
    rate: str = ""
    """Document currency for one unit of base; empty: it carries none."""


DOCUMENTS: Mapping[tuple[str, str], DocumentMoney] = MappingProxyType(
    {
        ("xero", "Invoice"): DocumentMoney("Date", "CurrencyCode", "CurrencyRate"),
        ("xero", "CreditNote"): DocumentMoney("Date", "CurrencyCode", "CurrencyRate"),
        ("xero", "Quote"): DocumentMoney("Date", "CurrencyCode", "CurrencyRate"),
        ("xero", "Payment"): DocumentMoney("Date", "Invoice.CurrencyCode", "CurrencyRate"),
        ("salesforce", "Opportunity"): DocumentMoney("CloseDate", "CurrencyIsoCode"),
    }
)
"""(Adapter, object) -> where its money is told."""
