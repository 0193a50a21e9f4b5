"""Limits in money that make no sense: no such currency, two for one currency, more decimals than it has."""

from __future__ import annotations

from collections.abc import Iterator

from tieout.guard_config import Guards, Limit
from tieout.money.currencies import codes, countable, exponent, known
from tieout.problems import Problem
from tieout.toolkit import nearest


def limit_problems(guards: Guards) -> Iterator[Problem]:
    """Check the guards in money of a project."""
    seen: set[tuple[str, str]] = set()
    for limit in guards.limits:
        problem = _problem(limit, seen)
        if problem is not None:
            yield problem
        seen.add((limit.what, limit.currency))


def _problem(limit: Limit, seen: set[tuple[str, str]]) -> Problem | None:
    currency, at = limit.currency, limit.at
    if not countable(currency):
        near = tuple(nearest(currency, list(codes())))
        told = "no currency that amounts can be in" if known(currency) else "no currency of ISO 4217"
        return Problem("unknown-currency", f"{currency} is {told}", at, "", near)
    if (limit.what, currency) in seen:
        return Problem("duplicate-limit", f"{limit.what} has two limits in {currency}", at, "keep one of them")
    places = exponent(currency)
    if places is not None and len(limit.digits.partition(".")[2]) > places:
        told = f"{currency} has {places} decimals, and {limit.digits} has more"
        return Problem("too-many-decimals", told, at, "round it")
    return None
