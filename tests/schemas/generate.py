"""What is made from the table of keys: `python tests/schemas/generate.py` writes it, a test holds it to the table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from tieout.language import mapping_table, project_table, tax_table
from tieout.language.reference import SIDES, Key, Shape, Type
from tieout.language.schemas import mapping_schema, project_schema, tax_table_schema
from tieout.mapping.policies import ABSENT, OTHERWISE
from tieout.mapping.transforms.registry import built_in

ROOT = Path(__file__).parents[2]
SHAPES = {shape.name: shape for shape in (*mapping_table.SHAPES, *project_table.SHAPES, *tax_table.SHAPES)}
_SIMPLE = {
    "flag": "true or false",
    "literal": "a constant",
    "transforms": "transforms",
    "whole": "whole number",
    "version": "1",
    "link": "mapping, or mapping.Field",
    "percent": "share",
    "decimal": "amount in quotes",
    "amounts": "GBP 10000, or a list",
    "day": "day in quotes",
    "days": "days, such as 7d",
    "table": "from: to, or rows by side",
    "setting": "a value or a list",
    "object": "keys",
    "connection": "name",
    "name": "name",
    "anything": "anything",
    "credentials": "name: reference",
}


def files() -> dict[Path, str]:
    """Give every generated file with its text."""
    pages = [ROOT / "docs" / name for name in ("language.md", "money.md")]
    return {
        ROOT / "schemas" / "mapping.schema.json": _json(mapping_schema()),
        ROOT / "schemas" / "project.schema.json": _json(project_schema()),
        ROOT / "schemas" / "tax-table.schema.json": _json(tax_table_schema()),
        **{page: _filled(page.read_text("utf-8")) for page in pages},
    }


def _json(schema: object) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _filled(page: str) -> str:
    page = _between(page, r"keys: (\w+)", "keys", lambda name: _table(SHAPES[name]))
    page = _between(page, r"(policies)", "policies", lambda _: _policies())
    return _between(page, r"(transforms)", "transforms", lambda _: _transforms())


def _between(page: str, opening: str, closing: str, make: Callable[[str], str]) -> str:
    pattern = re.compile(rf"(<!-- {opening} -->\n)(?:(?!<!-- /{closing} -->)[\s\S])*(<!-- /{closing} -->)")
    return pattern.sub(lambda found: f"{found[1]}{make(found[2])}{found[3]}", page)


def _rows(head: str, rows: list[str]) -> str:
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *rows]) + "\n"


def _table(shape: Shape) -> str:
    return _rows("| key | value | default | meaning |", [_row(key, shape) for key in shape.keys])


def _row(key: Key, shape: Shape) -> str:
    said = _escaped(key.meaning)
    if key.on:
        said += f" On: {', '.join(key.on)}."
    needed = "*required*" if key.required and not key.on else _escaped(key.default)
    if shape.name == "mapping" and key.name in ABSENT:
        needed = f"`{ABSENT[key.name]}`"
    return f"| `{key.name}` | {_value(key.type)} | {needed} | {said} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _value(kind: Type) -> str:
    match kind.kind:
        case "words":
            return " ".join("a side" if word == SIDES else f"`{word}`" for word in kind.words)
        case "many":
            return f"list of {_value(kind.of[0])}"
        case "by_side":
            return f"side: {_value(kind.of[0])}"
        case "named":
            return f"name: {_value(kind.of[0])}"
        case "either":
            return f"{_value(kind.of[0])}, or {_value(kind.of[1])}"
        case "shape":
            return kind.shape.replace("_", " ")
    return _SIMPLE.get(kind.kind, kind.kind)


def _policies() -> str:
    rows = []
    for name in ("create", "update", "delete", "leave"):
        key = mapping_table.MAPPING.key(name)
        if key is None:
            raise KeyError(name)
        words = _value(key.type.of[0].of[0])
        rows.append(f"| `{name}` | {words} | `{ABSENT[name]}` | `{OTHERWISE[name]}` |")
    return _rows("| key | words | where the key is absent | where `when` does not hold |", rows)


def _transforms() -> str:
    rows = [f"| `{one.name}` | {_escaped(one.summary)} |" for one in built_in()]
    return _rows("| transform | |", rows)


if __name__ == "__main__":
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
