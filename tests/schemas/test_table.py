"""The table of keys, the schemas, the page and the checker say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from ruamel.yaml import YAML

from schemas import generate
from schemas.world import check, codes
from tieout.language import mapping_table, project_table, tax_table
from tieout.language.loading import load_text
from tieout.language.nodes import MapNode, plain
from tieout.language.reference import SIDES, Key, Shape, Type
from tieout.language.schemas import Names, mapping_schema, project_schema, tax_table_schema
from tieout.language.validation import validate

HERE = Path(__file__).parent
SHAPES = {shape.name: shape for shape in (*mapping_table.SHAPES, *project_table.SHAPES, *tax_table.SHAPES)}
SCHEMAS = {"mapping": mapping_schema(), "project": project_schema(), "tax table": tax_table_schema()}
FULL_MAPPING = (HERE / "full" / "mapping.yaml").read_text("utf-8")
FULL_PROJECT = (HERE / "full" / "tieout.yaml").read_text("utf-8")
FULL_TAX = (HERE / "full" / "tax-table.yaml").read_text("utf-8")


def test_generated_files_are_what_the_table_makes() -> None:
    for path, text in generate.files().items():
        assert path.read_text("utf-8") == text, f"{path} is out of date: python tests/schemas/generate.py"


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_valid_in_both_drafts(name: str) -> None:
    Draft7Validator.check_schema(SCHEMAS[name])
    Draft202012Validator.check_schema(SCHEMAS[name])


def inner(node: object, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from inner(value, f"{path}/{key}")
    elif isinstance(node, list):
        for number, item in enumerate(node):
            yield from inner(item, f"{path}/{number}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_property_is_described_and_every_map_is_closed(name: str) -> None:
    for path, schema in inner(SCHEMAS[name]):
        if "then" in path.split("/") or "else" in path.split("/") or "if" in path.split("/"):
            continue
        if "properties" in schema and schema.get("type") == "object":
            assert schema.get("additionalProperties") is False, path
            if not path.endswith(("remember", "create", "update", "delete", "leave", "between", "key", "else", "of")):
                assert all(value.get("description") for value in schema["properties"].values()), path


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_avoid_what_older_editors_do_not_know(name: str) -> None:
    used = {key for _, schema in inner(SCHEMAS[name]) for key in schema}
    assert not used & {"oneOf", "$defs", "unevaluatedProperties", "prefixItems", "dependentRequired"}


def test_meanings_are_sentences() -> None:
    for shape in SHAPES.values():
        for key in shape.keys:
            assert key.meaning.endswith((".", "?")), f"{shape.name}.{key.name}"


# --- The two full files hold every key; each is then broken once --------------------------------------------------


def keys_used(node: object, shape: Shape) -> Iterator[tuple[str, str]]:
    """Yield (shape, key) for everything that a file says."""
    if not isinstance(node, dict):
        return
    for key in shape.keys:
        if key.name in node:
            yield shape.name, key.name
            yield from below(node[key.name], key.type)


def below(value: object, kind: Type) -> Iterator[tuple[str, str]]:
    if kind.kind == "shape":
        yield from keys_used(value, SHAPES[kind.shape])
    elif kind.kind == "many" and isinstance(value, list):
        for item in value:
            yield from below(item, kind.of[0])
    elif kind.kind in {"named", "by_side"} and isinstance(value, dict):
        for item in value.values():
            yield from below(item, kind.of[0])
    elif kind.kind == "either" and not isinstance(value, str):
        yield from below(value, kind.of[1])


def read(text: str) -> MapNode:
    root = load_text(text, "full.yaml").root
    assert root is not None
    return root


def test_the_full_files_use_every_key() -> None:
    used = set(keys_used(plain(read(FULL_MAPPING)), mapping_table.MAPPING))
    used |= set(keys_used(plain(read(FULL_PROJECT)), project_table.PROJECT))
    used |= set(keys_used(plain(read(FULL_TAX)), tax_table.TAX_TABLE))
    known = {(shape.name, key.name) for shape in SHAPES.values() for key in shape.keys}
    assert known - used == set()


@pytest.mark.parametrize(("name", "text"), [("mapping", FULL_MAPPING), ("project", FULL_PROJECT)])
def test_the_full_files_have_no_problem(name: str, text: str) -> None:
    found = validate(read(text), SCHEMAS[name])
    assert found == []


def test_a_full_tax_table_has_no_problem() -> None:
    assert validate(read(FULL_TAX), SCHEMAS["tax table"]) == []


# Each mutation is made in the data, written as YAML, and must be found by the schema in both drafts and by the checker;
# a misspelt key at the line where it stands, with the right one named.


def mutations(text: str, top: Shape) -> Iterator[tuple[str, object]]:
    data = plain(read(text))
    for path, _shape, key in spots(data, top, ()):
        label = ".".join(str(step) for step in (*path, key.name))
        yield f"misspelt {label}", renamed(data, path, key.name, key.name + "x")
        wrong = broken_value(key.type)
        if wrong is not None:
            yield f"wrong value {label}", replaced(data, (*path, key.name), wrong)
        if key.required and not key.on:
            yield f"missing {label}", removed(data, (*path, key.name))


def spots(
    data: object, shape: Shape, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Shape, Key]]:
    if not isinstance(data, dict):
        return
    for key in shape.keys:
        if key.name in data:
            yield path, shape, key
            yield from inside(data[key.name], key.type, (*path, key.name))


def inside(
    value: object, kind: Type, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Shape, Key]]:
    if kind.kind == "shape":
        shape = SHAPES[kind.shape]
        if shape.name != "environment":
            yield from spots(value, shape, path)
    elif kind.kind == "many" and isinstance(value, list):
        for number, item in enumerate(value):
            yield from inside(item, kind.of[0], (*path, number))
    elif kind.kind in {"named", "by_side"} and isinstance(value, dict):
        for name, item in value.items():
            yield from inside(item, kind.of[0], (*path, name))
    elif kind.kind == "either" and not isinstance(value, str):
        yield from inside(value, kind.of[1], path)


def broken_value(kind: Type) -> object:
    """Give a value that cannot stand there; None if everything can."""
    if kind.kind in {"anything", "path"}:
        return None
    if kind.kind == "words":
        return "nonesuch" if SIDES not in kind.words else "nobody"
    return {
        "flag": "maybe",
        "whole": "many",
        "version": 2,
        "many": "no list",
        "by_side": {"nobody": 1},
        "named": "no map",
        "shape": "no map",
        "either": 5,
        "percent": 20,
        "duration": 24,
        "decimal": 0,
        "days": "24h",
        "table": "no table",
        "setting": {"no": "map"},
        "transforms": 5,
        "link": "Not A Link",
        "word": "Not A Word",
        "name": "no name!",
        "connection": 5,
        "literal": ["no", "constant"],
        "object": "no map",
        "credentials": "no map",
    }.get(kind.kind, 5)


def replaced(data: object, path: tuple[str | int, ...], value: object) -> object:
    if not path:
        return value
    if isinstance(data, dict):
        return {key: replaced(old, path[1:], value) if key == path[0] else old for key, old in data.items()}
    items = cast("list[object]", data)
    return [replaced(old, path[1:], value) if number == path[0] else old for number, old in enumerate(items)]


def renamed(data: object, path: tuple[str | int, ...], old: str, new: str) -> object:
    return changed(data, path, lambda here: {new if key == old else key: value for key, value in here.items()})


def removed(data: object, path: tuple[str | int, ...]) -> object:
    return changed(data, path[:-1], lambda here: {key: value for key, value in here.items() if key != path[-1]})


def changed(data: object, path: tuple[str | int, ...], change: Any) -> object:
    if not path:
        return change(data)
    if isinstance(data, dict):
        return {key: changed(old, path[1:], change) if key == path[0] else old for key, old in data.items()}
    items = cast("list[object]", data)
    return [changed(old, path[1:], change) if number == path[0] else old for number, old in enumerate(items)]


CASES = [("mapping", label, data) for label, data in mutations(FULL_MAPPING, mapping_table.MAPPING)]
CASES += [("project", label, data) for label, data in mutations(FULL_PROJECT, project_table.PROJECT)]
CASES += [("tax table", label, data) for label, data in mutations(FULL_TAX, tax_table.TAX_TABLE)]


@pytest.mark.parametrize(("name", "label", "data"), CASES, ids=[f"{name}: {label}" for name, label, _ in CASES])
def test_every_key_broken_once_is_found(name: str, label: str, data: Any, tmp_path: Path) -> None:
    schema = SCHEMAS[name]
    assert not Draft7Validator(schema).is_valid(data)
    assert not Draft202012Validator(schema).is_valid(data)
    path = tmp_path / "broken.yaml"
    YAML(typ="safe", pure=True).dump(data, path)
    text = path.read_text("utf-8")
    found = validate(read(text), schema)
    assert found
    lines = [text.splitlines()[problem.at.line - 1] for problem in found if problem.at]
    if label.startswith("misspelt"):
        assert any(problem.code == "unknown-key" and problem.nearest for problem in found)
        assert any(label.rsplit(".", 1)[-1].removeprefix("misspelt ") + "x" in line for line in lines)


def test_the_number_of_mutations_follows_the_table() -> None:
    keys = sum(len(shape.keys) for shape in SHAPES.values())
    assert len(CASES) > 2 * keys


# --- Generated for a project ---------------------------------------------------------------------------------------


def test_a_schema_for_a_project_knows_its_names() -> None:
    names = Names(
        connections=("shop",),
        objects={"till": "Order", "ledger": "Invoice"},
        paths={"till": ("Name", "Total"), "ledger": ("Number",)},
        items={"till": ("Price",), "ledger": ("UnitAmount",)},
    )
    schema = mapping_schema(("till", "ledger"), names)
    right = """
mapping: orders
version: 1
between:
  till: {connection: shop, object: Order}
  ledger: {connection: shop, object: Invoice}
fields:
  - {ledger: Number, from: till.Name}
"""
    assert validate(read(right), schema) == []
    [problem] = validate(read(right.replace("ledger: Number,", "ledger: Numbr,")), schema)
    assert problem.nearest == ("Number",)
    assert problem.at is not None
    assert (problem.at.line, problem.at.column) == (8, 14)


def test_other_side_names_need_no_schema_of_their_own() -> None:
    text = """
mapping: orders
version: 1
between:
  till: {connection: salesforce, object: Account}
  ledger: {connection: xero, object: Contact}
fields:
  - {till: Name, ledger: Name}
"""
    assert codes(check(text)) == []


def test_shipped_schemas_are_json() -> None:
    for name in ("mapping", "project"):
        shipped = json.loads((generate.ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8"))
        assert shipped == SCHEMAS[name]
