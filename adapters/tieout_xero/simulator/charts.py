"""The chart of accounts that a new organisation holds (facts 2.5 Accounts).

Figures and names are our own look-alikes.

No contacts, items or documents: tests and the demo load them through the public API.
"""

from __future__ import annotations

from dataclasses import dataclass

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
