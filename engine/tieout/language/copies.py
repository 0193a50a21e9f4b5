"""A mapping over several connections: one copy of it for each, called `customers@xero_uk`.

The copies of one mapping are its family. A copy is a mapping like any other: one connection on each side, and all that
hangs on a mapping's name is its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tieout.language.nodes import ListNode, MapNode, ScalarNode
from tieout.problems import Problem

_SIGN = "@"


def copy_name(family: str, connection: str) -> str:
    """Name the copy of a mapping over one connection."""
    return f"{family}{_SIGN}{connection}"


def family_of(name: str) -> str:
    """Give the mapping that a copy is of; any other mapping is a family by itself."""
    return name.partition(_SIGN)[0]


def record_of_family(name: str) -> str:
    """Name a record as one of all copies: `customers/crm:001…` for `customers@xero_uk/crm:001…`."""
    mapping, slash, rest = name.partition("/")
    return f"{family_of(mapping)}{slash}{rest}"


def called(name: str, known: Iterable[str]) -> list[str]:
    """Give the mappings that a person means by a name: the one of this name, or all copies of it."""
    return [one for one in known if name in {one, family_of(one)}]


def names_to_call(known: Iterable[str]) -> list[str]:
    """Give every name that people may call these mappings by, families first."""
    given = list(known)
    return list(dict.fromkeys([*map(family_of, given), *given]))


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy as written: over one connection of the side that has the list."""

    connection: str
    side: str
    root: MapNode


def copies(root: MapNode, found: list[Problem]) -> list[Copy]:
    """Give each copy of a mapping; none if no side has a list of connections.

    A list that is malformed is left as it is, for the schema tells what is wrong with it.
    """
    between = root.table("between")
    sides = [side for side in between.entries if isinstance(between.get(side), MapNode)]
    listed = [side for side in sides if isinstance(between.table(side).get("connection"), ListNode)]
    stray = [side for side in sides if side not in listed and "route" in between.table(side).entries]
    found += [_stray(side, between.table(side)) for side in stray]
    if len(listed) > 1:
        at = between.table(listed[1]).entries["connection"].at
        mend = "name one connection here, and write a mapping for each other"
        found.append(Problem("two-lists", "both sides name several connections: one side can", at, mend))
    if len(listed) != 1:
        return []
    return [
        Copy(str(one.value), listed[0], _over(root, listed[0], one)) for one in _connections(between.table(listed[0]))
    ]


def _stray(side: str, end: MapNode) -> Problem:
    message = f"{side} has one connection, so there is nothing to route"
    mend = "leave it out; which records take part is said by `where` of their own side"
    return Problem("stray-route", message, end.key_at("route"), mend)


def _connections(end: MapNode) -> list[ScalarNode]:
    """Give the connections of a side's list; none if it is malformed."""
    items = end.list("connection")
    named = [item for item in items if isinstance(item, ScalarNode) and isinstance(item.value, str)]
    return named if len({item.value for item in named}) == len(items) else []


def _over(root: MapNode, side: str, connection: ScalarNode) -> MapNode:
    between = root.table("between")
    end = _with(between.table(side), "connection", connection)
    return _with(root, "between", _with(between, side, end))


def _with(node: MapNode, key: str, value: MapNode | ScalarNode) -> MapNode:
    return MapNode({**node.entries, key: value}, node.at, node.keys)
