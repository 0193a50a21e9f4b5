"""The `where` expressions of the API, by recursive descent (facts (c) where grammar).

Text compares without case and accents (facts 2.1 "case/accent-insensitive"); an empty text is null, like an absent
key.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from tieout_xero.simulator.codec import Row
from tieout_xero.simulator.problems import BadQuery

Getter = Callable[[tuple[str, ...]], Callable[[Row], object]]
Value = Callable[[Row], Any]
_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||==|!=|>=|<=|[=<>!().,]))"
)
_COMPARE = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_METHODS: dict[str, Callable[[str, str], bool]] = {
    "Contains": lambda text, part: part in text,
    "StartsWith": lambda text, part: text.startswith(part),
    "EndsWith": lambda text, part: text.endswith(part),
}
_SAME = {"ToLower", "ToUpper", "ToString", "Trim"}
LONGEST = 4000
_DEEPEST = 50
_DATE_PARTS = range(3, 7)


def parse(text: str, getter: Getter) -> tuple[Callable[[Row], bool], frozenset[str]]:
    """Compile an expression into a test of rows, with the fields that it names; raise `BadQuery`."""
    if len(text) > LONGEST:
        raise BadQuery(f"The expression has more than {LONGEST} characters")
    parser = _Parser(_tokens(text), getter)
    test = parser.either()
    if parser.peek() is not None:
        raise BadQuery(f"Syntax error near '{parser.peek()}'")
    return lambda row: bool(test(row)), frozenset(parser.named)


def folded(value: object) -> Any:
    """Make values comparable: text without case and accents, dates as moments, empty text as null."""
    if isinstance(value, str):
        plain = unicodedata.normalize("NFKD", value)
        return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold() or None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    return value


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadQuery(f"Syntax error at position {at} of '{text}'")
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[str], getter: Getter) -> None:
        self._tokens, self._at, self._getter = tokens, 0, getter
        self._depth = 0
        self.named: set[str] = set()

    def peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def either(self) -> Value:
        """Read alternatives: the whole expression, or what stands in parentheses."""
        left = self._both()
        while self._take_any("||", "OR"):
            left = _or(left, self._both())
        return left

    def _both(self) -> Value:
        left = self._one()
        while self._take_any("&&", "AND"):
            left = _and(left, self._one())
        return left

    def _one(self) -> Value:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadQuery("The expression is nested too deeply")
        try:
            return self._single()
        finally:
            self._depth -= 1

    def _single(self) -> Value:
        if self._take_any("!", "NOT"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._take_any("("):
            inner = self.either()
            self._expect(")")
            return inner
        left = self._operand()
        sign = self.peek()
        if sign not in _COMPARE:
            return left
        self._at += 1
        return _compared(left, _COMPARE[sign], self._operand(), equality=sign in {"==", "=", "!="})

    def _operand(self) -> Value:
        token = self._next()
        if token.startswith('"'):
            return _constant(folded(token[1:-1].replace('\\"', '"').replace("\\\\", "\\")))
        if re.fullmatch(r"-?\d+(\.\d+)?", token):
            return _constant(Decimal(token))
        lower = token.lower()
        if lower in {"true", "false", "null"}:
            return _constant({"true": True, "false": False, "null": None}[lower])
        if lower in {"guid", "datetime"} and self.peek() in {"(", "."}:
            return self._call(lower)
        if not token[0].isalpha():
            raise BadQuery(f"Syntax error near '{token}'")
        return self._path(token)

    def _call(self, name: str) -> Value:
        if self._take_any("."):
            self._expect("Parse")
        self._expect("(")
        given = [self._next()]
        while self._take_any(","):
            given.append(self._next())
        self._expect(")")
        try:
            if given[0].startswith('"'):
                inner = given[0][1:-1]
                return _constant(inner.lower() if name == "guid" else _moment(inner))
            if name == "datetime" and len(given) in _DATE_PARTS:
                return _constant(datetime(*map(int, given), tzinfo=UTC))  # type: ignore[arg-type,misc]  # 3 to 6 parts
        except ValueError as error:
            raise BadQuery(str(error)) from error
        raise BadQuery(f"'{name}' cannot be called so")

    def _path(self, first: str) -> Value:
        path = [first]
        while self._take_any("."):
            name = self._next()
            if self.peek() == "(":
                return self._method(tuple(path), name)
            path.append(name)
        return self._get(tuple(path))

    def _get(self, path: tuple[str, ...]) -> Value:
        if path[-1] in {"Value", "Date"} and len(path) > 1:  # .NET's nullable dates
            path = path[:-1]
        self.named.add(".".join(path))
        get = self._getter(path)
        return lambda row: folded(get(row))

    def _method(self, path: tuple[str, ...], name: str) -> Value:
        self._expect("(")
        if name in _SAME:
            self._expect(")")
            left = self._get(path)
            if self._take_any("."):
                return self._test(left, self._next())
            return left
        self._at -= 1
        return self._test(self._get(path), name)

    def _test(self, left: Value, name: str) -> Value:
        if name not in _METHODS:
            raise BadQuery(f"Method '{name}' is not supported")
        self._expect("(")
        part = self._operand()
        self._expect(")")
        test = _METHODS[name]
        return lambda row: test(left(row) or "", part(row) or "")

    def _next(self) -> str:
        token = self.peek()
        if token is None:
            raise BadQuery("Unexpected end of the expression")
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if (found := self._next()) != token:
            raise BadQuery(f"Expected '{token}' but found '{found}'")

    def _take_any(self, *tokens: str) -> bool:
        found = self.peek()
        if found is not None and found.upper() in tokens:
            self._at += 1
            return True
        return False


def _constant(value: object) -> Value:
    return lambda _: value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _or(left: Value, right: Value) -> Value:
    return lambda row: left(row) or right(row)


def _and(left: Value, right: Value) -> Value:
    return lambda row: left(row) and right(row)


def _compared(left: Value, compare: Callable[[Any, Any], bool], right: Value, *, equality: bool) -> Value:
    def test(row: Row) -> bool:
        a, b = left(row), right(row)
        if not equality and (a is None or b is None):
            return False
        try:
            return bool(compare(a, b))
        except TypeError as error:
            raise BadQuery("The operands cannot be compared with each other") from error

    return test
