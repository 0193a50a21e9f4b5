"""A guard that a missing record opens: `books.Status != 'DRAFT'` is true while `books` does not exist (LANGUAGE §12).

Computes the expression once with that side null and everything else unknown; a `!=` or `!` over the side that comes
out true is what the author did not mean.
"""

from __future__ import annotations

from dataclasses import dataclass

from tieout.mapping import syntax
from tieout.mapping.compiled import holds
from tieout.mapping.functions import equal
from tieout.mapping.syntax import ExpressionProblem, Node
from tieout.model import Value


@dataclass(frozen=True, slots=True)
class _Known:
    value: Value


_NULL = _Known(None)


def unguarded(text: str, side: str) -> ExpressionProblem | None:
    """Find the guard that opens while this side's record does not exist. The text must have parsed."""
    search = _Search(side)
    result = search.compute(syntax.read(text))
    if search.opened is None or (result is not None and not holds(result.value)):
        return None
    mend = f"{side} && ({text})" if "||" in syntax.blanked(text) else f"{side} && {text}"
    message = f"while there is no {side} record, this holds; say {side} && ..."
    return ExpressionProblem("null-guard", message, mend, search.opened)


class _Search:
    def __init__(self, side: str) -> None:
        self._side = side
        self.opened: int | None = None

    def compute(self, node: Node) -> _Known | None:
        """Give the value if it does not depend on anything but the missing side."""
        if node.kind == "literal":
            return _Known(node.value)
        if node.kind == "field":
            return _NULL if node.value == self._side and not node.dotted else None
        way = _WAYS.get(node.kind)
        return None if way is None else way(self, node)

    def of_first(self, node: Node) -> _Known | None:
        """Paths, indexes and projections: null of null."""
        return _NULL if self.compute(node.children[0]) == _NULL else None

    def negation(self, node: Node) -> _Known | None:
        inner = self.compute(node.children[0])
        return None if inner is None else self._opens(node, _Known(not holds(inner.value)))

    def _opens(self, node: Node, result: _Known) -> _Known:
        tested = node.children[0]
        existence = node.kind == "not_expression" and tested.kind == "field"
        if result.value is True and not existence and self._reads_side(node) and self.opened is None:
            self.opened = node.at
        return result

    def _reads_side(self, node: Node) -> bool:
        return any(part.kind == "field" and part.value == self._side and not part.dotted for part in syntax.nodes(node))

    def logic(self, node: Node) -> _Known | None:
        left = self.compute(node.children[0])
        if left is None:
            right = self.compute(node.children[1])
            decided = right is not None and holds(right.value) == (node.kind == "or_expression")
            return right if decided else None
        if holds(left.value) == (node.kind == "or_expression"):
            return left
        return self.compute(node.children[1])

    def comparator(self, node: Node) -> _Known | None:
        left, right = (self.compute(child) for child in node.children)
        if left is None or right is None:
            return None
        same = equal(left.value, right.value)
        if node.value == "ne":
            return self._opens(node, _Known(not same))
        if node.value == "eq":
            return _Known(same)
        return _NULL if None in (left.value, right.value) else None

    def function(self, node: Node) -> _Known | None:
        arguments = [self.compute(child) for child in node.children]
        if node.value == "not_null":
            return next((given for given in arguments if given != _NULL), _NULL)
        return _NULL if _NULL in arguments else None


_WAYS = {
    **dict.fromkeys(("subexpression", "index_expression", "flatten"), _Search.of_first),
    **dict.fromkeys(("projection", "filter_projection", "value_projection"), _Search.of_first),
    **dict.fromkeys(("and_expression", "or_expression"), _Search.logic),
    "not_expression": _Search.negation,
    "comparator": _Search.comparator,
    "function_expression": _Search.function,
}
