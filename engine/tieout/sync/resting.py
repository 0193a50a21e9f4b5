"""What the values of an operation rest on beside the records (exchange rates), for the audit log and people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tieout.model import Value
from tieout.money.rates import read_evidence
from tieout.sync.words import ListWrite, Planned


def resting_on(operation: Planned) -> dict[str, Value]:
    """Give rule -> evidence; of a list once for all its rows if they rest on the same, else row by row."""
    told: dict[str, Value] = {write.rule: dict(write.evidence) for write in operation.writes if write.evidence}
    for rows in operation.lists:
        told |= rows_resting_on(rows)
    return told


def rows_resting_on(rows: ListWrite) -> dict[str, Value]:
    """Give rule -> evidence of one list; a row counts from 1, as it is sent."""
    found: dict[str, dict[int, Mapping[str, Value]]] = {}
    for number, item in enumerate(rows.items, 1):
        for rule, evidence in item.evidence.items():
            found.setdefault(rule, {})[number] = evidence
    return {name: evidence for rule, by_row in found.items() for name, evidence in _named(rule, by_row)}


def _named(rule: str, by_row: Mapping[int, Mapping[str, Value]]) -> Iterator[tuple[str, Value]]:
    first = next(iter(by_row.values()))
    if all(evidence == first for evidence in by_row.values()):
        yield rule, dict(first)
        return
    for number, evidence in by_row.items():
        yield f"{rule} (row {number})", dict(evidence)


def as_text(evidence: object) -> str:
    """Give the evidence of one value in a line: of a rate what it is, where from, and how old."""
    if not isinstance(evidence, Mapping):
        return str(evidence)
    rate = read_evidence(evidence)
    return ", ".join(f"{name} {told}" for name, told in evidence.items()) if rate is None else str(rate)
