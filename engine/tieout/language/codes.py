"""Every problem code with a title and an explanation: what `tieout help CODE` prints.

The texts stand in `codes.md`; a test holds them to the codes that the source uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means."""

    code: str
    title: str
    text: str


_ENTRY = re.compile(r"^# (?P<code>[a-z0-9-]+): (?P<title>.+)\n(?P<text>(?:(?!# ).*\n?)*)", re.MULTILINE)


@cache
def codes() -> Mapping[str, Explanation]:
    """Give all explanations by code, in the order of the page."""
    page = (files("tieout.language") / "codes.md").read_text("utf-8")
    found = (Explanation(one["code"], one["title"], one["text"].strip()) for one in _ENTRY.finditer(page))
    return {one.code: one for one in found}


def explain(code: str) -> Explanation | None:
    """Give the explanation of one code."""
    return codes().get(code)
