"""What a ledger would refuse, or take in another sense, told before a document is sent: by its organisation's tables.

Codes of tax types, accounts and currencies are open texts: the organisation's list alone says which there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from tieout.model import Value
from tieout.money.accounts import Books, listed, unfit
from tieout.money.chart import Account, Chart, TaxRate
from tieout.money.lines import Line, filled
from tieout.money.profiles import Profile
from tieout.money.totals import basis_of
from tieout.values import number


@dataclass(frozen=True, slots=True)
class Refusal:
    """One cause for which a document is not sent."""

    code: str
    message: str
    ways_out: tuple[str, ...]
    about: str
    """What of the document it is about, without the choices that the ledger offers now: the same cause has the same."""
    at: str = ""
    """Where the mapping says what is refused; "": at no single place, or not in the mapping."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A document as it will be, and what of it is written."""

    record: Mapping[str, Value]
    names: Collection[str]
    """Top-level names that are written."""
    today: str
    """ISO date: a new document that names none is dated so."""
    new: bool = True
    booked: Mapping[int, str] = field(default_factory=dict)
    """Place of a line (from 1) whose account is given with this write -> where the mapping says so; "": an item does.
    What a person has booked in the ledger is not in it."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the tax table says of a tax type that was chosen by it."""

    table: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where it is sent. `name`: the side's, for messages."""

    name: str
    profile: Profile
    chart: Chart
    chosen: Mapping[str, Chosen] = field(default_factory=dict)
    """Tax type -> the table by which a rule chose it; those that come from elsewhere are not in it."""
    connection: str = ""
    sales_accounts: Collection[str] = ()
    """Codes of accounts to which sales are booked beside those of revenue, as the project says."""


def refusals(sent: Sent, ledger: Ledger) -> list[Refusal]:
    """Give every cause for which a document would be refused or mean something else."""
    found = [*_period(sent, ledger), *_currency(sent, ledger), *_rate(sent, ledger), *_basis(sent, ledger)]
    lines = sent.record.get(ledger.profile.lines)
    if ledger.profile.lines in sent.names and isinstance(lines, list | tuple):
        found += _lines(sent, [cast("Line", line) for line in lines if isinstance(line, Mapping)], ledger)
    return found


def _period(sent: Sent, ledger: Ledger) -> Iterator[Refusal]:
    chart, name = ledger.chart, ledger.profile.date
    if not chart.locked or not (sent.new or name in sent.names):
        return
    day = sent.record.get(name)
    day = str(day) if day else sent.today
    if day <= chart.locked:
        yield Refusal(
            "period-locked",
            f"{ledger.name}.{name} is {day}, and the books are locked up to {chart.locked}: nothing can be dated so",
            (f"date it after {chart.locked}", f"have the lock date moved back in {ledger.name}"),
            day,
        )


def _currency(sent: Sent, ledger: Ledger) -> Iterator[Refusal]:
    chart, name = ledger.chart, ledger.profile.currency
    code = sent.record.get(name)
    if not isinstance(code, str) or not code or not (sent.new or name in sent.names):
        return
    if code not in chart.currencies | {chart.base}:
        has = listed(sorted(chart.currencies | {chart.base}))
        yield Refusal(
            "currency-not-subscribed",
            f"{ledger.name}.{name} is {code}, to which the organisation is not subscribed; it has {has}",
            (f"add {code} to the currencies of the organisation", "or make the document in one of those"),
            code,
        )


def _rate(sent: Sent, ledger: Ledger) -> Iterator[Refusal]:
    """Refuse to post a foreign document as if it were in base currency, wherever its rate came from."""
    name, base = ledger.profile.rate, ledger.chart.base
    code = sent.record.get(ledger.profile.currency) or base
    if name in sent.names and sent.record.get(name) == 1 and code != base:
        yield Refusal(
            "rate-of-one",
            f"{ledger.name}.{name} would be exactly 1 for a document in {code}, and the books are kept in {base}",
            (
                "map the rate with as: rate, so that a source of rates is asked",
                f"or leave the rule out: {ledger.name} then takes its own rate of the document's day",
            ),
            str(code),
        )


def _basis(sent: Sent, ledger: Ledger) -> Iterator[Refusal]:
    """Refuse a word of which nobody knows whether amounts hold tax under it: every figure rests on that."""
    name, known = ledger.profile.basis, ledger.profile.bases
    value = sent.record.get(name)
    if name in sent.names and value and str(value).casefold() not in {word.casefold() for word in known}:
        yield Refusal(
            "unknown-tax-basis",
            f"{ledger.name}.{name} is {value}, and there are {listed(known)}",
            ("write one of these in the mapping", "or turn the source's words into these with as: lookup"),
            str(value),
        )


# --- lines -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A cause in one line. Those of one code and value are told together."""

    code: str
    value: str
    why: str
    ways_out: tuple[str, ...]
    at: str = ""


def _lines(sent: Sent, lines: Sequence[Line], ledger: Ledger) -> Iterator[Refusal]:
    profile = ledger.profile
    currency, sale = str(sent.record.get(profile.currency) or ""), profile.sells(sent.record)
    taxed = basis_of(sent.record, profile).taxed
    found: dict[_Doubt, list[int]] = {}
    for place, line in enumerate(lines, 1):
        made = filled(line, ledger.chart, profile, currency=currency, sale=sale).line
        for doubt in (
            *_account(made, ledger, sent.booked.get(place), sale=sale),
            *(_tax(line, made, ledger) if taxed else ()),
        ):
            found.setdefault(doubt, []).append(place)
    codes: dict[str, list[tuple[_Doubt, list[int]]]] = {}
    for doubt, places in found.items():
        codes.setdefault(doubt.code, []).append((doubt, places))
    for code, doubts in codes.items():
        told = "; ".join(f"{_places(places)}: {doubt.why}" for doubt, places in doubts)
        ways = dict.fromkeys(way for doubt, _ in doubts for way in doubt.ways_out)
        about = "; ".join(f"{doubt.value} in {places}" for doubt, places in doubts)
        rules = {doubt.at for doubt, _ in doubts}
        at = rules.pop() if len(rules) == 1 else ""
        yield Refusal(code, f"{ledger.name}.{profile.lines}, {told}", tuple(ways), about, at)


def _account(line: Line, ledger: Ledger, at: str | None, *, sale: bool) -> Iterator[_Doubt]:
    """Judge the account of a line; `at` None: it stands there already, and stays."""
    code = line.get(ledger.profile.account)
    if not isinstance(code, str) or not code:
        return
    books = Books(ledger.name, ledger.connection, ledger.profile, ledger.chart, ledger.sales_accounts)
    found = unfit(code, books, sold=sale and at is not None)
    if found is not None:
        first, *others = found.ways_out
        ways = (f"{first}: {at}", *others) if at else found.ways_out
        yield _Doubt(found.code, code, found.why, ways, at or "")


def _tax(sent: Line, line: Line, ledger: Ledger) -> Iterator[_Doubt]:
    """Judge the tax type that a line names, or else the one that the ledger fills in."""
    profile, chart = ledger.profile, ledger.chart
    code = line.get(profile.tax)
    if not isinstance(code, str) or not code:
        return
    account = chart.accounts.get(str(line.get(profile.account) or ""))
    rate = chart.tax_rates.get(code)
    if rate is not None and rate.active and _applies(rate, account):
        if code in ledger.chosen and sent.get(profile.tax):
            yield from _other_rate(rate, ledger.chosen[code], ledger.name)
        return
    of = "" if sent.get(profile.tax) else ", which the ledger takes by itself,"
    fit = _rates(one for one in chart.tax_rates.values() if one.active and _applies(one, account))
    for_it = f"; for the account {account.code} there are {fit}" if account is not None else f"; there are {fit}"
    ways = ("name one of these tax types in the mapping or in its tables",)
    if rate is None:
        why = f"the organisation has no tax type {code}{of}{for_it}"
        yield _Doubt("unknown-tax-type", code, why, (*ways, f"or add the tax rate in {ledger.name}"))
    elif not rate.active:
        why = f"the tax type {code} ({rate.name}){of} is no longer in use{for_it}"
        yield _Doubt("inactive-tax-type", code, why, ways)
    elif account is not None:
        why = f"the tax type {code} ({rate.name}){of} cannot be used with the account {_named(account)}{for_it}"
        yield _Doubt("tax-type-and-account", code, why, (*ways, "or name another account"))


def _other_rate(rate: TaxRate, chosen: Chosen, name: str) -> Iterator[_Doubt]:
    if chosen.percent != rate.percent:
        why = (
            f"the tax type {rate.code} ({rate.name}) is {number(rate.percent)} % in {name},"
            f" and the tax table {chosen.table} says {number(chosen.percent)} %"
        )
        own = f"correct the rate in {name}, or name a tax table of your own under its connection: tax: …"
        yield _Doubt("other-tax-rate", rate.code, why, (f"look which of them is right; {own}",))


def _applies(rate: TaxRate, account: Account | None) -> bool:
    return account is None or not account.group or account.group in rate.applies


# --- words -------------------------------------------------------------------------------------------------------


def _places(places: Sequence[int]) -> str:
    return f"line{'s' if len(places) > 1 else ''} {', '.join(map(str, places))}"


def _named(account: Account) -> str:
    return f"{account.code} ({account.name}, {account.group})"


def _rates(rates: Iterable[TaxRate]) -> str:
    return listed([f"{one.code} ({number(one.percent)} %)" for one in sorted(rates, key=lambda one: one.code)])
