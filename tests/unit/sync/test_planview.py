"""The plan as people read it: a golden file that is read in reviews, and held to its schema."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from bench.engine import mapping
from tieout.model import Value
from tieout.report.plan_text import plain_json
from tieout.resources import schemas
from tieout.store.plans import Saved, Stored
from tieout.sync.codec import body
from tieout.sync.masking import MASK
from tieout.sync.planview import head_view, operation_view
from tieout.sync.words import Agree, Awaited, Item, Kind, ListWrite, Planned, Quality, Write
from tieout.values import dumps, loads_object

GOLDEN = Path(__file__).parent / "golden" / "plan.json"

NAME = Write("left.F0=right.F0", 1, ("F0",), "old", "new", "new", "changed", loser="old", at="m.yaml:3:5")
PHONE = Write("left.F1=right.F1", 1, ("F1",), "+44 1", "+44 2", "+44 2", "changed", pii=True)
AMOUNT = Write("right.Amount", 1, ("Amount",), None, Decimal("12.50"), Decimal("12.50"), "create", money="GBP")
OWNER = Write("right.F2", 1, ("F2",), None, None, "L7", "create", awaits=Awaited("owners", 0, "L7"))
ROWS = ListWrite(
    "right.Lines",
    1,
    ("Lines",),
    [{"Id": "a", "Qty": Decimal(1)}, {"Id": "b", "Qty": Decimal(2)}],
    [
        Item("s1", 0, "a", {"Id": "a", "Qty": Decimal(3)}, {"right.Lines[].Qty": (Decimal(1), Decimal(3), Decimal(3))}),
        Item("s2", 0, None, {"Qty": Decimal(4)}, {"right.Lines[].Qty": (None, Decimal(4), Decimal(4))}),
    ],
    "the source changed, added, removed",
)
CITY = Agree("left.City=right.City", ("x", "x"), Quality.EQUAL, "")
OPERATIONS = [
    Planned(Kind.LINK, "bench", 1, 0, "L1", "R1", why="matched: left.Code = right.Code"),
    Planned(Kind.AGREE, "bench", 1, 0, "L1", "R1", agrees=[CITY]),
    Planned(Kind.CREATE, "bench", 1, 1, None, "L2", writes=[AMOUNT, OWNER], why="it has no partner", title="Second"),
    Planned(Kind.UPDATE, "bench", 1, 1, "R1", "L1", writes=[NAME, PHONE], lists=[ROWS], why="changed",
            effect={"receivables GBP": Decimal("-3.10")}),
    Planned(Kind.DELETE, "bench", 1, 1, "R3", "L3", why="its partner L3 was deleted"),
]  # fmt: skip


def stored(seq: int, operation: Planned, ended: str | None = None) -> Stored:
    kept = loads_object(dumps(body(operation)))
    return Stored(
        seq, operation.mapping, operation.pair, operation.end, str(operation.kind), operation.record,
        operation.source, 0, kept, ended, "",
    )  # fmt: skip


def document() -> dict[str, object]:
    head: dict[str, Value] = {
        "counts": {"bench": {"create in right": "1"}},
        "effect": {"receivables": {"GBP": Decimal("-3.10")}},
        "notes": [],
    }
    saved = Saved("f" * 64, "r1", "2026-11-21T12:00:00Z", "dev", {"bench": "d"}, loads_object(dumps(head)), "saved", ())
    views = [operation_view(stored(seq, one), mapping()) for seq, one in enumerate(OPERATIONS)]
    return {
        **{name: plain_json(value) for name, value in head_view(saved).items()},
        "guards": [{"guard": "first-run", "mapping": "bench", "message": "the first plan"}],
        "operations": [plain_json(view) for view in views],
    }


def test_the_plan_reads_as_agreed() -> None:
    text = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("TIEOUT_WRITE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_the_plan_is_as_its_schema_says() -> None:
    schema = json.loads(schemas().joinpath("plan.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document(), schema)


def test_personal_data_is_masked() -> None:
    text = json.dumps(document(), ensure_ascii=False)
    assert "+44" not in text
    assert MASK in text


def test_personal_data_in_rows_is_masked() -> None:
    rule, place = "right.People[].Email", {"right.People[].Email": ("Mail", "Email")}
    added: dict[str, Value] = {"Mail": {"Email": "ann@secret.example"}, "Qty": Decimal(1)}
    changed: dict[str, Value] = {"Id": "a", "Mail": {"Email": "new@secret.example"}}
    items = [
        Item("s1", 0, None, added, {rule: (None, "ann@secret.example", "ann@secret.example")}, {}, place,
             frozenset({rule})),
        Item("s2", 0, "a", changed, {rule: ("old@secret.example", "new@secret.example", "")}, {}, place,
             frozenset({rule})),
    ]  # fmt: skip
    rows = ListWrite("right.People", 1, ("People",), [{"Id": "a"}], items, "added")
    planned = Planned(Kind.UPDATE, "bench", 1, 1, "R1", "L1", lists=[rows], why="added")
    text = json.dumps(plain_json(operation_view(stored(1, planned), mapping())))
    assert "secret.example" not in text
    assert text.count(MASK) == 3
    assert '"Qty"' in text


@pytest.mark.parametrize("name", ["plan", "environment", "made", "operations"])
def test_the_schema_asks_for_what_apply_needs(name: str) -> None:
    schema = json.loads(schemas().joinpath("plan.schema.json").read_text(encoding="utf-8"))
    kept = document()
    del kept[name]
    assert not jsonschema.Draft7Validator(schema).is_valid(kept)
