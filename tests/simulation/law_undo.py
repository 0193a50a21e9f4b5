"""Law 10: what a person took back is not done again, until something about it changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tieout.sync.match import read_key

from .breach import Breach
from .law_creation import asked_again
from .law_records import REMOVED
from .remains import Entry, LinkRow, Remains, path_of, token
from .systems import FIELDS
from .world import Undone


def undone(remains: Remains) -> Iterator[Breach]:
    """Judge every taking back, every field that was written back and every record that was taken away again."""
    for one in remains.world.undone:
        yield from _taken_back(remains, one)
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
                elif not path and entry.value in REMOVED:
                    yield from _remade(remains, place, id_, entry)


def _taken_back(remains: Remains, undone: Undone) -> Iterator[Breach]:
    """What still held what the run stored holds what was there before; all else was let alone, and is named."""
    links = {link.id: link for link in remains.links}
    for (number, end, path), stored in _stored(remains, undone.undone).items():
        link = links[number]
        place, id_, before = link.ends[end], link.ids[end], stored.before
        entries = remains.entries(place, id_, path)
        was = [entry for entry in entries if entry.place < undone.began[place]][-1:]
        now = [entry for entry in entries if undone.began[place] <= entry.place < undone.ended[place]]
        given = [entry for entry in now if entry.ours and entry.order in remains.takes_back]
        held = any(entry.value == stored.kept for entry in was)
        name = f"{undone.run} took {undone.undone} back: {id_}.{path}"
        if given and not held:
            if not any(entry.read is not None and entry.read <= was[-1].place for entry in given):
                yield Breach("10 took back what had changed since", f"{name}: {was[-1].value!r}")
        elif held and token(before) != token(stored.kept) and not any(token(e.value) == token(before) for e in given):
            yield from _missing(remains, undone, link, name, (id_, stored.rule))


def _missing(remains: Remains, undone: Undone, link: LinkRow, name: str, field: tuple[str, str]) -> Iterator[Breach]:
    """A field that is not taken back has a reason: somebody was at it, or a partner, its link or its rule is gone."""
    about = {field, *((id_, "") for id_ in link.ids)}
    if about & undone.failed:
        return
    if not about & undone.left:
        yield Breach("10 neither taken back nor named", name)
    elif (
        link.id not in remains.forgotten
        and link.state == "active"
        and not remains.world.tally.changes
        and not undone.unread & set(link.ids)
        and _both_live(remains, undone, link)
        and not (undone.waits & set(link.ids) and _unsettled(remains, undone, link))
    ):
        yield Breach("10 left though it still held", name)


def _unsettled(remains: Remains, undone: Undone, link: LinkRow) -> bool:
    """Say whether by the log the fate of a write to one of the two was unknown when a run was taken back.

    Until its horizon has passed it may still take effect: its records rest (LAWS, recover), and are named as left.
    """
    open_: dict[str, int] = {}
    for story in remains.audit:
        if (story.kind, story.run) == ("undo", undone.run):
            break
        if story.kind == "void":
            open_.pop(str(story.payload["key"]), None)
        elif story.payload.get("link") != link.id:
            continue
        elif story.kind == "intent":
            open_[str(story.payload["key"])] = int(story.payload["end"])
        elif story.kind == "settled":
            open_ = {key: end for key, end in open_.items() if end != int(story.payload["end"])}
    return bool(open_)


def _both_live(remains: Remains, undone: Undone, link: LinkRow) -> bool:
    states = [
        [entry for entry in remains.entries(place, id_, "") if entry.place < undone.began[place]][-1:]
        for place, id_ in zip(link.ends, link.ids, strict=True)
    ]
    return all(entry.value == "live" for entries in states for entry in entries)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a run did to one field: what it held before, and what the system stored last."""

    rule: str
    before: object
    kept: object


def _stored(remains: Remains, run: str) -> dict[tuple[int, int, str], _Stored]:
    """Give (link, end, path) of the fields that a run stored; what it made is taken back as a whole."""
    found: dict[tuple[int, int, str], _Stored] = {}
    made = {int(story.payload["link"]) for story in remains.audit if story.kind == "link" and story.run == run}
    for story in remains.audit:
        if story.kind != "settled" or story.run != run or int(story.payload["link"]) in made:
            continue
        number, end = int(story.payload["link"]), int(story.payload["end"])
        for rule, write in story.values["writes"].items():
            path = path_of(rule)
            if rule in story.values["base"] and path in FIELDS:
                known = found.get((number, end, path))
                before = write[0] if known is None else known.before
                found[number, end, path] = _Stored(rule, before, story.values["base"][rule][end])
    return found


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
    if asked_again((story for story in remains.audit if story.at is not None and story.at >= gone.at), made.source):
        return
    for other, key in remains.world.made[place].items():
        again = read_key(key)
        born = remains.entries(place, other, "")[0]
        same = again is not None and (again.endpoints, again.source) == (made.endpoints, made.source)
        if same and other != id_ and born.place > gone.place:
            yield Breach("10 made again", f"{other} for {made.source}, after {id_} was taken back")
