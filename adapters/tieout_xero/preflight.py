"""What would stop or surprise a run: the books, their currencies, taxes, accounts and lock dates, the calls left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tieout.adapter import Finding, Severity
from tieout_xero.objects import ACCOUNT, CURRENCY, TAX_RATE
from tieout_xero.settings import IDLE_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tieout_xero.api import Api, Row
    from tieout_xero.books import Books

REVENUE = "REVENUE"
FEW_CALLS = 30
"""Percent of the daily calls below which a run may not get through: a part of them is left to other tools."""


STARTER = 1000
"""Calls a day and organisation on the Starter tier; Xero tells nobody which tier an app has (facts, fact 9)."""


@dataclass(frozen=True, slots=True)
class Login:
    """What lets us in. `person`: a person's login, which runs out where nobody uses it; `ends`: when that would be."""

    person: bool
    ends: datetime | None
    now: datetime


def preflight(api: Api, books: Books, calls_per_day: int, login: Login) -> list[Finding]:
    """Report on the organisation; reads three small tables."""
    currencies, rates, accounts = (api.read(one, one.reads).rows for one in (CURRENCY, TAX_RATE, ACCOUNT))
    return [
        *_organisation(books),
        *_tables(books, currencies, rates, accounts),
        *_lock_dates(books),
        *_calls(books, calls_per_day),
        *_login(login),
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
    left = books.calls_left
    if left is None:
        return
    tier = ", as the Starter tier grants" if calls_per_day == STARTER else ""
    told = f"{left} of Xero's calls are left today for this organisation; {calls_per_day} a day are counted on{tier}"
    if left * 100 < calls_per_day * FEW_CALLS:
        lower = f"; if the app is on the Starter tier, write calls_per_day: {STARTER}"
        mend = f"run when the daily limit was reset{lower if calls_per_day > STARTER else ''}"
        yield Finding(Severity.WARNING, "calls-left", told, mend)
    elif left > calls_per_day:
        yield Finding(Severity.NOTE, "calls-left", told, "write calls_per_day: as many as the app's tier grants")
    else:
        yield _note("calls-left", told)


def _login(login: Login) -> Iterator[Finding]:
    if not login.person:
        return
    if login.ends is None:
        told = f"this login ends {IDLE_DAYS} days after its last use"
    else:
        days = (login.ends - login.now) // timedelta(days=1)
        told = f"this login ends on {login.ends:%Y-%m-%d}, in {days} day{'' if days == 1 else 's'}, if nobody uses it"
    yield _note("login-ends", f"{told}; each use renews it, so a run that comes daily keeps it")


def _note(code: str, message: str) -> Finding:
    return Finding(Severity.NOTE, code, message)
