"""Expression text as a tree in which every name and every literal knows its place.

jmespath is the parser (`>=1.1,<1.2`; that range's token and node shapes are held by a test). Its nodes carry no
position and its number literals are floats, so both are read again from its own tokens: names and literals stand in
the tree in the order of the text.

One thing is read otherwise than jmespath reads it: there `!crm.IsWon` is `(!crm).IsWon`, which is always null. Here
`!` takes the whole path behind it, as everyone who writes it means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.lexer import Lexer

from tieout.model import Value

MOST_CHARACTERS = 4000
MOST_DEPTH = 64
MOST_DIGITS = 400
"""Before or behind the point of a number; beyond any amount, and short of an exponent written to fill the memory."""
MOST_COPIES = 100_000
"""How often an expression may multiply what it reads (`[@, @] | [@, @]` does so by four)."""

QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ExpressionProblem:
    """What is wrong with an expression or a path; `mend` is the corrected text, `offset` counts characters from 0."""

    code: str
    message: str
    mend: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the tree: jmespath's type, value and children, and where it begins."""

    kind: str
    value: Value = None
    children: tuple[Node, ...] = ()
    at: int = 0
    end: int = 0
    """Of a name or literal: where its text ends."""
    quoted: bool = False
    """A name in double quotes."""
    dotted: bool = False
    """A name directly after a dot."""
    bounds: tuple[int | None, ...] = ()
    """Of an index or a slice."""


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    start: int
    end: int
    dotted: bool


def blanked(text: str) -> str:
    """Give the text with everything in quotes replaced, so that places outside of quotes can be searched."""
    return QUOTED.sub(lambda found: "\x01" * len(found[0]), text)


def read(text: str) -> Node:
    """Make the tree. Raises jmespath's error or RecursionError; the text's literals have been checked before."""
    tree = jmespath.compile(text).parsed
    return _Placing(text).node(cast("dict[str, Any]", tree))


def parse_error() -> type[JMESPathError]:
    """Give the exception that `read` raises for text that is no expression."""
    return JMESPathError


def literal(source: str) -> Value:
    """Read a literal with its delimiters; numbers are Decimal from the exact text. Raises ValueError."""
    inner = source[1:-1]
    if source[0] == "'":
        return inner.replace("\\'", "'")
    inner = inner.replace("\\`", "`")
    return cast("Value", json.loads(inner, parse_int=_number, parse_float=_number, parse_constant=_no_constant))


def _number(digits: str) -> Decimal:
    number = Decimal(digits)
    if abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError("a number with an absurd exponent")
    return number


def _no_constant(name: str) -> Value:
    raise ValueError(f"{name} is no value")


def _words(text: str) -> Iterator[_Word]:
    before = ""
    for token in Lexer().tokenize(text):
        kind, start = token["type"], token["start"]
        if kind in {"unquoted_identifier", "quoted_identifier", "literal"}:
            # The lexer gives the length of a quoted token as its end.
            end = token["end"] if kind == "unquoted_identifier" else start + token["end"]
            if kind != "unquoted_identifier":
                end = start + len(cast("re.Match[str]", QUOTED.match(text, start))[0])
            yield _Word(kind, start, end, dotted=before == "dot")
        before = kind


class _Placing:
    """Hands out the text's names and literals to the nodes, in the order of the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = _words(text)

    def node(self, raw: dict[str, Any]) -> Node:
        kind = raw["type"]
        if kind in {"field", "literal"}:
            return self._leaf(kind, raw["value"])
        if kind in {"index", "slice"}:
            return Node(kind, bounds=tuple(raw["children"]) if kind == "slice" else (raw["value"],))
        if kind in {"function_expression", "key_val_pair"}:
            word = next(self._words)
            inside = tuple(self.node(child) for child in raw["children"])
            return Node(kind, raw["value"], inside, word.start, word.end, dotted=word.dotted)
        if kind == "filter_projection":
            left, right, condition = raw["children"]
            parts = [self.node(left), self.node(condition), self.node(right)]
            return _not_last(Node(kind, children=(parts[0], parts[2], parts[1]), at=parts[0].at))
        inside = tuple(self.node(child) for child in raw["children"])
        return _not_last(Node(kind, raw.get("value"), inside, at=inside[0].at if inside else 0))

    def _leaf(self, kind: str, value: Value) -> Node:
        word = next(self._words)
        if kind == "literal":
            value = literal(self._text[word.start : word.end])
        return Node(kind, value, (), word.start, word.end, quoted=word.kind == "quoted_identifier", dotted=word.dotted)


_GOES_ON = {"subexpression", "flatten", "projection", "value_projection", "filter_projection"}


def _not_last(node: Node) -> Node:
    """Turn (!a).b into !(a.b): nothing can be read of a boolean."""
    first = node.children[0] if node.children else None
    if node.kind not in _GOES_ON or first is None or first.kind != "not_expression":
        return node
    inner = replace(node, children=(first.children[0], *node.children[1:]))
    return replace(first, children=(_not_last(inner),))


def nodes(top: Node) -> Iterator[Node]:
    """Yield all nodes below and with this one."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children)


def depth(top: Node) -> int:
    """Count the levels of the tree."""
    most, waiting = 0, [(top, 1)]
    while waiting:
        node, level = waiting.pop()
        most = max(most, level)
        waiting.extend((child, level + 1) for child in node.children)
    return most


def copies(top: Node) -> int:
    """Say how often the expression can at most multiply what it reads: the product over its multi-selects."""
    product = 1
    for node in nodes(top):
        if node.kind in {"multi_select_list", "multi_select_dict"}:
            product *= max(1, sum(child.kind != "literal" for child in node.children))
    return product
