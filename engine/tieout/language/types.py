"""Each type of the table as JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tieout.language.reference import SIDES, Type

Json = dict[str, Any]

_NAME = r"^[A-Za-z_][A-Za-z0-9_-]*$"
_SETTING_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
_COPY = "(@[A-Za-z_][A-Za-z0-9_-]*)?"
"""Behind the name of a mapping: of a copy, the connection that it is over."""

_NAMES: Mapping[str, str] = {
    "setting": _SETTING_NAME,
    "table": _SETTING_NAME,
    "object": f"^[A-Za-z_][A-Za-z0-9_-]*{_COPY}$",
}
"""What stands under free names -> the form of those names, where it is not the usual one; `object`: of mappings."""

_EXPRESSION = 'an expression is text, such as crm.IsWon; a constant in it stands in backticks: "`true`"'

_AMOUNT: Json = {
    "type": "string",
    "pattern": r"^[A-Z]{3} [0-9]{1,15}(\.[0-9]{1,4})?$",
    "errorMessage": "an amount is written with its currency: GBP 10000",
    "x-mend": "write the currency, a space and the digits, as in GBP 10000; several in a list",
}
_SIMPLE: Mapping[str, Json] = {
    "word": {
        "type": "string",
        "pattern": "^[a-z][a-z0-9_]*$",
        "errorMessage": "a word has lower-case letters, digits and _ and begins with a letter",
    },
    "name": {
        "type": "string",
        "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
        "errorMessage": "a name has letters, digits, ., - and _",
    },
    "text": {"type": "string", "minLength": 1, "errorMessage": "the text is empty"},
    # Paths and expressions have a checker of their own, which knows more than a pattern can say.
    "path": {"type": "string", "pattern": r"^[^\s\[\]{}|&*'`](.*[^\s\[\]{}|&*'`])?$", "x-checked": True},
    "expression": {"type": "string", "x-mend": _EXPRESSION},
    "flag": {"type": "boolean", "x-mend": "write true or false, without quotes"},
    "literal": {"type": ["string", "number", "boolean"]},
    "anything": {},
    "object": {"type": "object"},
    "version": {"const": 1},
    "connection": {
        "type": ["string", "array"],
        "items": {"type": "string"},
        "minItems": 1,
        "uniqueItems": True,
        "errorMessage": "a connection, or a list of different connections",
    },
    "link": {
        "type": "string",
        "pattern": rf"^[a-z][a-z0-9_]*{_COPY}(\.\S+)?$",
        "errorMessage": "a link is the name of a mapping, or mapping.Field",
    },
    "mapping_name": {
        "type": "string",
        "pattern": f"^[a-z][a-z0-9_]*{_COPY}$",
        "errorMessage": "the name of a mapping, or of one copy: customers@xero_uk",
    },
    "percent": {
        "type": "string",
        "pattern": r"^(100|[0-9]{1,2}(\.[0-9]+)?)%$",
        "errorMessage": "a share is written with its sign: 20%",
        "x-mend": "write it with its sign, as in 20%",
    },
    "amounts": {
        "type": ["string", "array"],
        "pattern": _AMOUNT["pattern"],
        "items": _AMOUNT,
        "minItems": 1,
        "errorMessage": _AMOUNT["errorMessage"],
        "x-mend": _AMOUNT["x-mend"],
    },
    "duration": {
        "type": "string",
        "pattern": "^[1-9][0-9]{0,5}[smhd]$",
        "errorMessage": "a duration is a number with s, m, h or d: 30m, 24h, 5d",
        "x-mend": "write it with its unit, as in 24h",
    },
    "days": {
        "type": "string",
        "pattern": "^[1-9][0-9]{0,3}d$",
        "errorMessage": "a number of days, such as 7d",
        "x-mend": "write it in days, as in 7d",
    },
    "day": {
        "type": "string",
        "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        "errorMessage": 'a day in quotes, such as "2026-04-01"',
        "x-mend": 'put it in quotes, as in "2026-04-01"',
    },
    "decimal": {
        "type": "string",
        "pattern": r"^[0-9]+(\.[0-9]+)?$",
        "errorMessage": 'an amount in quotes, such as "0.05"',
    },
    "setting": {
        "type": ["string", "number", "boolean", "array"],
        "items": {"type": ["string", "number", "boolean"]},
    },
    "table": {
        "type": ["object", "array"],
        "additionalProperties": {"type": ["string", "boolean"]},
        "items": {"type": "object", "additionalProperties": {"type": ["string", "boolean"]}},
    },
    "credentials": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
    "transforms": {
        "type": ["string", "object", "array"],
        "minProperties": 1,
        "maxProperties": 1,
        "minItems": 1,
        "items": {"type": ["string", "object"], "minProperties": 1, "maxProperties": 1},
        "errorMessage": "one transform: a word, or {word: argument}; several are a list",
    },
}


def schema_of(kind: Type, sides: tuple[str, str], *, partial: bool = False) -> Json:
    """Give the schema of a type; `partial`: of shapes below it nothing is required."""
    maker = _MAKERS.get(kind.kind)
    if maker is None:
        return dict(_SIMPLE[kind.kind])
    return maker(kind, sides, partial)


def _words(kind: Type, sides: tuple[str, str], _partial: bool) -> Json:  # noqa: FBT001  # one form for all makers
    known = [one for word in kind.words for one in (sides if word == SIDES else (word,))]
    return {"enum": known}


def _whole(kind: Type, _sides: tuple[str, str], _partial: bool) -> Json:  # noqa: FBT001  # as above
    return {"type": "integer", "minimum": kind.least}


def _many(kind: Type, sides: tuple[str, str], _partial: bool) -> Json:  # noqa: FBT001  # as above
    made: Json = {"type": "array", "items": schema_of(kind.of[0], sides)}
    if kind.least:
        made["minItems"] = kind.least
    if kind.of[0].kind == "expression":
        made["maxItems"] = kind.least
    return made


def _by_side(kind: Type, sides: tuple[str, str], partial: bool) -> Json:  # noqa: FBT001  # as above
    inner = schema_of(kind.of[0], sides, partial=partial)
    made: Json = {"type": "object", "properties": dict.fromkeys(sides, inner), "additionalProperties": False}
    if kind.least > 1:
        made["required"] = list(sides)
    else:
        made["minProperties"] = kind.least
    return made


def _named(kind: Type, sides: tuple[str, str], partial: bool) -> Json:  # noqa: FBT001  # as above
    names = {
        "pattern": _NAMES.get(kind.of[0].kind, _NAME),
        "errorMessage": "a name has letters, digits and _ and begins with a letter",
    }
    inner = schema_of(kind.of[0], sides, partial=partial)
    return {"type": "object", "additionalProperties": inner, "propertyNames": names}


def _shape(kind: Type, _sides: tuple[str, str], partial: bool) -> Json:  # noqa: FBT001  # as above
    return {"$ref": f"#/definitions/{kind.shape}{'_part' if partial else ''}"}


def _either(kind: Type, sides: tuple[str, str], partial: bool) -> Json:  # noqa: FBT001  # as above
    text, other = (schema_of(inner, sides, partial=partial) for inner in kind.of)
    second = "array" if kind.of[1].kind == "many" else "object"
    return {"type": ["string", second], "if": {"type": "string"}, "then": text, "else": other}


_MAKERS: Mapping[str, Callable[[Type, tuple[str, str], bool], Json]] = {
    "words": _words,
    "whole": _whole,
    "many": _many,
    "by_side": _by_side,
    "named": _named,
    "shape": _shape,
    "either": _either,
}
