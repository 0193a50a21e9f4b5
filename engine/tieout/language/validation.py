"""A tree of nodes against a JSON Schema: each violation as a problem with place, reason and the nearest right word.

Beside JSON Schema's own, schemas may hold `errorMessage` (the reason in words of the language, also shown by some
editors), `x-mend` (what to write instead) and `x-checked` (the pattern only helps an editor; a checker says more).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from tieout.language.nodes import MapNode, Node, ScalarNode, follow, plain
from tieout.problems import Position, Problem
from tieout.toolkit import nearest

Schema = Mapping[str, object]

INSTEAD = {"on": "only", "if": "when", "condition": "when", "source": "from", "transform": "as", "constant": "value"}
"""Keys that people bring along from other tools, and ours."""

_TYPES = {
    "string": "text",
    "object": "keys with values",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True)
class _Violation:
    """What jsonschema found, and where it stands."""

    error: ValidationError
    node: Node
    at: Position

    @property
    def schema(self) -> dict[str, Any]:
        return self.error.schema if isinstance(self.error.schema, dict) else {}

    @property
    def wanted(self) -> Any:
        """What the schema's keyword asks for."""
        return self.error.validator_value

    @property
    def written(self) -> object:
        return self.error.instance

    @property
    def mend(self) -> str:
        return str(self.schema.get("x-mend", ""))

    @property
    def said(self) -> str:
        """The reason in words of the language; empty if the schema has none."""
        return str(self.schema.get("errorMessage", ""))


def validate(node: Node, schema: Schema, what: str = "") -> list[Problem]:
    """Give all violations; `what` goes before each message ("options of xero:")."""
    found = _validator(schema).iter_errors(plain(node))
    return [problem for error in found for problem in _problems(error, node, what)]


def broken(node: Node, schema: Schema) -> list[tuple[str | int, ...]]:
    """Give the path of every node that violates the schema."""
    return [tuple(error.absolute_path) for error in _validator(schema).iter_errors(plain(node))]


def _pattern_unless_checked(
    validator: Any, pattern: str, instance: object, schema: Mapping[str, object]
) -> Iterator[ValidationError]:
    if not schema.get("x-checked"):
        yield from Draft7Validator.VALIDATORS["pattern"](validator, pattern, instance, schema) or ()


_Checker = extend(Draft7Validator, {"pattern": _pattern_unless_checked})  # type: ignore[no-untyped-call]  # jsonschema's own gap


def _validator(schema: Schema) -> Any:
    return _Checker(schema)


def _problems(error: ValidationError, root: Node, what: str) -> Iterator[Problem]:
    path = list(error.absolute_path)
    found = _Violation(error, follow(root, path), _place(error, root, path))
    maker = _MAKERS.get(str(error.validator), _other)
    for problem in maker(found):
        yield replace(problem, message=f"{what} {problem.message}") if what else problem


def _place(error: ValidationError, root: Node, path: Sequence[str | int]) -> Position:
    """Give the key where a key must not be there, or is no word; else the value."""
    node = follow(root, path)
    if isinstance(node, MapNode) and isinstance(error.instance, str):
        return node.key_at(error.instance)
    above = follow(root, path[:-1]) if path else node
    return above.key_at(str(path[-1])) if error.validator == "not" and path and isinstance(above, MapNode) else node.at


def _unknown_keys(found: _Violation) -> Iterator[Problem]:
    properties = found.schema.get("properties", {})
    known = [name for name, inner in properties.items() if not _refused(inner)]
    patterns = list(found.schema.get("patternProperties", {}))
    if not isinstance(found.node, MapNode):
        return
    for key in found.node.entries:
        if key in properties or any(re.search(pattern, key) for pattern in patterns):
            continue
        if key.endswith((")", "]")):
            message = f"{key!r} was meant to go on before the comma, which inside {{ }} ends a text without quotes"
            yield Problem("yaml-quote", message, found.node.key_at(key), "put the whole expression in double quotes")
            continue
        close = [INSTEAD[key]] if INSTEAD.get(key) in known else nearest(key, known)
        mend = "" if close else f"there are: {', '.join(known)}"
        yield Problem("unknown-key", f"there is no key {key!r} here", found.node.key_at(key), mend, tuple(close))


def _refused(schema: object) -> bool:
    return schema is False or (isinstance(schema, dict) and schema.get("not") == {})


def _not_a_word(found: _Violation) -> Iterator[Problem]:
    words = [str(word) for word in found.wanted]
    if not isinstance(found.written, str):
        message = f"expected one of {', '.join(words)}, not {_kind(found)}"
        yield Problem("unknown-word", message, found.at, found.mend)
        return
    message = f"{found.written!r} is none of the words that can stand here: {', '.join(words)}"
    yield Problem("unknown-word", message, found.at, found.mend, tuple(nearest(found.written, words)))


def _wrong_type(found: _Violation) -> Iterator[Problem]:
    kinds = [found.wanted] if isinstance(found.wanted, str) else list(found.wanted)
    said = " or ".join(_TYPES.get(kind, kind) for kind in kinds)
    mend = found.mend
    if not mend and "string" in kinds and isinstance(found.node, ScalarNode) and found.written is not None:
        mend = f'quote it: "{found.node.written or _shown(found.written)}"'
    yield Problem("wrong-type", f"expected {said}, not {_kind(found)}", found.at, mend)


def _missing(found: _Violation) -> Iterator[Problem]:
    # jsonschema reports each missing key by itself, and names it only in its message.
    written = found.written if isinstance(found.written, dict) else {}
    name = next((key for key in found.wanted if key not in written and repr(key) in found.error.message), "")
    described = found.schema.get("properties", {}).get(name, {})
    meaning = described.get("description", "") if isinstance(described, dict) else ""
    message = found.said or f"the key {name!r} is missing" + (f": {meaning}" if meaning else "")
    yield Problem("missing-key", message, found.at, found.mend)


def _not_here(found: _Violation) -> Iterator[Problem]:
    yield Problem("wrong-shape", found.said or "this cannot stand here", found.at, found.mend)


def _pattern(found: _Violation) -> Iterator[Problem]:
    meaning = str(found.schema.get("description", ""))
    said = found.said or f"{meaning and f'{meaning} It is '}expected in the form {found.wanted}"
    yield Problem("wrong-form", f"{found.written!r}: {said}", found.at, found.mend)


def _count(found: _Violation) -> Iterator[Problem]:
    few = str(found.error.validator).startswith("min")
    said = found.said or f"{'at least' if few else 'at most'} {found.wanted} must stand here"
    yield Problem("wrong-count", said, found.at, found.mend)


def _range(found: _Violation) -> Iterator[Problem]:
    side = "at least" if str(found.error.validator).lower().endswith("minimum") else "at most"
    yield Problem("wrong-value", f"expected {side} {found.wanted}, not {found.written}", found.at, found.mend)


def _constant(found: _Violation) -> Iterator[Problem]:
    wanted = _shown(found.wanted)
    yield Problem("wrong-value", f"expected {wanted}, not {_shown(found.written)}", found.at, f"write {wanted}")


def _choice(found: _Violation) -> Iterator[Problem]:
    yield Problem("missing-key", found.said or "one of several keys is missing", found.at, found.mend)


def _other(found: _Violation) -> Iterator[Problem]:
    yield Problem("wrong-value", found.said or found.error.message, found.at, found.mend)


_MAKERS: Mapping[str, Callable[[_Violation], Iterator[Problem]]] = {
    "additionalProperties": _unknown_keys,
    "propertyNames": _other,
    "enum": _not_a_word,
    "type": _wrong_type,
    "required": _missing,
    "not": _not_here,
    "pattern": _pattern,
    "minItems": _count,
    "maxItems": _count,
    "minProperties": _count,
    "maxProperties": _count,
    "minLength": _count,
    "minimum": _range,
    "maximum": _range,
    "exclusiveMinimum": _range,
    "const": _constant,
    "anyOf": _choice,
}


def _kind(found: _Violation) -> str:
    written = found.written
    match written:
        case None:
            return "nothing"
        case bool():
            return _shown(written)
        case dict():
            return "keys with values"
        case list():
            return "a list"
        case str():
            return f"{written!r}"
    source = found.node.written if isinstance(found.node, ScalarNode) else ""
    return f"the number {source or written}"


def _shown(written: object) -> str:
    return str(written).lower() if isinstance(written, bool) else str(written)
