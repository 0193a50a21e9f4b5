"""`guards:` of tieout.yaml: the limits that stop a plan until a person lets this plan through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tieout.language.nodes import ListNode, MapNode, ScalarNode
from tieout.problems import Position

MONEY = ("receivables", "revenue", "tax")


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit in money."""

    what: str
    """receivables, revenue or tax."""
    currency: str
    digits: str
    """The amount as it is written."""
    at: Position


@dataclass(frozen=True, slots=True)
class Guards:
    """Limits for each mapping and pass."""

    creates: int = 50
    updates: int = 500
    deletes: int = 0
    voids: int = 0
    share: Decimal = Decimal("0.20")
    """Of the links of a mapping, from ten links on."""
    limits: tuple[Limit, ...] = ()
    """In money, as they are written."""

    @property
    def money(self) -> Mapping[str, Mapping[str, Decimal]]:
        """Give receivables, revenue, tax -> currency -> the most that may move, up and down added up."""
        found: dict[str, dict[str, Decimal]] = {}
        for one in self.limits:
            found.setdefault(one.what, {}).setdefault(one.currency, Decimal(one.digits))
        return found


def read_guards(node: MapNode) -> Guards:
    """Read `guards:`; its form is right already."""
    plain, share, money = Guards(), node.text("share"), node.table("money")
    return Guards(
        _count(node, "creates", plain.creates),
        _count(node, "updates", plain.updates),
        _count(node, "deletes", plain.deletes),
        _count(node, "voids", plain.voids),
        Decimal(share.removesuffix("%")) / 100 if share else plain.share,
        tuple(limit for what in MONEY for limit in _limits(money, what)),
    )


def _count(node: MapNode, key: str, default: int) -> int:
    found = node.get(key)
    return found.value if isinstance(found, ScalarNode) and isinstance(found.value, int) else default


def _limits(node: MapNode, what: str) -> Iterator[Limit]:
    given = node.get(what)
    for leaf in given.items if isinstance(given, ListNode) else (given,):
        if isinstance(leaf, ScalarNode):
            currency, _, digits = str(leaf.value).partition(" ")
            yield Limit(what, currency, digits, leaf.at)
