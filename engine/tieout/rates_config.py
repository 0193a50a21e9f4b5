"""`rates:` of tieout.yaml: which sources of exchange rates are asked, in which order, and how old a rate may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tieout.language.nodes import MapNode, ScalarNode
from tieout.problems import Position


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One source of the chain, as written."""

    name: str
    """A built-in source, one of a plugin, a connection or its adapter; of a file its path below the project."""
    at: Position
    file: bool = False


@dataclass(frozen=True, slots=True)
class RatesConfig:
    """What tieout.yaml says of rates."""

    chain: tuple[ChainLink, ...] = ()
    """In the order in which they are asked; empty: the project names none."""
    stale_after: timedelta | None = None
    """A rate older than this is not used; None: the engine's default."""


def read_rates(node: MapNode) -> RatesConfig:
    """Read `rates:`; its form is right already."""
    chain = []
    for item in node.list("chain"):
        if isinstance(item, ScalarNode):
            chain.append(ChainLink(str(item.value), item.at))
        elif isinstance(item, MapNode):
            file = item.get("file")
            chain.append(ChainLink(item.text("file"), file.at if file else item.at, file=True))
    days = node.text("stale_after")
    return RatesConfig(tuple(chain), timedelta(days=int(days.removesuffix("d"))) if days else None)
