"""What a YAML parser says, in words that help a person who does not know YAML by heart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """An explanation."""

    code: str
    message: str
    mend: str = ""


_QUOTE = "put the whole expression in quotes"
_SIGNS = "[]{}&*!|>%@`#,"


def explain(problem: str, context: str, line: str, column: int) -> Said:
    """Explain a syntax error that the parser found at `column` (from 0) of `line`."""
    sign = line[column : column + 1]
    if "\\t" in problem or sign == "\t":
        return Said("yaml-tab", "a tab cannot stand here", "use blanks for indenting and between key and value")
    if "flow mapping" in context or "flow sequence" in context:
        return _in_flow(problem, sign, line, column)
    if "scanning a tag" in context:
        written = line[column:].partition(",")[0].rstrip(" }]")
        return Said("tagged-scalar", f"YAML reads {written!r} as a tag, not as text", f'put it in quotes: "{written}"')
    if "mapping values are not allowed" in problem:
        return _second_colon(line, column)
    if "quoted scalar" in context:
        return _quoted(problem)
    if sign and sign in "]}":
        return Said(
            "yaml-syntax", f"{sign} closes a bracket that was never opened", "leave it out, or open the bracket"
        )
    if sign and sign in "`@%&*!":
        return Said("yaml-quote", f"a text cannot start with {sign} unless it is in quotes", _QUOTE)
    return Said("yaml-syntax", f"this is not YAML: {_lower(problem)}", _indent(problem))


def _second_colon(line: str, column: int) -> Said:
    if ":" not in line[:column]:
        mend = "let it start in the same column as the keys above it"
        return Said("yaml-syntax", "this key starts in another column than those above it", mend)
    mend = 'put the text in quotes: a colon followed by a blank starts a new key, as in say: "Deal: no account"'
    return Said("yaml-quote", "a second colon in one line", mend)


def _in_flow(problem: str, sign: str, line: str, column: int) -> Said:
    if "<stream end>" in problem:
        return Said("yaml-syntax", "the file ends inside { } or [ ]", "close the bracket")
    if not line[:column].strip(" -"):
        message = "a new line starts here while a { or [ above it is still open"
        return Said("yaml-syntax", message, "close the bracket at the end of the line before")
    if sign == ":":
        mend = "write the missing comma, or put the text in quotes if the colon belongs to it"
        return Said("yaml-quote", "a second colon before the next comma inside { } or [ ]", mend)
    if sign and sign in _SIGNS:
        return Said("yaml-quote", f"{sign} inside {{ }} or [ ] ends a text that is not in quotes", _QUOTE)
    return Said(
        "yaml-syntax",
        f"inside {{ }} or [ ]: {_lower(problem)}",
        "write the missing comma, or put a text that has commas or quotes in it in double quotes",
    )


def _quoted(problem: str) -> Said:
    if "escape" in problem:
        return Said(
            "yaml-syntax", f"in double quotes a backslash starts an escape: {_lower(problem)}", "use single quotes"
        )
    return Said("yaml-syntax", "the quote that opens here is never closed", "close it at the end of the text")


def _indent(problem: str) -> str:
    return "check the indentation: keys of one map start in the same column" if "block end" in problem else ""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
