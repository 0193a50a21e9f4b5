"""Records that belong to several mappings, or to no copy of one: what is held because of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tieout.mapping.compiled import ExpressionFailed, Undecided
from tieout.sync.sight import Sight
from tieout.sync.steps import fingerprint
from tieout.sync.words import Hold, Image

UNROUTED = "unrouted"
"""The code of a record that is in scope and that no copy's `route` takes."""
TWO_WRITERS = "two-writers"


def writers_rule(end: int) -> str:
    """Name the hold of what several mappings would write at an end, in what stands between runs."""
    return f"writers@{end}"


def route_rule(end: int) -> str:
    """Name the hold of a record of an end that no route takes."""
    return f"route@{end}"


def also_writing(sight: Sight, end: int, path: str) -> list[str]:
    """Name the other mappings that write a path, too, and take this record (LAWS §4: one writer for each path)."""
    image, side = sight.images[end], sight.mapping.sides[end]
    rivals = [one for one in sight.mapping.rivals if one.side == side.name and one.writes(path)]
    run = dict(sight.facts.run)
    return [one.claim.mapping for one in rivals if image is not None and one.claim.may_reach(image.record, run)]


def contested(sight: Sight, end: int, found: Mapping[str, Sequence[str]]) -> Hold:
    """Hold what several mappings would write in one record; `found`: path -> the other mappings."""
    own, side = sight.mapping.name, sight.mapping.sides[end].name
    writers = ", ".join(dict.fromkeys([own, *(name for names in found.values() for name in names)]))
    paths = ", ".join(f"{side}.{path}" for path in sorted(found))
    why = f"{writers} all take this record, so none of them writes what all of them write there: {paths}"
    ways = (
        "part the records: a narrower `where` or `route`, so that one mapping takes each",
        f"or give them paths of their own: `change: {{{own}: …}}` in tieout.yaml",
    )
    return Hold(writers_rule(end), TWO_WRITERS, why, fingerprint(TWO_WRITERS, writers, paths), ways)


def other_copies(sight: Sight, end: int, image: Image) -> list[str]:
    """Name the other copies that take a record: what one of them does to it as a whole is done to all."""
    family = sight.mapping.family
    if family is None or family.side != sight.mapping.sides[end].name:
        return []
    others = [claim for claim in family.claims if claim.mapping != sight.mapping.name]
    return [claim.mapping for claim in others if claim.may_reach(image.record, dict(sight.facts.run))]


def scope_unknown(side: str, problem: ExpressionFailed) -> Hold:
    """Hold a record of which a `where` or `route` cannot tell whether the mapping takes it."""
    why = f"whether the mapping takes this record of {side} cannot be told: {problem}"
    return Hold("", "expression-failed", why, fingerprint("where", str(problem)))


def unrouted(sight: Sight, end: int, image: Image) -> Hold | None:
    """Tell of a record that `where` lets in and no copy's `route` takes; the first copy tells it for all of them."""
    family, side = sight.mapping.family, sight.mapping.sides[end]
    if family is None or family.side != side.name or family.claims[0].mapping != sight.mapping.name:
        return None
    run = dict(sight.facts.run)
    try:
        inside = any(claim.lets_in(image.record, run) for claim in family.claims)
        taken = any(claim.reaches(image.record, run) for claim in family.claims)
    except (ExpressionFailed, Undecided):
        return None
    if taken or not inside:
        return None
    names = ", ".join(claim.mapping for claim in family.claims)
    ways = ("give the record what a `route` asks for", "or leave it out of all: a narrower `where`")
    why = f"no `route` takes it: it belongs to none of {names}"
    return Hold(route_rule(end), UNROUTED, why, fingerprint(UNROUTED, image.id), ways, quiet=True)
