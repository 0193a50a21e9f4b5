"""Ways out of a hold that a person may ask for: `tieout plan RECORD --way WAY`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from tieout.mapping.compiled import CompiledMapping
from tieout.model import Verb
from tieout.sync import crediting, noting, reissuing
from tieout.sync.figures import Planning
from tieout.sync.lifecycle import Pairing
from tieout.sync.words import Kind, Planned

OFFERED = "offers"
"""What a hold tells beside its ways out: which of them can be asked for."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a hold."""

    told: str
    """What it does, as a hold offers it."""
    does: Kind
    """The operation by which a plan that takes it is known."""
    open_to: Callable[[Pairing, int], bool]
    """Whether it can be asked for of the held document of an end."""
    known: Callable[[CompiledMapping], bool]
    """Whether a mapping has any document of which it can be asked for."""
    lacking: str
    """Why it has none."""


def _can(verb: Verb, mapping: CompiledMapping) -> bool:
    return any(verb in side.type.verbs for side in mapping.sides)


WAYS: Mapping[str, Way] = {
    noting.WAY: Way(
        "note it in its history",
        Kind.NOTE,
        noting.notable,
        partial(_can, Verb.NOTE),
        "nothing that it writes keeps a history that a program can write to, so nothing can be noted",
    ),
    reissuing.WAY: Way(
        "reissue it as a plan",
        Kind.VOID,
        reissuing.reissuable,
        partial(_can, Verb.VOID),
        "nothing that it writes can be voided, so nothing can be reissued",
    ),
    crediting.WAY: Way(
        "credit it in full as a plan",
        Kind.CREDIT,
        crediting.creditable,
        partial(_can, Verb.CREDIT),
        "nothing that it writes can be credited",
    ),
}
"""By the name under which a person asks for it; the gentlest first."""


def open_ways(pairing: Pairing, end: int) -> list[str]:
    """Give the ways that can be asked for of the held document of an end."""
    return [name for name, way in WAYS.items() if way.open_to(pairing, end)]


def is_way_out(operation: Planned) -> bool:
    """Say whether an operation is what a person asked for with a way out."""
    if operation.kind is Kind.VOID:
        return reissuing.reissued(operation.why)
    return operation.kind in {Kind.NOTE, Kind.CREDIT}


def not_taken(asked: str, planning: Planning) -> list[str]:
    """Say of a way that was asked for that nothing takes it, unless it was told already why."""
    way = WAYS.get(asked)
    planned = (what for counts in planning.counts.values() for what in counts)
    if way is None or any(what.startswith(f"{way.does} in ") for what in planned):
        return []
    if any(f": no {asked}: " in told for told in planning.notes):
        return []
    return [f"--way {asked}: nothing that was named is held so that it could be taken; tieout status: what is held"]
