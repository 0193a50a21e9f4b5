"""Is a mapping's text well formed: its keys and words, by the schema with its own side names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tieout.language.mapping_table import SHAPES
from tieout.language.nodes import ListNode, MapNode, Node, Step
from tieout.language.schemas import SHIPPED_SIDES, mapping_schema
from tieout.language.validation import broken, validate
from tieout.mapping.expressions import RESERVED
from tieout.problems import Problem

OPTIONS = frozenset(key.name for shape in SHAPES if shape.sides for key in shape.keys)
"""No side can be called like an option."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """A mapping without its malformed parts, so that the others can be checked all the same."""

    root: MapNode | None
    """None: too little is left to go on."""
    problems: tuple[Problem, ...]
    whole: bool
    """Nothing was malformed, and nothing in it is unsupported."""


def shaped(root: MapNode) -> Shaped:
    """Hold a mapping against the schema."""
    sides, found = _sides(root)
    if sides is None:
        # With wrong side names every path would be an unknown key: say what is wrong with `between` alone.
        rest = root.without("fields", "lists", "match", "remember", "create", "update", "delete", "leave", "between")
        said = [p for p in validate(rest, mapping_schema()) if p.code != "missing-key"]
        return Shaped(None, (*found, *said), whole=False)
    schema = mapping_schema(sides)
    problems = [*found, *validate(root, schema)]
    kept = _pruned(root, broken(root, schema))
    usable = not found and all(isinstance(kept.table("between").get(side), MapNode) for side in sides)
    return Shaped(kept if usable else None, tuple(problems), whole=not problems)


def _sides(root: MapNode) -> tuple[tuple[str, str] | None, list[Problem]]:
    between = root.get("between")
    if not isinstance(between, MapNode):
        return SHIPPED_SIDES, []
    names = list(between.entries)
    if len(names) != 2:  # noqa: PLR2004  # sides
        message = f"between names exactly two sides, not {len(names)}"
        return None, [Problem("wrong-count", message, between.at, "write between: {crm: {…}, books: {…}}")]
    bad = [name for name in names if name in RESERVED | OPTIONS or not name.isidentifier() or name != name.lower()]
    problems = [
        Problem(
            "reserved-side",
            f"{name!r} cannot be the name of a side"
            + (
                ": the language uses it"
                if name in RESERVED | OPTIONS
                else ": a word has lower-case letters, digits and _"
            ),
            between.key_at(name),
            "take another name, such as crm, books, shop",
        )
        for name in bad
    ]
    return (None if bad else (names[0], names[1])), problems


def _pruned(root: MapNode, paths: Sequence[tuple[Step, ...]]) -> MapNode:
    """Cut out each malformed part at the smallest place that can be left out as a whole."""
    cuts = {cut for path in paths if (cut := _cut(path))}
    made = _without(root, (), cuts)
    return made if isinstance(made, MapNode) else MapNode({}, root.at)


def _cut(path: tuple[Step, ...]) -> tuple[Step, ...]:
    """A rule of a list, a rule of a mapping, a check, a policy of one side; else the key."""
    if len(path) >= 4 and path[0] == "lists" and path[2] == "fields":  # noqa: PLR2004  # lists, n, fields, m
        return path[:4]
    if path and path[0] in {
        "fields",
        "lists",
        "match",
        "checks",
        "create",
        "update",
        "delete",
        "leave",
        "settings",
        "tables",
    }:
        return path[:2]
    if path and path[0] == "picks":
        return path[:3] if len(path) > 2 else ()  # noqa: PLR2004  # picks, name, key: what is left is told by its name
    if path and path[0] == "between":
        return path[:3] if len(path) > 2 and path[2] not in {"connection", "object"} else path[:2]  # noqa: PLR2004
    return path[:1]


def _without(node: Node, here: tuple[Step, ...], cuts: set[tuple[Step, ...]]) -> Node:
    match node:
        case MapNode():
            kept = {
                key: _without(inner, (*here, key), cuts)
                for key, inner in node.entries.items()
                if (*here, key) not in cuts
            }
            return MapNode(kept, node.at, node.keys)
        case ListNode():
            items = tuple(
                _without(item, (*here, number), cuts)
                for number, item in enumerate(node.items)
                if (*here, number) not in cuts
            )
            return ListNode(items, node.at)
    return node
