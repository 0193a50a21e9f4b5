"""Laws 2 and 6: no twins, and no record is deleted without a cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tieout.sync.match import read_key

from .breach import Breach
from .law_creation import asked_again
from .remains import Entry, Remains
from .systems import NAMES, OUT, SCOPE

REMOVED = ("gone", "archived")


def twins(remains: Remains) -> Iterator[Breach]:
    """Law 2: of what we made, no two live records for one source; no record with two partners; no reflections."""
    for place, made in enumerate(remains.world.made):
        live = Counter(_origin(key) for id_, key in made.items() if remains.live(place, id_))
        for source, count in live.items():
            if count > 1 and not _wanted(remains, source[1]):
                yield Breach("2 twin", f"{count} records for {source}")
        yield from _one_key_twice(remains, place)
        yield from _reflections(remains, place)
    for ends in dict.fromkeys(remains.joints.values()):
        for end in (0, 1):
            linked = Counter(link.ids[end] for link in remains.active if link.ends == ends)
            yield from (Breach("2 two links", id_) for id_, count in linked.items() if count > 1)


def _wanted(remains: Remains, source: str) -> bool:
    """Say whether a person had a record made anew for a source whose link had ended."""
    named = (f" {source}?", f' {source} ("')
    links = [link.id for link in remains.links if source in link.ids]
    ended = (story.kind == "end" and int(story.payload["link"]) in links for story in remains.audit)
    first = next((place for place, is_end in enumerate(ended) if is_end), len(remains.audit))
    return asked_again(remains.audit[first:], source) or any(
        text.startswith("make ") and any(one in text for one in named) for text in remains.world.shown
    )


def _origin(key: str) -> tuple[str, str]:
    marker = read_key(key)
    return (marker.endpoints, marker.source) if marker is not None else ("", key)


def _one_key_twice(remains: Remains, place: int) -> Iterator[Breach]:
    """A key names one intention for ever: what is made anew after its link has ended has another one.

    Only links of the record that the key was made for count. People may merge another linked record into one whose
    creation was never answered: the link that ends with it is the other's, and the first was never linked.
    """
    by_key: dict[str, list[str]] = defaultdict(list)
    for id_, key in remains.world.made[place].items():
        by_key[key].append(id_)
    ended = {frozenset(link.ids) for link in remains.links if link.state != "active"}
    for key, ids in by_key.items():
        if len(ids) > 1 and {ids[0], _origin(key)[1]} in ended:
            yield Breach("2 one key twice", f"{key}: {ids}")


def _reflections(remains: Remains, place: int) -> Iterator[Breach]:
    """A record that we made is never a source: nothing was made for it on the side it came from."""
    for id_, key in remains.world.made[place].items():
        source = _origin(key)[1]
        other = _place(source)
        back = remains.world.made[other].get(source)
        if back is None or not (remains.live(place, id_) and remains.live(other, source)):
            continue
        first = _origin(back)[1]
        if _place(first) == place and remains.live(place, first) and not _wanted(remains, source):
            yield Breach("2 reflection twin", f"{id_} was made for {source}, which was made for {first}")


def _place(id_: str) -> int:
    return next(place for place, name in enumerate(NAMES) if id_.startswith(name[0].upper()))


def endings(remains: Remains) -> Iterator[Breach]:
    """Law 6: a link ends only where one of its records was deleted or merged, or a person took the link back."""
    for story in remains.audit:
        if story.kind != "end" or "takes back" in str(story.payload["reason"]):
            continue
        link = next(one for one in remains.links if one.id == int(story.payload["link"]))
        states = [
            entry
            for place, id_ in zip(link.ends, link.ids, strict=True)
            for entry in remains.entries(place, id_, "")
            if entry.value == "gone"
        ]
        if not states:
            yield Breach("6 a link ended without a cause", f"{link.ids}: {story.payload['reason']}")


def removals(remains: Remains) -> Iterator[Breach]:
    """Law 6: every delete and archive of ours answers a person's delete, or a leaving of the scope, on another side."""
    for place, rows in enumerate(remains.rows):
        for id_ in rows:
            states = remains.entries(place, id_, "")
            for number, entry in enumerate(states):
                if not (entry.ours and entry.value in REMOVED) or entry.order in remains.takes_back:
                    continue
                born = max(one.at for one in states[:number] if one.value == "live")
                causes = [one for one in _causes(remains, place, id_) if one.at <= entry.at]
                if not causes:
                    yield Breach("6 unjustified delete", id_)
                elif max(one.at for one in causes) < born:
                    yield Breach("6w revived unseen, deleted again", id_)


def _causes(remains: Remains, place: int, id_: str) -> Iterator[Entry]:
    """Give what may have had us delete a record: its partners' deletes, or their leaving of the scope."""
    for link in remains.links:
        end = link.end(place)
        if end is None or link.ids[end] != id_:
            continue
        other, partner = link.ends[1 - end], link.ids[1 - end]
        yield from (one for one in remains.entries(other, partner, "") if one.value == "gone")
        if remains.draft(link.ends).leaves[end] != "keep":
            yield from (one for one in remains.entries(other, partner, SCOPE) if one.value == OUT)
