"""What people write, and what they meant (LANGUAGE §12): each trap has its code and the corrected text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tieout.mapping import functions, syntax
from tieout.mapping.syntax import ExpressionProblem, Node, blanked
from tieout.toolkit import nearest

RESERVED = frozenset({"parent", "item", "link", "pick", "rollup", "settings", "run", "rounding"})
"""Roots that are no side."""

_WORDS = {"true": "true", "false": "false", "null": "null", "none": "null", "nil": "null"}


# --- Text that the parser refuses --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Slip:
    code: str
    pattern: re.Pattern[str]
    correct: str | Callable[[re.Match[str]], str] | None
    message: str


_ARITHMETIC = "arithmetic is the business of transforms and roll-ups, not of expressions"
_SLIPS = (
    _Slip("template", re.compile(r"\$\{|\{\{"), None, "there are no templates here: write the expression bare"),
    _Slip("curly-quotes", re.compile("[\u2018\u2019\u201c\u201d]"), "'", "text stands in straight single quotes"),
    _Slip("single-equals", re.compile(r"===|(?<![=!<>])=(?!=)"), "==", "a comparison is =="),
    _Slip("not-equals", re.compile(r"<>|!=="), "!=", "unequal is !="),
    _Slip("word-operator", re.compile(r"\bis\s+not\s+null\b", re.IGNORECASE), "!= `null`", "null is compared with !="),
    _Slip("word-operator", re.compile(r"\bis\s+null\b", re.IGNORECASE), "== `null`", "null is compared with =="),
    _Slip("word-operator", re.compile(r"\band\b", re.IGNORECASE), "&&", "and is written &&"),
    _Slip("word-operator", re.compile(r"\bor\b", re.IGNORECASE), "||", "or is written ||"),
    _Slip("word-operator", re.compile(r"\bnot\s+(?=[\w(])", re.IGNORECASE), "!", "not is written !"),
    _Slip(
        "bare-number",
        re.compile(r"(?<=[=<>(,&|!\s])-?\d+(?:\.\d+)?(?=\s*(?:$|[)&|,=<>!\]]))"),
        lambda found: f"`{found[0]}`",
        "a number stands in backticks",
    ),
    _Slip(
        "quote-name",
        re.compile(r"(?<=\.)[A-Za-z_]\w*(?:[/-][A-Za-z_]\w*)+(?![.\w(])"),
        lambda found: f'"{found[0]}"',
        "in an expression a name with other signs than letters, digits and _ stands in double quotes",
    ),
    _Slip("arithmetic", re.compile(r"[\w)\x01]\s*[-+*/%]\s*[\w(\x01]"), None, _ARITHMETIC),
)


def before_parsing(text: str) -> ExpressionProblem | None:
    """Find what must not even reach the parser."""
    if not text.strip():
        return ExpressionProblem("empty-expression", "an expression is missing here")
    if len(text) > syntax.MOST_CHARACTERS:
        return ExpressionProblem("too-large", f"an expression has at most {syntax.MOST_CHARACTERS} characters")
    for found in syntax.QUOTED.finditer(text):
        if found[0][0] == "`":
            try:
                syntax.literal(found[0])
            except ValueError:
                return _bad_literal(text, found)
    loose = re.search(r"""['"`]""", blanked(text))
    if loose is not None:
        return ExpressionProblem("unclosed-quote", f"the quote {loose[0]} is never closed", "", loose.start())
    return None


def _bad_literal(text: str, found: re.Match[str]) -> ExpressionProblem:
    mend = f"{text[: found.start()]}'{found[0][1:-1].strip()}'{text[found.end() :]}"
    message = f"{found[0]} is no literal: backticks hold numbers, true, false and null; text stands in single quotes"
    return ExpressionProblem("bad-literal", message, mend, found.start())


def refused(text: str, error: Exception) -> ExpressionProblem:
    """Say why the parser refused a text, and what was meant if it can be told."""
    if isinstance(error, RecursionError):
        return ExpressionProblem("too-large", f"an expression nests at most {syntax.MOST_DEPTH} levels")
    mend, first = text, None
    for slip in _SLIPS:
        found = slip.pattern.search(blanked(mend))
        if found is None:
            continue
        first = first or ExpressionProblem(slip.code, slip.message, "", found.start())
        mend = _corrected(mend, slip)
    if first is not None:
        return replace(first, mend=mend if mend != text and _parses(mend) else "")
    place = getattr(error, "lex_position", None)
    offset = place if isinstance(place, int) else 0
    rest = text[offset : offset + 20]
    message = f"no expression: {rest!r} cannot stand here" if rest else "no expression: it ends too early"
    return ExpressionProblem("syntax", message, "", min(offset, len(text)))


def _corrected(text: str, slip: _Slip) -> str:
    if slip.correct is None:
        return text
    pieces, place = [], 0
    for found in slip.pattern.finditer(blanked(text)):
        right = slip.correct if isinstance(slip.correct, str) else slip.correct(found)
        pieces += [text[place : found.start()], right]
        place = found.end()
    return "".join(pieces) + text[place:]


def _parses(text: str) -> bool:
    if before_parsing(text) is not None:
        return False
    try:
        syntax.read(text)
    except (syntax.parse_error(), RecursionError):
        return False
    return True


# --- Text that parses and means something else -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Around:
    """Where a node stands: at the scope, in a filter, after a pipe, or at an item or object."""

    kind: str = "scope"
    operand: Node | None = None
    """The comparison or function of which the node is a direct operand."""


class Traps:
    """Looks for what parses and means something else than its author thinks."""

    def __init__(self, text: str, roots: frozenset[str]) -> None:
        self._text = text
        self._roots = roots
        self._sides = sorted(roots - RESERVED)

    def find(self, top: Node) -> tuple[ExpressionProblem, ...]:
        """Give all problems in the order of the text."""
        if syntax.depth(top) > syntax.MOST_DEPTH:
            return (ExpressionProblem("too-large", f"an expression nests at most {syntax.MOST_DEPTH} levels"),)
        if syntax.copies(top) > syntax.MOST_COPIES:
            return (ExpressionProblem("too-large", "this expression multiplies what it reads beyond any use"),)
        return tuple(sorted(self._walk(top, _Around()), key=lambda problem: problem.offset))

    def _walk(self, node: Node, around: _Around) -> Iterator[ExpressionProblem]:
        match node.kind:
            case "field":
                yield from self._name(node, around)
            case "current" | "identity" if around.kind == "scope":
                yield self._rootless("an expression begins with a root", node.at)
            case "slice" if node.bounds[2:] == (0,):
                yield ExpressionProblem("syntax", "a slice cannot have the step 0", "", node.at)
            case "function_expression":
                yield from self._function(node, around)
            case "expref":
                message = "& belongs to the second argument of sort_by, min_by and max_by"
                yield ExpressionProblem("bad-arguments", message, "", node.children[0].at)
            case _:
                for child, place in self._inside(node, around):
                    yield from self._walk(child, place)

    def _inside(self, node: Node, around: _Around) -> Iterator[tuple[Node, _Around]]:
        kind = around.kind
        later = {"pipe": "pipe", "filter_projection": "item", "projection": "item", "value_projection": "item"}
        for count, child in enumerate(node.children):
            if node.kind == "comparator":
                yield child, _Around(kind, node)
            elif count == 0 or node.kind in _SAME_PLACE:
                yield child, _Around(kind)
            elif node.kind == "filter_projection" and count == 2:  # noqa: PLR2004  # children: list, rest, condition
                yield child, _Around("filter")
            else:
                yield child, _Around(later.get(node.kind, "item"))

    # Names

    def _name(self, node: Node, around: _Around) -> Iterator[ExpressionProblem]:
        name = str(node.value)
        if node.dotted or (node.quoted and name in self._roots):
            return
        if around.kind == "scope":
            yield from self._at_scope(node, name, around)
        elif node.quoted:
            if around.operand is not None and re.fullmatch(r"[\w ]+", name):
                yield self._double_quotes(node, name)
        elif name in _WORDS:
            yield self._bare_word(node, name, around)
        elif name in self._roots | RESERVED:
            yield self._not_visible(node, name, around)

    def _at_scope(self, node: Node, name: str, around: _Around) -> Iterator[ExpressionProblem]:
        if node.quoted:
            yield self._double_quotes(node, name)
        elif name.casefold() in _WORDS and name not in self._roots:
            yield self._bare_word(node, name, around)
        elif name not in self._roots:
            yield self._no_root(node, name, around)

    def _put(self, node: Node, right: str) -> str:
        return self._text[: node.at] + right + self._text[node.end :]

    def _double_quotes(self, node: Node, name: str) -> ExpressionProblem:
        message = f'"{name}" in double quotes is the name of a field; text stands in single quotes'
        return ExpressionProblem("double-quotes", message, self._put(node, f"'{name}'"), node.at)

    def _bare_word(self, node: Node, name: str, around: _Around) -> ExpressionProblem:
        word = _WORDS[name.casefold()]
        message = f"bare {name} is the name of a field: write `{word}` in backticks"
        if word == "true" and around.operand is not None and around.operand.value == "eq":
            other = next((part for part in around.operand.children if part is not node), None)
            if other is not None and other.kind in {"field", "subexpression"}:
                message += f", or just {self._text[other.at : _end(other)]}"
        return ExpressionProblem("bare-literal", message, self._put(node, f"`{word}`"), node.at)

    def _no_root(self, node: Node, name: str, around: _Around) -> ExpressionProblem:
        near = nearest(name, [*self._sides, *sorted(self._roots & RESERVED)], most=1)
        followed = self._text[node.end : node.end + 1] == "."
        if around.operand is not None and not followed and around.operand.children[0] is not node:
            mend = self._put(node, f"'{name}'")
        elif near and followed:
            mend = self._put(node, near[0])
        elif followed and len(self._sides) == 1:
            mend = ""  # the other side, which cannot be seen here, or a reference: nobody knows
        else:
            mend = " or ".join(self._put(node, f"{side}.{name}") for side in self._sides)
        return self._rootless(f"{name!r} is no root", node.at, mend)

    def _rootless(self, what: str, at: int, mend: str = "") -> ExpressionProblem:
        return ExpressionProblem("no-root", f"{what}; the roots here are {', '.join(sorted(self._roots))}", mend, at)

    def _not_visible(self, node: Node, name: str, around: _Around) -> ExpressionProblem:
        if around.kind == "filter":
            told = f"{name} is not visible inside [? ], where names are those of the item; "
            instead = "pick.NAME is the item itself: read it outside of the brackets" if name == "pick" else _INSTEAD
            message = told + instead
            return ExpressionProblem("not-visible", message, "", node.at)
        if around.kind == "pipe":
            message = f"{name} is not visible after a pipe, which reaches to the end; put parentheses around each part"
            return ExpressionProblem("not-visible", message, self._bracketed(), node.at)
        message = f"{name} is not visible here, where names are those of the item or object before"
        return ExpressionProblem("not-visible", message, "", node.at)

    def _bracketed(self) -> str:
        parts = _alternatives(self._text)
        mend = " || ".join(f"({part.strip()})" if "|" in blanked(part) else part.strip() for part in parts)
        return mend if len(parts) > 1 and _parses(mend) else ""

    # Functions

    def _function(self, node: Node, around: _Around) -> Iterator[ExpressionProblem]:
        name = str(node.value)
        signature = functions.SIGNATURES.get(name)
        if signature is None:
            yield self._unknown_function(node, name)
        elif not self._fits(node, signature):
            yield ExpressionProblem("bad-arguments", f"{name}() is called as {signature.form}", "", node.at)
            return
        keyed = signature is not None and signature.key
        for count, child in enumerate(node.children):
            if keyed and count == 1:
                yield from self._walk(child.children[0], _Around("item"))
            else:
                yield from self._walk(child, _Around(around.kind, node))

    def _fits(self, node: Node, signature: functions.Signature) -> bool:
        count = len(node.children)
        if count < signature.least or (signature.most is not None and count > signature.most):
            return False
        return not signature.key or node.children[1].kind == "expref"

    def _unknown_function(self, node: Node, name: str) -> ExpressionProblem:
        near = nearest(name, functions.SIGNATURES, most=1)
        instead = functions.INSTEAD.get(name)
        message = f"there is no function {name}(); there are {', '.join(sorted(functions.SIGNATURES))}"
        if instead is not None:
            return ExpressionProblem("unknown-function", f"{message}. Instead: {instead}", "", node.at)
        return ExpressionProblem("unknown-function", message, self._put(node, near[0]) if near else "", node.at)


_INSTEAD = "compare outside of the brackets, or use a pick, whose default sees both records"
_SAME_PLACE = {"and_expression", "or_expression", "not_expression", "multi_select_list", "multi_select_dict"}


def _end(node: Node) -> int:
    return max(part.end for part in syntax.nodes(node))


def _alternatives(text: str) -> list[str]:
    """Cut a text at the `||` that stand outside of all brackets and quotes."""
    bare, level, cuts = blanked(text), 0, [0]
    for place, sign in enumerate(bare):
        level += (sign in "([{") - (sign in ")]}")
        if level == 0 and bare.startswith("||", place):
            cuts += [place, place + 2]
    cuts.append(len(text))
    return [text[start:end] for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
