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


KEY_LENGTH = 50
"""The room for a key where there is least: a Xero ContactNumber, and the packs' own field in Salesforce."""
GENERATION_ROOM = 2
"""Characters of a key that stay for its generation."""
PART_DIGITS = 16
"""Hexadecimal digits that tell of the part in a key, as far as there is room."""
FORMER_PART_DIGITS = 4
"""Those in keys made before there were more; what carries such a key is recognised as ever."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A key taken apart: `<8 hex over both endpoints>.<source id without dashes>[.<hex of part>].<generation>`."""

    endpoints: str
    source: str
    part: str
    """The first digits of the digest over the part's name: sixteen, fewer where the id is long, four in old keys."""
    generation: int


def endpoints_digest(source: str, target: str) -> str:
    """Name the pair of endpoints in a key: it survives renames of mappings, sides and connections."""
    return hashlib.sha256(f"{source}\n{target}".encode()).hexdigest()[:8]


def make_key(endpoints: str, source: str, part: str, generation: int) -> str:
    """Make the key of a create; at most `KEY_LENGTH` characters."""
    digits = [_part_digest(part)[: _part_digits(source)]] if part else []
    return ".".join([endpoints, _without_dashes(source), *digits, str(generation)])


def possible_keys(endpoints: str, source: str, part: str, generation: int) -> list[str]:
    """Give the keys that a record may carry which was made for this: as they are made now, and as they were."""
    now = make_key(endpoints, source, part, generation)
    former = [_part_digest(part)[:FORMER_PART_DIGITS]] if part else []
    return list(dict.fromkeys([now, ".".join([endpoints, _without_dashes(source), *former, str(generation)])]))


def next_key(marker: Marker) -> str:
    """Give the key of the record that stands in place of the one with this key, if it was made anew."""
    part = [marker.part] if marker.part else []
    return ".".join([marker.endpoints, marker.source, *part, str(marker.generation + 1)])


def is_of_part(marker: Marker, part: str) -> bool:
    """Say whether a key may be one of a part; one without a part, or for a mapping without parts, may be any's."""
    return not marker.part or not part or _part_digest(part).startswith(marker.part)


def parts_alike(source: str, parts: Sequence[str]) -> tuple[str, str] | None:
    """Give two parts of a record whose keys would be equal; None: each gets its own."""
    seen: dict[str, str] = {}
    for part in parts:
        digits = _part_digest(part)[: _part_digits(source)]
        if seen.setdefault(digits, part) != part:
            return seen[digits], part
    return None


def _part_digest(part: str) -> str:
    return hashlib.sha256(part.encode()).hexdigest()


def _part_digits(source: str) -> int:
    room = KEY_LENGTH - len("12345678..." + _without_dashes(source)) - GENERATION_ROOM
    return min(max(room, FORMER_PART_DIGITS), PART_DIGITS)


def _without_dashes(source: str) -> str:
    return source.replace("-", "")


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
