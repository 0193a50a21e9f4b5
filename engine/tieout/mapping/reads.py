"""Which paths an expression reads: the checker looks them up, the adapters are asked for them, nothing else is.

Walks the tree with *references* (a root and names below it) instead of values. Where a value's origin cannot be
followed any further, the path that has been reached is read as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from tieout.mapping.paths import join_path
from tieout.mapping.syntax import Node

Reference = tuple[str, ...]
"""A root and the names below it."""
References = frozenset[Reference]
NOTHING: References = frozenset()


def reads_of(top: Node) -> Mapping[str, frozenset[str]]:
    """Give, for each root that is read, the paths below it.

    A root read as a whole has no path; where paths are read beside all of its values (`crm.*.x`), one of them is blank.
    """
    reading = _Reading()
    reading.note(reading.walk(top, None))
    found: dict[str, set[str]] = {}
    for root, *names in reading.seen:
        paths = found.setdefault(root, set())
        if names:
            paths.add(join_path(names))
    for root in reading.spread:
        found.setdefault(root, set()).add("")
    return {root: frozenset(found[root]) for root in sorted(found)}


class _Reading:
    def __init__(self) -> None:
        self.seen: set[Reference] = set()
        self.spread: set[str] = set()
        """Roots of which all values are read, whatever their names."""

    def note(self, references: References) -> None:
        self.seen |= references

    def walk(self, node: Node, current: References | None) -> References:
        """Give where the node's value comes from; `current` None: the scope."""
        if node.kind == "field":
            name = str(node.value)
            return frozenset({(name,)}) if current is None else frozenset((*one, name) for one in current)
        if node.kind in {"current", "identity", "index", "slice"}:
            if node.bounds:
                self.note(current or NOTHING)
            return current or NOTHING
        return _WAYS.get(node.kind, _Reading.anything)(self, node, current)

    def anything(self, node: Node, current: References | None) -> References:
        """Comparisons, `!`, and built objects: all parts are read, and the result is new."""
        for part in node.children:
            self.note(self.walk(part, current))
        return NOTHING

    def steps(self, node: Node, current: References | None) -> References:
        first = True
        for step in node.children:
            current = self.walk(step, current if first or current is not None else NOTHING)
            first = False
        return current or NOTHING

    def projection(self, node: Node, current: References | None) -> References:
        items = self.walk(node.children[0], current)
        self.note(items)
        if node.kind == "value_projection":
            self.spread |= {one[0] for one in items if len(one) == 1}
        if node.kind == "filter_projection":
            self.note(self.walk(node.children[2], items))
        return self.walk(node.children[1], items)

    def together(self, node: Node, current: References | None) -> References:
        parts = [self.walk(child, current) for child in node.children]
        if node.kind == "and_expression":
            self.note(parts[0])
            return parts[1]
        if node.kind != "or_expression":
            for part in parts:
                self.note(part)
        return frozenset().union(*parts)

    def function(self, node: Node, current: References | None) -> References:
        name, arguments = str(node.value), node.children
        if name == "not_null":
            return frozenset().union(*(self.walk(argument, current) for argument in arguments))
        first = self.walk(arguments[0], current) if arguments else NOTHING
        if name == "get" and len(arguments) > 1 and arguments[1].kind == "literal":
            return frozenset((*one, str(arguments[1].value)) for one in first)
        self.note(first)
        for argument in arguments[1:]:
            if argument.kind == "expref":
                self.note(self.walk(argument.children[0], first))
            else:
                self.note(self.walk(argument, current))
        passed_on = {"sort", "sort_by", "reverse", "min", "max", "min_by", "max_by", "values", "get"}
        return first if name in passed_on else NOTHING


_WAYS = {
    "subexpression": _Reading.steps,
    "pipe": _Reading.steps,
    "index_expression": _Reading.steps,
    "projection": _Reading.projection,
    "value_projection": _Reading.projection,
    "filter_projection": _Reading.projection,
    "flatten": _Reading.together,
    "and_expression": _Reading.together,
    "or_expression": _Reading.together,
    "multi_select_list": _Reading.together,
    "function_expression": _Reading.function,
}
