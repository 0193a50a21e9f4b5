"""What mappings know of one another: the copies of one mapping, and others that write the same paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tieout.language.copies import family_of
from tieout.mapping.catalogue import Endpoint
from tieout.mapping.claims import Claim, Family, Rival
from tieout.mapping.compile import Compiled
from tieout.mapping.compiled import CompiledMapping, Side
from tieout.mapping.draft import digest
from tieout.mapping.writers import overlaps
from tieout.mapping_sources import MappingSource
from tieout.problems import Problem


def copies_by_connection(sources: Iterable[MappingSource]) -> Mapping[str, Mapping[str, str]]:
    """Give each mapping over several connections -> connection -> its copy."""
    found: dict[str, dict[str, str]] = {}
    for source in sources:
        if source.connection:
            found.setdefault(source.family, {})[source.connection] = source.name
    return found


def problems_of(compiled: Sequence[Compiled]) -> Iterator[Problem]:
    """Give what is wrong in each mapping; what not all copies of one have says of which it is."""
    families: dict[str, list[Compiled]] = {}
    for one in compiled:
        families.setdefault(family_of(one.name), []).append(one)
    for copies in families.values():
        shared = set(copies[0].draft.problems).intersection(*(one.draft.problems for one in copies[1:]))
        for one in copies:
            yield from (found if found in shared else _told_of(one.name, found) for found in one.draft.problems)


def _told_of(copy: str, found: Problem) -> Problem:
    _, _, connection = copy.partition("@")
    return (
        found
        if re.search(rf"(?<!\w){connection}(?!\w)", found.message)
        else replace(found, message=f"{found.message} (in {copy})")
    )


def with_neighbours(
    mappings: Iterable[CompiledMapping], compiled: Sequence[Compiled], sources: Iterable[MappingSource]
) -> list[CompiledMapping]:
    """Let each mapping know its copies and its rivals, and read what tells whether those take a record."""
    by_name = {one.name: one for one in compiled}
    families = _families(by_name, [source for source in sources if source.connection])
    made = []
    for mapping in mappings:
        family = families.get(mapping.name)
        rivals = tuple(_rivals(by_name[mapping.name], compiled))
        known = replace(mapping, family=family, rivals=rivals)
        first, second = (_reading(side, known) for side in mapping.sides)
        known = replace(known, sides=(first, second))
        made.append(known if family is None else replace(known, digest=_of_family(known.digest, family)))
    return made


def _families(by_name: Mapping[str, Compiled], copies: Sequence[MappingSource]) -> dict[str, Family]:
    found: dict[str, Family] = {}
    for copy in copies:
        kin = [(by_name[one.name], one) for one in copies if one.family == copy.family and one.name in by_name]
        claims = [(one.ends[1] if one.ends[0].side == source.side else one.ends[0], one) for one, source in kin]
        if claims:
            family = Family(copy.family, claims[0][0].side, tuple(one.claims[end.side] for end, one in claims))
            found |= dict.fromkeys((one.name for one, _ in kin), family)
    return found


def _rivals(one: Compiled, compiled: Sequence[Compiled]) -> Iterator[Rival]:
    for end in one.ends:
        mine = _writes(one, end)
        for other in compiled:
            for there in other.ends if other is not one else ():
                if (there.connection, there.object) != (end.connection, end.object):
                    continue
                both = {path for path in _writes(other, there) if any(overlaps(path, each) for each in mine)}
                if both:
                    yield Rival(other.claims[there.side], end.side, frozenset(both))


def _writes(one: Compiled, end: Endpoint) -> set[str]:
    """Give what a mapping writes at records that exist."""
    if end.side not in one.updates:
        return set()
    return {write.path for write in one.draft.writes if write.side == end.side and not write.create_only}


def _reading(side: Side, mapping: CompiledMapping) -> Side:
    claims: list[Claim] = [rival.claim for rival in mapping.rivals if rival.side == side.name]
    if mapping.family is not None and mapping.family.side == side.name:
        claims += mapping.family.claims
    return replace(side, paths=side.paths.union(*(claim.paths(claim.side) - {""} for claim in claims)))


def _of_family(digest_: str, family: Family) -> str:
    """A copy is another one when what belongs to its family changes: which records are in none depends on all."""
    return digest(digest_, [[claim.mapping, *claim.essence] for claim in family.claims])
