"""What would stop or surprise a run: the books, their currencies, taxes, accounts and lock dates, the calls left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import Finding, Severity
from tieout_xero.objects import ACCOUNT, CURRENCY, TAX_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tieout_xero.api import Api, Row
    from tieout_xero.books import Books

REVENUE = "REVENUE"
IDLE_DAYS = 60
"""So long an unused refresh token lives (facts (a) lifetimes)."""
FEW_CALLS = 30
"""Percent of the daily calls below which a run may not get through: a part of them is left to other tools."""


def preflight(api: Api, books: Books, calls_per_day: int, *, person: bool) -> list[Finding]:
    """Report on the organisation; reads three small tables. `person`: a person's login is used, which can run out."""
    currencies, rates, accounts = (api.read(one, one.reads).rows for one in (CURRENCY, TAX_RATE, ACCOUNT))
    return [
        *_organisation(books),
        *_tables(books, currencies, rates, accounts),
        *_lock_dates(books),
        *_calls(books, calls_per_day),
        *_login(person=person),
    ]


def _organisation(books: Books) -> Iterator[Finding]:
    about = [books.country, f"edition {books.edition}", f"plan {books.kind}", f"base currency {books.currency}"]
    yield _note("organisation", f"{books.name}: {', '.join(word for word in about if word)}")
    if books.demo:
        yield _note("demo-organisation", "this is a demo company: Xero resets it, and a reset ends the connection")


def _tables(
    books: Books, currencies: Sequence[Row], rates: Sequence[Row], accounts: Sequence[Row]
) -> Iterator[Finding]:
    codes = sorted(str(row.get("Code")) for row in currencies)
    yield _note("currencies", f"currencies enabled: {', '.join(codes) or books.currency}")
    active = [row for row in rates if row.get("Status") == "ACTIVE"]
    yield _note("tax-rates", f"{len(active)} active tax rates")
    revenue = sorted(
        f"{row.get('Code')} {row.get('Name')}"
        for row in accounts
        if row.get("Status") == "ACTIVE" and row.get("Class") == REVENUE and row.get("Code")
    )
    if revenue:
        yield _note("revenue-accounts", f"revenue accounts: {', '.join(revenue)}")
    else:
        yield Finding(
            Severity.WARNING,
            "no-revenue-account",
            "no active account of class REVENUE has a code, so no sales line can be posted",
            mend="add a revenue account in Xero: Accounting, Chart of accounts",
            object=ACCOUNT.name,
        )


def _lock_dates(books: Books) -> Iterator[Finding]:
    if until := books.locks.closed_until():
        yield _note("lock-date", f"the books are closed up to {until}; documents dated so cannot be made or changed")


def _calls(books: Books, calls_per_day: int) -> Iterator[Finding]:
    if books.calls_left is None:
        return
    told = f"{books.calls_left} of Xero's calls are left today for this organisation"
    if books.calls_left * 100 < calls_per_day * FEW_CALLS:
        yield Finding(Severity.WARNING, "calls-left", told, mend="run when the daily limit was reset")
    else:
        yield _note("calls-left", told)


def _login(*, person: bool) -> Iterator[Finding]:
    if person:
        told = f"this login ends {IDLE_DAYS} days after its last use, for each use renews it"
        yield _note("login-ends", f"{told}; a run that comes daily keeps it")


def _note(code: str, message: str) -> Finding:
    return Finding(Severity.NOTE, code, message)
