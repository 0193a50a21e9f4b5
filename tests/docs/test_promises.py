"""Each promise names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(test_\w+)(…?)`")
PLACES = re.compile(r"`(tests/[\w/.]+)`|pytest ((?:tests/[\w/.]+ ?)+)")


def test_the_tests_that_promises_name_exist() -> None:
    defined = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    named = NAMED.findall((ROOT / "docs" / "promises.md").read_text("utf-8"))
    assert named
    missing = [
        name for name, more in named if not any(one.startswith(name) if more else one == name for one in defined)
    ]
    assert missing == []


def test_the_places_that_promises_name_exist() -> None:
    found = PLACES.findall((ROOT / "docs" / "promises.md").read_text("utf-8"))
    places = [place for one, several in found for place in [one, *several.split()] if place]
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []
