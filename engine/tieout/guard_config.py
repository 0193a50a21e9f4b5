"""`guards:` of tieout.yaml: the limits that stop a plan until a person lets this plan through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tieout.language.nodes import ListNode, MapNode, ScalarNode
from tieout.money.currencies import codes, exponent, known
from tieout.problems import Problem
from tieout.toolkit import nearest

MONEY = ("receivables", "revenue", "tax")


@dataclass(frozen=True, slots=True)
class Guards:
    """Limits for each mapping and pass."""

    creates: int = 50
    updates: int = 500
    deletes: int = 0
    voids: int = 0
    share: Decimal = Decimal("0.20")
    """Of the links of a mapping, from ten links on."""
    money: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    """receivables, revenue, tax -> currency -> the most that may move, up and down added up."""


def read_guards(node: MapNode, found: list[Problem]) -> Guards:
    """Read `guards:`, whose form is right already, adding what is wrong with its amounts to `found`."""
    plain, share, money = Guards(), node.text("share"), node.table("money")
    return Guards(
        _count(node, "creates", plain.creates),
        _count(node, "updates", plain.updates),
        _count(node, "deletes", plain.deletes),
        _count(node, "voids", plain.voids),
        Decimal(share.removesuffix("%")) / 100 if share else plain.share,
        {what: _amounts(money, what, found) for what in MONEY if money.get(what) is not None},
    )


def _count(node: MapNode, key: str, default: int) -> int:
    found = node.get(key)
    return found.value if isinstance(found, ScalarNode) and isinstance(found.value, int) else default


def _amounts(node: MapNode, what: str, found: list[Problem]) -> dict[str, Decimal]:
    limits: dict[str, Decimal] = {}
    for leaf in _leaves(node, what):
        currency, _, digits = str(leaf.value).partition(" ")
        if not known(currency):
            close = nearest(currency, list(codes()))
            found.append(
                Problem("unknown-currency", f"{currency} is no currency of ISO 4217", leaf.at, "", tuple(close))
            )
        elif currency in limits:
            told = f"{what} has two limits in {currency}"
            found.append(Problem("duplicate-limit", told, leaf.at, "keep one of them"))
        elif (places := exponent(currency)) is not None and len(digits.partition(".")[2]) > places:
            told = f"{currency} has {places} decimals, and {digits} has more"
            found.append(Problem("too-many-decimals", told, leaf.at, "round it"))
        limits.setdefault(currency, Decimal(digits))
    return limits


def _leaves(node: MapNode, what: str) -> Iterator[ScalarNode]:
    given = node.get(what)
    for leaf in given.items if isinstance(given, ListNode) else (given,):
        if isinstance(leaf, ScalarNode):
            yield leaf
