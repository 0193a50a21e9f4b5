"""The operation that pairs two records which exist already."""

from __future__ import annotations

from collections.abc import Mapping

from tieout.model import Value
from tieout.sync.run import Joined
from tieout.sync.words import Kind, Planned


def link_operation(
    joined: Joined, ids: tuple[str, str], evidence: Mapping[str, Value], *, generation: int, part: str = ""
) -> Planned:
    """Make the operation that pairs two records which exist already."""
    why = f"matched: {evidence.get('rule', '')}" if "rule" in evidence else str(evidence.get("why", ""))
    return Planned(
        Kind.LINK,
        joined.mapping.name,
        joined.pair,
        0,
        ids[0],
        ids[1],
        part=part,
        generation=generation,
        why=why,
        evidence=evidence,
        phase=joined.order * 10,
    )
