"""Bases under the names that the sides of a mapping have now: a side that is renamed forgets nothing. Pure.

The store keeps a base under the key of its rule, which names both sides. After a renaming what was agreed stands under
the old names until it is agreed upon anew. Rows of lists are paired anew, by their keys or their content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tieout.mapping.compiled import CompiledMapping, OneWay, Pair
from tieout.sync.words import Link

Names = Mapping[str, str]
"""Side as it was called -> side as it is called."""


def in_present_names(link: Link, mapping: CompiledMapping) -> Link:
    """Give a link with what was agreed before its sides were renamed."""
    now = {side.name for side in mapping.sides}
    if all(name in now for key in link.base for name in _sides(key)):
        return link
    namings = list(_namings(link, mapping, now))
    wanted = {rule.key for rule in mapping.rules}
    found = [{_renamed(key, names): base for key, base in link.base.items()} for names in namings]
    base = dict(link.base)
    for key in sorted(wanted - link.base.keys()):
        known = [one[key] for one in found if key in one]
        if known and all(one == known[0] for one in known):  # renamed twice, and moved meanwhile: which is the later?
            base[key] = known[0]
    return replace(link, base=base)


def _namings(link: Link, mapping: CompiledMapping, now: set[str]) -> Iterator[Names]:
    """Give every way in which the sides were called: told by pairs, or else by a path that one side alone has."""
    seen: list[Names] = []
    rules = {_paths(rule.key): rule for rule in mapping.rules if isinstance(rule, Pair)}
    for key in link.base:
        rule_ = rules.get(_paths(key))
        if rule_ is not None and not now.issuperset(_sides(key)):
            names = dict(zip(_sides(key), _sides(rule_.key), strict=True))
            if names not in seen:
                seen.append(names)
    alone = _by_path(link, mapping, now)
    yield from seen or ([alone] if alone else [])


def _by_path(link: Link, mapping: CompiledMapping, now: set[str]) -> Names:
    """Tell the sides' old names by the paths of one-way fields."""
    names: dict[str, str] = {}
    for key in link.base:
        sides = _sides(key)
        if len(sides) == 1 and sides[0] not in now:
            of = {rule.side for rule in mapping.rules if isinstance(rule, OneWay) and _paths(rule.key) == _paths(key)}
            if len(of) == 1:
                names.setdefault(sides[0], of.pop())
    return names if len(set(names.values())) == len(names) else {}


def _sides(key: str) -> tuple[str, ...]:
    return tuple(part.partition(".")[0] for part in key.split("=") if "." in part)


def _paths(key: str) -> tuple[str, ...]:
    return tuple(part.partition(".")[2] for part in key.split("=") if "." in part)


def _renamed(key: str, names: Names) -> str:
    parts = [part.partition(".") for part in key.split("=")]
    return "=".join(f"{names.get(side, side)}{dot}{path}" for side, dot, path in parts)
