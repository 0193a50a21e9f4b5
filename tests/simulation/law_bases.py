"""Law 5: each side is judged by a base that is its own, and a base says how well both agree."""

from __future__ import annotations

from collections.abc import Iterator

from .breach import Breach
from .remains import Entry, LinkRow, Remains, path_of, token


def bases(remains: Remains) -> Iterator[Breach]:
    """Judge the base of every field of two linked records."""
    for link in remains.active:
        for rule, kept in link.base.items():
            path = path_of(rule)
            if path not in remains.fields:
                continue
            name = f"{link.ids}.{path}: {kept}"
            if kept[2] != "differs" and token(kept[0]) != token(kept[1]):
                yield Breach("5 a base hides a difference", name)
            for end in (0, 1):
                if not _was_there(remains, link, end, path, kept[end]):
                    yield Breach("5 a base that its side never held", f"{name}, end {end}")


def _was_there(remains: Remains, link: LinkRow, end: int, path: str, value: object) -> bool:
    """Say whether a side ever held a value, letter by letter; None: it was blank once, as all are before they are set.

    Where an answer tells no values, or got lost, what was sent may stand for what was stored (LAWS, settle: "answered,
    unexplained").
    """
    place = link.ends[end]
    if value is None or any(entry.value == value for entry in _ever(remains, link, end, path)):
        return True
    told = remains.world.tempers[place].traits.answers and remains.undisturbed
    return not told and (path, token(value)) in remains.ever_sent


def _ever(remains: Remains, link: LinkRow, end: int, path: str) -> Iterator[Entry]:
    """Give all that the record of one end of a link ever held, or those that it followed when they were merged."""
    followed = {
        str(story.payload["second" if end else "first"])
        for story in remains.audit
        if story.kind in {"link", "re-point"} and int(story.payload["link"]) == link.id
    }
    for id_ in {link.ids[end], *followed}:
        yield from remains.entries(link.ends[end], id_, path)
