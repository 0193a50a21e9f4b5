"""Law 10: what a person took back is not done again, until something about it changes."""

from __future__ import annotations

from collections.abc import Iterator

from tieout.sync.match import read_key

from .breach import Breach
from .remains import Entry, Remains, token
from .systems import FIELDS


def undone(remains: Remains) -> Iterator[Breach]:
    """Judge every field that was written back and every record that was taken away again."""
    if remains.world.tally.changes:
        return  # another rule may say otherwise
    yield from _linked_again(remains)
    for place, histories in enumerate(remains.histories):
        for (id_, path), entries in histories.items():
            for number, entry in enumerate(entries):
                if entry.order not in remains.takes_back:
                    continue
                if path in FIELDS and number:
                    yield from _redone(remains, place, id_, path, number)
                elif not path and entry.value == "gone":
                    yield from _remade(remains, place, id_, entry)


def _linked_again(remains: Remains) -> Iterator[Breach]:
    """Two records whose link was taken back stay apart."""
    apart: set[tuple[object, object]] = set()
    ids = {link.id: link.ids for link in remains.links}
    for story in remains.audit:
        if story.kind == "end" and str(story.payload["reason"]).startswith("takes back"):
            apart.add(ids[int(story.payload["link"])])
        elif story.kind == "link":
            both = (story.payload["first"], story.payload["second"])
            if both in apart and not any(str(id_) in text for id_ in both for text in remains.world.shown):
                yield Breach("10 linked again", f"{both}")


def _redone(remains: Remains, place: int, id_: str, path: str, number: int) -> Iterator[Breach]:
    entries = remains.entries(place, id_, path)
    taken, back = entries[number - 1], entries[number]
    for later in entries[number + 1 :]:
        again = later.ours and later.order not in remains.takes_back
        if not again or token(later.value) != token(taken.value):
            return  # somebody wrote to it: it is another question now
        if not _moved(remains, place, id_, path, back, later):
            yield Breach(
                "10 an undone decision was made again", f"{id_}.{path}: {later.value!r} instead of {back.value!r}"
            )
        return


def _moved(remains: Remains, place: int, id_: str, path: str, since: Entry, until: Entry) -> bool:
    """Say whether somebody wrote to the field of a partner meanwhile, or decided about it."""
    number = token(until.value) or ""
    if any(number in text for text in remains.world.shown):
        return True
    for link in remains.links:
        end = link.end(place)
        if end is None or link.ids[end] != id_:
            continue
        entries = remains.entries(link.ends[1 - end], link.ids[1 - end], path)
        if any(since.at <= one.at <= until.at for one in entries):
            return True
    return False


def _remade(remains: Remains, place: int, id_: str, gone: Entry) -> Iterator[Breach]:
    """A record that was made by the run that was taken back is not made again unasked."""
    made = read_key(remains.world.made[place].get(id_))
    if made is None or any(made.source in text for text in remains.world.shown):
        return
    for other, key in remains.world.made[place].items():
        again = read_key(key)
        born = remains.entries(place, other, "")[0]
        same = again is not None and (again.endpoints, again.source) == (made.endpoints, made.source)
        if same and other != id_ and born.place > gone.place:
            yield Breach("10 made again", f"{other} for {made.source}, after {id_} was taken back")
