"""Every code that a run shows in brackets is explained."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tieout.adapter import Adapter
from tieout.language.codes import codes
from tieout.plugins import load
from tieout.sync.words import Ending

SYNC = Path(__file__).parents[2] / "engine" / "tieout" / "sync"
ADAPTERS = SYNC.parents[2] / "adapters"
GIVE = {"Finding", "_note", "Refused", "BatchRefused", "Rule", "Unwritable", "Unconvertible"}
CODE = re.compile("[a-z]+(-[a-z]+)*")
NEEDS_NOBODY = {Ending.DONE, Ending.HELD}


def test_every_hold_and_question_of_the_engine_is_explained() -> None:
    found: set[str] = set()
    for path in SYNC.glob("*.py"):
        text = path.read_text("utf-8")
        found |= set(re.findall(r'\bHold\(\s*[^,()]+(?:\([^()]*\))?,\s*"([a-z-]+)"', text))
        found |= set(re.findall(r'\bcode: str = "([a-z-]+)"', text))
        found |= set(re.findall(r'\bQuestion\(\s*[^,()]+,\s*"([a-z-]+)"', text))
    assert {"removal-held", "match", "merge", "conflict", "drift"} <= found
    assert found - set(codes()) == set()


def test_every_end_that_needs_somebody_is_explained() -> None:
    told = {str(end).replace(" ", "-") for end in Ending if end not in NEEDS_NOBODY}
    assert told - set(codes()) == set()


def given_by(adapter: str) -> set[str]:
    """Collect the codes that an adapter's own modules give in refusals, findings and unwritable values."""
    found: set[str] = set()
    for path in (ADAPTERS / adapter).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GIVE:
                words = [one.value for one in node.args[:3] if isinstance(one, ast.Constant)]
                first = next((one for one in words if isinstance(one, str) and CODE.fullmatch(one)), None)
                found |= {first} if first else set()
    return found


@pytest.mark.parametrize(
    ("folder", "name", "one"),
    [
        ("tieout_salesforce", "salesforce", "calls-left"),
        ("tieout_spotlercrm", "spotlercrm", "token-ends"),
        ("tieout_xero", "xero", "calls-left"),
    ],
)
def test_every_code_that_an_adapter_gives_is_explained(folder: str, name: str, one: str) -> None:
    explained = load().adapters[name].codes()
    found = given_by(folder)
    assert one in found
    assert found - set(explained) - set(codes()) == set()
    assert all(text.endswith((".", "…")) for text in explained.values())


def test_an_adapter_need_not_explain_anything() -> None:
    assert Adapter.codes(load().adapters["xero"]) == {}
