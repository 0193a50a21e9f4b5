"""JSON Schemas made from the table of keys: valid in draft-07 and 2020-12, closed, one `if/then` by shape.

The shipped mapping schema knows the sides `crm` and `books`; `mapping_schema` makes one for any two names, with the
real objects' fields where they are known (`tieout schema`). The checker uses the same function with a file's own names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tieout.language import mapping_table, project_table, tax_table
from tieout.language.reference import SIDES, Key, Shape, Type
from tieout.language.types import schema_of

Json = dict[str, Any]
SHIPPED_SIDES = ("crm", "books")
DRAFT = "http://json-schema.org/draft-07/schema#"

_SELECT: Mapping[str, tuple[tuple[str, str], ...]] = {
    "field": (("pair", SIDES), ("first", "first"), ("from", "from"), ("value", "")),
    "case": (("from", "from"), ("value", "")),
    "list": (("both ways", SIDES), ("one way", "")),
    "match": (("all", "all"), ("pair", "")),
    "check": (("equal", "equal"), ("valid", "valid"), ("that", "")),
}
"""Shape -> its variants in the order in which they are tried, each with the key that tells it; the last needs none."""

_MISSING = {
    ("field", "value"): "a rule with one side needs a source: `from`, `value` or `first`",
    ("case", "value"): "a case needs a source: `from` or `value`",
    ("list", "one way"): "a list with one side needs a source: `from`",
    ("check", "that"): "a check needs what must hold: `that`, `equal` or `valid`",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What a generated schema may know of the systems."""

    connections: tuple[str, ...] = ()
    objects: Mapping[str, str] = field(default_factory=dict)
    """Side -> its object."""
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Side -> the record's paths."""
    items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Side -> the paths of items of its lists."""


NOTHING_KNOWN = Names()


def mapping_schema(sides: tuple[str, str] = SHIPPED_SIDES, names: Names = NOTHING_KNOWN) -> Json:
    """Make the schema of a mapping with these side names."""
    title = "Tieout mapping" if sides != SHIPPED_SIDES or names.paths else "Tieout mapping (sides crm and books)"
    return _document(title, "mapping", mapping_table.SHAPES, _Maker(sides, names))


def project_schema() -> Json:
    """Make the schema of tieout.yaml."""
    return _document("Tieout project", "project", project_table.SHAPES, _Maker(SHIPPED_SIDES, NOTHING_KNOWN))


def tax_table_schema() -> Json:
    """Make the schema of a tax table."""
    return _document("Tieout tax table", "tax_table", tax_table.SHAPES, _Maker(SHIPPED_SIDES, NOTHING_KNOWN))


def _document(title: str, top: str, shapes: Iterable[Shape], maker: _Maker) -> Json:
    definitions: Json = {}
    for shape in shapes:
        definitions[shape.name] = maker.shape(shape)
        if shape.name == "field" and maker.names.items:
            definitions["item"] = maker.shape(shape, items=True)
        if any(shape.name == part.name for part in project_table.SHAPES):
            definitions[f"{shape.name}_part"] = maker.shape(shape, partial=True)
    head = definitions.pop(top)
    used = _used(head, definitions)
    return {
        "$schema": DRAFT,
        "title": title,
        **head,
        "definitions": {name: inner for name, inner in definitions.items() if name in used},
    }


def _used(top: Json, definitions: Json) -> set[str]:
    found: set[str] = set()
    waiting = [top]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(definitions[name])
    return found


def _references(node: object) -> Iterable[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield str(value).rsplit("/", 1)[-1]
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


@dataclass(frozen=True, slots=True)
class _Maker:
    sides: tuple[str, str]
    names: Names

    def shape(self, shape: Shape, *, partial: bool = False, items: bool = False) -> Json:
        """`partial`: nothing is required (an environment); `items`: paths are those of list items."""
        properties = self._sides(shape, items=items)
        partial = partial or shape.name == "environment"
        for key in shape.keys:
            properties[key.name] = self._key(key, shape, partial=partial)
        made: Json = {"description": shape.meaning, "type": "object", "properties": properties}
        if shape.notes:
            made["patternProperties"] = {"^x-": {"description": "A note for people."}}
        made["additionalProperties"] = False
        required = [key.name for key in shape.keys if key.required and not key.on]
        if shape.sides and not shape.variants:
            required = [*self.sides, *required]
        if required and not partial:
            made["required"] = required
        if shape.variants:
            made.update(self._variants(shape))
        elif not partial and not required:
            made["minProperties"] = 1
        return made

    def _sides(self, shape: Shape, *, items: bool) -> Json:
        if not shape.sides:
            return {}
        known = self.names.items if items else self.names.paths
        found: Json = {}
        for side in self.sides:
            path = schema_of(Type("path"), self.sides)
            if shape.name == "list":
                path["description"] = f"Path of the list in the record of {side}."
            else:
                path["description"] = f"Path in the record of {side}: names joined by dots."
            if known.get(side):
                path["enum"] = list(known[side])
            found[side] = path
        return found

    def _key(self, key: Key, shape: Shape, *, partial: bool) -> Json:
        items = shape.name == "list" and key.name == "fields" and bool(self.names.items)
        inner = schema_of(key.type, self.sides, partial=partial)
        if items:
            inner = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/item"}}
        if shape.name == "end" and key.name == "connection" and self.names.connections:
            known = {"enum": list(self.names.connections)}
            inner |= {"items": known, "if": {"type": "string"}, "then": known}
        said = key.meaning + (f" Default: {key.default}." if key.default else "")
        if "$ref" in inner:
            inner = {"allOf": [inner]} | {name: value for name, value in inner.items() if name != "$ref"}
            inner["allOf"] = [{"$ref": inner["allOf"][0]["$ref"]}]
        return {"description": said, **inner}

    # Variants: if it has the telling key then … else …

    def _variants(self, shape: Shape) -> Json:
        chain: Json = {}
        for variant, tell in reversed(_SELECT[shape.name]):
            then = self._variant(shape, variant)
            if not tell:
                chain = then
                continue
            required = list(self.sides) if tell == SIDES else [tell]
            chain = {"if": {"required": required}, "then": then, "else": chain}
        return chain

    def _variant(self, shape: Shape, variant: str) -> Json:
        made: Json = {}
        properties: Json = {}
        for key in shape.keys:
            if key.on and variant not in key.on:
                properties[key.name] = _refused(f"{shape.variants[variant]} takes no `{key.name}`")
        required = [key.name for key in shape.keys if key.required and variant in key.on]
        if shape.name == "match":
            if variant == "all":
                properties |= {side: _refused("with `all`, the sides stand in its pairs") for side in self.sides}
            else:
                required = list(self.sides)
                made["errorMessage"] = "a match rule names both sides, or `all` with pairs"
        elif shape.sides and variant not in {"pair", "both ways"}:
            made["allOf"] = [self._some_side(shape)]
        properties |= self._special(shape, variant)
        if properties:
            made["properties"] = properties
        if required:
            made["required"] = required
            if (shape.name, variant) in _MISSING:
                made["errorMessage"] = _MISSING[(shape.name, variant)]
        return made

    def _some_side(self, shape: Shape) -> Json:
        one, other = self.sides
        what = "the list that is written" if shape.name == "list" else "the path that is written"
        return {
            "anyOf": [{"required": [one]}, {"required": [other]}],
            "errorMessage": f"name {what} under its side: {one} or {other}",
        }

    def _special(self, shape: Shape, variant: str) -> Json:
        if (shape.name, variant) == ("field", "pair"):
            return {
                "default": {
                    "type": "string",
                    "x-mend": "an expression, such as link.books.id; a constant in it stands in backticks",
                }
            }
        if (shape.name, variant) == ("list", "both ways"):
            return {
                "key": {
                    "required": list(self.sides),
                    "errorMessage": "a list that goes both ways needs a key on each side",
                }
            }
        return {}


def _refused(message: str) -> Json:
    return {"not": {}, "errorMessage": message}
