"""Every cause that `verify` names is explained to operators, and no other."""

from __future__ import annotations

import json
import re

from docs.pages import ROOT
from tieout.sync.causes import Cause


def test_the_causes_are_those_that_are_named() -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    section = page[page.index("## Verifying") : page.index("## Taking a run back")]
    rows = [row.partition("|")[0] for row in re.findall(r"^\| (`.*)$", section, re.MULTILINE)]
    named = [name for row in rows for name in re.findall(r"`([a-z ]+)`", row)]
    assert sorted(named) == sorted(Cause)
    schema = json.loads((ROOT / "schemas" / "verify-report.schema.json").read_text("utf-8"))
    assert sorted(schema["properties"]["mismatches"]["items"]["properties"]["cause"]["enum"]) == sorted(Cause)
