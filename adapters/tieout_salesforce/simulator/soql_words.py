"""SOQL's words and its strict quoting (fact sheet, section 2.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tieout_salesforce.simulator.problems import BAD_REQUEST, RequestRefused, refuse

LONGEST_STATEMENT = 100_000
LONGEST_STRING = 4_000
_SHOWN = 60
_TOKENS = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:[^'\\\n\r]|\\.)*')
    |(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d)
    |(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?![\w.]))
    |(?P<name>[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*)
    |(?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a query and where it stands (0-based)."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """Give a keyword in the one case that is compared."""
        return self.text.upper() if self.kind == "name" else self.text


@dataclass(frozen=True, slots=True)
class Located:
    """Makes errors that point into a query, in the form `ERROR at Row:1:Column:8` (section 2.5)."""

    query: str

    def error(self, code: str, message: str, at: int) -> RequestRefused:
        """Make a refusal that shows the place."""
        row = self.query.count("\n", 0, at) + 1
        column = at - (self.query.rfind("\n", 0, at) + 1) + 1
        line = self.query.split("\n")[row - 1]
        start = max(0, column - 1 - _SHOWN)
        shown = line[start : column - 1 + _SHOWN]
        caret = " " * (column - 1 - start) + "^"
        return refuse(BAD_REQUEST, code, f"\n{shown}\n{caret}\nERROR at Row:{row}:Column:{column}\n{message}")

    def malformed(self, message: str, at: int) -> RequestRefused:
        """Make the refusal of a query that is no SOQL, or none that this simulator knows to be SOQL."""
        return self.error("MALFORMED_QUERY", message, at)


def unquoted(text: str, place: Located, at: int, *, pattern: bool) -> str:
    r"""Read a quoted string; a backslash before anything but the known escapes is an error.

    In a pattern (LIKE) `\_` and `\%` are known too and stay escaped for the matcher.
    """

    def one(found: re.Match[str]) -> str:
        escape = found[1]
        if escape[0] == "u" and len(escape) > 1:
            return chr(int(escape[1:], 16))
        if pattern and escape in {"_", "%", "\\"}:
            return found[0]
        if escape not in _ESCAPES:
            raise place.malformed(f"Invalid string literal {text}. Illegal character sequence '{found[0]}'", at)
        return _ESCAPES[escape]

    if len(text) - 2 > LONGEST_STRING:
        raise place.malformed(f"string literal is longer than {LONGEST_STRING} characters", at)
    return _ESCAPE.sub(one, text[1:-1])


def tokens(query: str) -> list[Token]:
    """Cut a query into words, an end marker last; raises RequestRefused for what is no word."""
    place = Located(query)
    if len(query) > LONGEST_STATEMENT:
        message = f"SOQL statements cannot be longer than {LONGEST_STATEMENT} characters."
        raise refuse(BAD_REQUEST, "QUERY_TOO_COMPLICATED", message)
    found: list[Token] = []
    at = 0
    while at < len(query):
        match = _TOKENS.match(query, at)
        if match is None or match.lastgroup is None:
            raise place.malformed(f"line {query.count(chr(10), 0, at) + 1}: unexpected '{query[at]}'", at)
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup, match[0], at))
        at = match.end()
    return [*found, Token("end", "", len(query))]
