"""A recursive-descent parser for the part of SOQL that clients need (fact sheet, section 6).

SELECT fields, parent paths, convertCurrency(), one level of child sub-selects or COUNT(); WHERE with AND, OR, NOT,
parentheses, comparisons, LIKE, IN; ORDER BY, LIMIT, OFFSET. Anything else is MALFORMED_QUERY, never a silently wrong
answer.
"""

from __future__ import annotations

from decimal import Decimal

from tieout_salesforce.simulator.soql_tree import (
    Both,
    Comparison,
    Condition,
    Constant,
    Converted,
    Either,
    Membership,
    Not,
    Order,
    Path,
    Select,
)
from tieout_salesforce.simulator.soql_words import Located, Token, tokens, unquoted

_OPERATORS = {"=", "!=", "<>", "<", "<=", ">", ">="}
_DEEPEST = 40
_MOST_OFFSET = 2000


class Parser:
    """Reads one query; every method reads what it is named after and moves on."""

    def __init__(self, query: str) -> None:
        self.place = Located(query)
        self.tokens = tokens(query)
        self.next = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        """Look at the next word."""
        return self.tokens[self.next]

    def unexpected(self) -> Exception:
        """Say that the next word does not belong here."""
        shown = self.token.text or "<EOF>"
        return self.place.malformed(f"unexpected token: '{shown}'", self.token.at)

    def take(self, *words: str) -> bool:
        """Read these words if they come next."""
        ahead = self.tokens[self.next : self.next + len(words)]
        if [token.word for token in ahead] != list(words):
            return False
        self.next += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Read these words."""
        if not self.take(*words):
            raise self.unexpected()

    def name(self) -> Token:
        """Read a name."""
        token = self.token
        if token.kind != "name":
            raise self.unexpected()
        self.next += 1
        return token

    def path(self) -> Path:
        """Read a field, perhaps through parents."""
        token = self.name()
        return Path(tuple(token.text.split(".")), token.at)

    def query(self) -> Select:
        """Read a whole query."""
        found = self.select(inner=False)
        if self.token.kind != "end":
            raise self.unexpected()
        return found

    def select(self, *, inner: bool) -> Select:
        """Read from SELECT to OFFSET."""
        self.expect("SELECT")
        columns: list[Path | Converted | Select] = []
        count = not inner and self.take("COUNT", "(", ")")
        while not count:
            columns.append(self.column(inner=inner))
            if not self.take(","):
                break
        self.expect("FROM")
        source = self.name()
        where = self.either() if self.take("WHERE") else None
        order = self.orders() if self.take("ORDER", "BY") else ()
        limit = self.number() if self.take("LIMIT") else None
        offset_at = self.token.at
        offset = self.number() if self.take("OFFSET") else 0
        if offset > _MOST_OFFSET:
            message = f"Maximum SOQL offset allowed is {_MOST_OFFSET}"
            raise self.place.error("NUMBER_OUTSIDE_VALID_RANGE", message, offset_at)
        return Select(tuple(columns), source.text, source.at, where, order, limit, offset, count)

    def column(self, *, inner: bool) -> Path | Converted | Select:
        """Read one column: a field, an amount to convert or, in the outer query, a sub-select."""
        if self.take("CONVERTCURRENCY", "("):
            path = self.path()
            self.expect(")")
            aliased = self.token.kind == "name" and self.token.word != "FROM"
            return Converted(path, self.name().text if aliased else None)
        if inner or not self.take("("):
            return self.path()
        found = self.select(inner=True)
        self.expect(")")
        return found

    def number(self) -> int:
        """Read a whole number."""
        token = self.token
        if token.kind != "number" or not token.text.isdigit():
            raise self.unexpected()
        self.next += 1
        return int(token.text)

    def orders(self) -> tuple[Order, ...]:
        """Read the terms of ORDER BY."""
        found = [self.order()]
        while self.take(","):
            found.append(self.order())
        return tuple(found)

    def order(self) -> Order:
        """Read one term."""
        path = self.path()
        descending = self.take("DESC")
        if not descending:
            self.take("ASC")
        if self.take("NULLS", "LAST"):
            return Order(path, descending, "LAST")
        self.take("NULLS", "FIRST")
        return Order(path, descending)

    def either(self) -> Condition:
        """Read conditions joined by OR; without parentheses AND and OR do not mix (a rule of SOQL)."""
        first = self.condition()
        for word, joined in (("AND", Both), ("OR", Either)):
            parts = [first]
            while self.take(word):
                parts.append(self.condition())
            if len(parts) > 1:
                return joined(tuple(parts))
        return first

    def condition(self) -> Condition:
        """Read one condition."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.place.error("QUERY_TOO_COMPLICATED", "Query is too complicated", self.token.at)
        try:
            if self.take("NOT"):
                return Not(self.condition())
            if self.take("("):
                inner = self.either()
                self.expect(")")
                return inner
            return self.comparison()
        finally:
            self.depth -= 1

    def comparison(self) -> Condition:
        """Read a comparison, a LIKE or an IN."""
        path = self.path()
        if self.take("NOT", "IN"):
            return Membership(path, self.constants(), negated=True)
        if self.take("IN"):
            return Membership(path, self.constants(), negated=False)
        if self.take("LIKE"):
            return Comparison(path, "LIKE", self.constant(pattern=True))
        token = self.token
        if token.text not in _OPERATORS:
            raise self.unexpected()
        self.next += 1
        return Comparison(path, {"<>": "!="}.get(token.text, token.text), self.constant())

    def constants(self) -> tuple[Constant, ...]:
        """Read a list of literals; an empty one is an error."""
        self.expect("(")
        found = [self.constant()]
        while self.take(","):
            found.append(self.constant())
        self.expect(")")
        return tuple(found)

    def constant(self, *, pattern: bool = False) -> Constant:
        """Read a literal; `pattern`: of a LIKE, whose own two escapes are kept for the matcher."""
        token = self.token
        self.next += 1
        if token.kind == "string":
            return Constant("string", unquoted(token.text, self.place, token.at, pattern=pattern), token.at)
        if token.kind == "number":
            return Constant("number", Decimal(token.text), token.at)
        if token.kind in {"datetime", "date"}:
            return Constant(token.kind, token.text, token.at)
        if token.word in {"TRUE", "FALSE"}:
            return Constant("boolean", token.word == "TRUE", token.at)
        if token.word == "NULL":
            return Constant("null", None, token.at)
        self.next -= 1
        raise self.unexpected()


def parse(query: str) -> Select:
    """Parse a query; raises RequestRefused (MALFORMED_QUERY) with row and column."""
    return Parser(query).query()
