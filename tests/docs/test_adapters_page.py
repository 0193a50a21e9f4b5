"""The page for authors of adapters: its code is the example's, its tables are whole, its promises are the suite's."""

from __future__ import annotations

import re
import sys
from dataclasses import fields
from types import ModuleType
from typing import Any

import pytest

from contract.shelf import adapter as example
from docs.pages import ROOT, Block, blocks
from tieout.adapter import Adapter, Connection, ObjectType
from tieout.testing.contract import AdapterContract
from tieout.testing.promises import promises

PAGE = ROOT / "docs" / "adapters.md"
TEXT = PAGE.read_text("utf-8")
PYTHON = [block for block in blocks(PAGE) if block.kind == "python"]
EXCERPTS = [block for block in PYTHON if block.info[1] != "hook"]


@pytest.mark.parametrize("block", EXCERPTS, ids=str)
def test_code_on_the_page_stands_in_the_example(block: Block) -> None:
    code = block.text.strip("\n")
    assert len(code.splitlines()) > 3
    assert code in (ROOT / block.info[1]).read_text("utf-8")


def test_the_hook_gives_the_adapter() -> None:
    (block,) = [block for block in PYTHON if block.info[1] == "hook"]
    package = ModuleType("tieout_shelf")
    package.__path__ = []
    sys.modules |= {"tieout_shelf": package, "tieout_shelf.adapter": example}
    try:
        made: dict[str, Any] = {}
        exec(block.text, made)  # noqa: S102  # it is what the page tells authors to write
        (adapter,) = made["tieout_adapters"]()
    finally:
        del sys.modules["tieout_shelf"], sys.modules["tieout_shelf.adapter"]
    assert isinstance(adapter, example.ShelfAdapter)
    assert hasattr(made["tieout_adapters"], "tieout_impl")


def test_every_method_of_the_port_is_explained() -> None:
    rows = re.findall(r"^\| `(?:Adapter\.)?(\w+)` \|", TEXT, re.MULTILINE)
    ports = (Connection, Adapter)
    methods = {name for port in ports for name in vars(port) if not name.startswith("_") and callable(vars(port)[name])}
    assert methods <= set(rows)


def test_every_capability_is_explained() -> None:
    table = TEXT.partition("## What an object can do")[2].partition("\n## ")[0]
    explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|(.*?)\|", table, re.MULTILINE))))
    assert {field.name for field in fields(ObjectType)} == explained


def test_every_promise_is_listed_in_its_level() -> None:
    listed = TEXT.partition("## Every promise")[2].partition("\n## ")[0]
    for level, part in zip((1, 2, 3), listed.split("**Level ")[1:], strict=True):
        promised = [one.promise for one in promises(AdapterContract) if one.level == level]
        assert re.findall(r"^- (.*)$", part, re.MULTILINE) == promised
