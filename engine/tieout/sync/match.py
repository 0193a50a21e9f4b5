"""Which unlinked records belong together: markers first, then what was remembered, then the mapping's match rules.

Pure. Exactly one candidate each way is accepted; more are a review, never a guess. Blank never matches blank.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tieout.mapping.canonical import canonical
from tieout.mapping.compiled import CompiledMapping, MatchRule, Missing
from tieout.model import Value
from tieout.sync.merge import blank
from tieout.sync.sight import Facts
from tieout.sync.words import Awaited, Blocked, Image
from tieout.transform import Unconvertible
from tieout.values import dumps

GUID = re.compile(r"^[0-9a-f]{32}$")


# --- the key that a record made by us carries ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Marker:
    """A key taken apart: `<8 hex over both endpoints>.<source id without dashes>[.<4 hex of part>].<generation>`."""

    endpoints: str
    source: str
    part: str
    generation: int


def endpoints_digest(source: str, target: str) -> str:
    """Name the pair of endpoints in a key: it survives renames of mappings, sides and connections."""
    return hashlib.sha256(f"{source}\n{target}".encode()).hexdigest()[:8]


def make_key(endpoints: str, source: str, part: str, generation: int) -> str:
    """Make the key of a create; at most 50 characters, the room in a Xero ContactNumber."""
    middle = [source.replace("-", "")]
    if part:
        middle.append(part_digest(part))
    return ".".join([endpoints, *middle, str(generation)])


def part_digest(part: str) -> str:
    """Shorten the name of a part for a key."""
    return hashlib.sha256(part.encode()).hexdigest()[:4]


def read_key(text: str | None) -> Marker | None:
    """Take a key apart; None if the text is none of ours."""
    pieces = (text or "").split(".")
    if len(pieces) not in {3, 4} or not re.fullmatch(r"[0-9a-f]{8}", pieces[0]) or not pieces[-1].isdigit():
        return None
    part = pieces[2] if len(pieces) == 4 else ""  # noqa: PLR2004
    return Marker(pieces[0], pieces[1], part, int(pieces[-1]))


def source_ids(marker: Marker) -> list[str]:
    """Give the ids that the source of a key may have: as it stands, and as a GUID with its dashes."""
    text = marker.source
    if not GUID.match(text):
        return [text]
    return [text, f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"]


# --- match rules --------------------------------------------------------------------------------------------------


def match_keys(mapping: CompiledMapping, end: int, image: Image, facts: Facts) -> dict[int, str]:
    """Give the key of a record under each match rule (index -> text); a rule with a blank in it has none."""
    keys: dict[int, str] = {}
    for index, rule in enumerate(mapping.match):
        key = _key(mapping, rule, end, image, facts)
        if key is not None:
            keys[index] = key
    return keys


def _key(mapping: CompiledMapping, rule: MatchRule, end: int, image: Image, facts: Facts) -> str | None:
    side = mapping.sides[end]
    parts: list[str] = []
    for pair in rule.pairs:
        path = pair.paths[side.name]
        value = path.read(image.record)
        if isinstance(value, Missing) or blank(value):
            return None
        if pair.link is not None:
            linked = _linked(mapping, pair.link, end, value, facts)
            if linked is None:
                return None
            parts.append(linked)
            continue
        if pair.compare is not None:
            try:
                value = pair.compare.convert(value, to=side.name, scope={})
            except Unconvertible:
                return None
        else:
            value = canonical(value, side.type.fields.get(path.text))
        if blank(value):
            return None
        parts.append(dumps(value))
    return "\n".join(parts) or None


def _linked(mapping: CompiledMapping, link: object, end: int, value: Value, facts: Facts) -> str | None:
    """Compare through another mapping's link: the first side's id is translated to the second side's."""
    if end == 1:
        return dumps(value)
    side = mapping.sides[0]
    found = facts.resolve(link, side.connection, side.name, str(value))  # type: ignore[arg-type]  # a LinkTarget
    return None if isinstance(found, Awaited | Blocked) or blank(found) else dumps(found)


def awaits_link(mapping: CompiledMapping, end: int, image: Image, facts: Facts) -> bool:
    """Say whether a rule has no key yet: a record that this one names has no partner, and nothing tells when it has."""
    links = [pair for rule in mapping.match for pair in rule.pairs if pair.link is not None]
    side = mapping.sides[end]
    named = [(pair.link, pair.paths[side.name].read(image.record)) for pair in links]
    given = [(link, value) for link, value in named if not isinstance(value, Missing) and not blank(value)]
    return any(_linked(mapping, link, end, value, facts) is None for link, value in given)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record with the same key under one rule; `keys`: all that it has."""

    id: str
    keys: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Matched:
    """One rule gave exactly one candidate each way."""

    id: str
    rule: int
    accept: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """One rule gave several candidates, or several records for one candidate."""

    rule: int
    candidates: Sequence[str]
    rivals: Sequence[str]


def match_one(
    mapping: CompiledMapping,
    keys: Mapping[int, str],
    candidates: Mapping[int, Sequence[Candidate]],
    rivals: Mapping[int, Sequence[Candidate]],
    apart: frozenset[str],
) -> Matched | Ambiguous | None:
    """Match one record: rule by rule over what is still unlinked.

    `candidates` and `rivals`: rule -> unlinked records of the other end, and of this end, with the same key (this
    record itself left out). `apart`: ids that a person said are not the same.
    """
    for index in sorted(keys):
        possible = [
            one for one in candidates.get(index, ()) if one.id not in apart and not contradict(mapping, keys, one.keys)
        ]
        if not possible:
            continue
        others = [
            rival.id
            for rival in rivals.get(index, ())
            if not all(contradict(mapping, rival.keys, one.keys) for one in possible)
        ]
        if len(possible) == 1 and not others:
            return Matched(possible[0].id, index, mapping.match[index].accept)
        return Ambiguous(index, [one.id for one in possible], others)
    return None


def contradict(mapping: CompiledMapping, mine: Mapping[int, str], theirs: Mapping[int, str]) -> bool:
    """Say whether a rule that decides tells two records apart: both have a key under it, and not the same."""
    return any(
        index in mine and index in theirs and mine[index] != theirs[index]
        for index, rule in enumerate(mapping.match)
        if rule.decides
    )


def rule_text(rule: MatchRule) -> str:
    """Give a rule as people read it: "crm.Name = books.Name"."""
    pairs = (" = ".join(f"{side}.{path.text}" for side, path in pair.paths.items()) for pair in rule.pairs)
    return " and ".join(pairs)


def evidence(mapping: CompiledMapping, rule: int) -> dict[str, Value]:
    """Say by which rule two records were linked."""
    written = mapping.match[rule]
    return {"rule": rule_text(written), "at": str(written.at)}
