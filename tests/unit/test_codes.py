"""Every code that a run shows in brackets is explained."""

from __future__ import annotations

import re
from pathlib import Path

from tieout.language.codes import codes
from tieout.sync.words import Ending

SYNC = Path(__file__).parents[2] / "engine" / "tieout" / "sync"
NEEDS_NOBODY = {Ending.DONE, Ending.HELD}


def test_every_hold_and_question_of_the_engine_is_explained() -> None:
    found: set[str] = set()
    for path in SYNC.glob("*.py"):
        text = path.read_text("utf-8")
        found |= set(re.findall(r'\bHold\(\s*[^,()]+(?:\([^()]*\))?,\s*"([a-z-]+)"', text))
        found |= set(re.findall(r'\bQuestion\(\s*[^,()]+,\s*"([a-z-]+)"', text))
    assert {"removal-held", "match", "merge", "conflict", "drift"} <= found
    assert found - set(codes()) == set()


def test_every_end_that_needs_somebody_is_explained() -> None:
    told = {str(end).replace(" ", "-") for end in Ending if end not in NEEDS_NOBODY}
    assert told - set(codes()) == set()
