"""Which account a line of a document may name: the same judgement over a chart for a project's words and for a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tieout.money.chart import Account, Chart
from tieout.money.profiles import Profile
from tieout.toolkit import nearest

SHOWN = 12
"""Choices that a message names."""
NAME_ONE = "name one of these accounts in the mapping or in its settings and tables"
KEY = "sales_accounts"
"""The key of a connection that allows other accounts for sales."""


@dataclass(frozen=True, slots=True)
class Books:
    """Whose accounts they are. `name`: where a missing account is added, for messages."""

    name: str
    connection: str
    profile: Profile
    chart: Chart
    allowed: Collection[str] = ()
    """Codes of accounts to which sales are booked, too, as the project says."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why no line can name an account, or none of a sale."""

    code: str
    why: str
    ways_out: tuple[str, ...]


def unfit(code: str, books: Books, *, sold: bool) -> Unfit | None:
    """Judge an account by its code; `sold`: for a line of a sale that is newly booked."""
    profile, account = books.profile, books.chart.accounts.get(code)
    if account is None or not _usable(account, profile):
        return _unusable(code, account, books)
    if not sold or _sells(account, books):
        return None
    why = f"the account {code} ({account.name}) is {_kind(account)}, and a line of a sale names one of revenue"
    mend = f'or, if sales are booked to it on purpose, write {KEY}: ["{code}"] under connections.{books.connection}'
    return Unfit("not-revenue-account", f"{why}; there are {_choices(code, books)}", (NAME_ONE, mend))


def listed(names: Sequence[str]) -> str:
    """Name the first of some choices, and say how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (", ".join(names[:SHOWN]) or "none") + more


def _unusable(code: str, account: Account | None, books: Books) -> Unfit:
    others = _choices(code, books)
    if account is None:
        why = f"there is no account {code}; there are {others}"
        return Unfit("unknown-account", why, (NAME_ONE, f"or add the account {code} in {books.name}"))
    if not account.active:
        why = f"the account {code} ({account.name}) is archived; there are {others}"
        return Unfit("inactive-account", why, (NAME_ONE, f"or restore the account {code} in {books.name}"))
    kind = "kept by the ledger itself" if account.reserved else _kind(account)
    why = f"the account {code} ({account.name}) is {kind}, and no line can name it; there are {others}"
    return Unfit("unusable-account", why, (NAME_ONE,))


def _usable(account: Account, profile: Profile) -> bool:
    return account.active and not account.reserved and account.kind not in profile.bank_kinds


def _sells(account: Account, books: Books) -> bool:
    """Say whether a sale may be booked to an account; of one whose class was not read nothing is said against it."""
    groups = books.profile.sale_groups
    free = account.code in books.allowed or account.code == books.chart.rounding
    return free or not groups or not account.group or account.group in groups


def _kind(account: Account) -> str:
    return f"of the type {account.kind}" if account.kind else f"of the class {account.group}"


def _choices(code: str, books: Books) -> str:
    """Name the accounts that would do: those of revenue by code, the nearest ones first where they are many."""
    usable = [one for one in books.chart.accounts.values() if _usable(one, books.profile)]
    ordered = sorted((one for one in usable if _sells(one, books)), key=lambda one: one.code)
    ordered = [one for one in ordered if one.group in books.profile.sale_groups or one.code in books.allowed] or usable
    if len(ordered) > SHOWN:
        near = nearest(code, [one.code for one in ordered])
        ordered.sort(key=lambda one: near.index(one.code) if one.code in near else len(near))
    return listed(_named(ordered))


def _named(accounts: Iterable[Account]) -> list[str]:
    return [f"{one.code} {one.name}" for one in accounts]
