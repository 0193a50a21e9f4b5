from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema

from tieout.resources import schemas
from tieout.testing.case_schema import case_schema

# --- the schema ---------------------------------------------------------------------------------------------------


def test_the_shipped_schema_is_the_one_that_is_used() -> None:
    shipped = json.loads((schemas() / "mapping-test.schema.json").read_text("utf-8"))

    assert shipped == case_schema()


def test_the_schema_is_valid_in_both_drafts() -> None:
    jsonschema.Draft7Validator.check_schema(case_schema())
    jsonschema.Draft202012Validator.check_schema({**case_schema(), "$schema": None} | {"$schema": "x:y"})


def described(node: Any, path: str = "") -> Iterator[str]:
    """Give the path of every property without a description."""
    if isinstance(node, dict):
        for name, inner in node.get("properties", {}).items() if isinstance(node.get("properties"), dict) else ():
            if isinstance(inner, dict) and "description" not in inner and "type" not in inner:
                yield f"{path}.{name}"
        for key, inner in node.items():
            yield from described(inner, f"{path}.{key}")
    elif isinstance(node, list):
        for item in node:
            yield from described(item, path)


def test_every_key_is_described() -> None:
    assert list(described(case_schema())) == []
