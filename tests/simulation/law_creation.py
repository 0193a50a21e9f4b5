"""Law 6, of creates: nothing is made for a record whose partner was there all the time, for everybody to see.

And law 7: what is made on request was asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from tieout.sync.match import read_key
from tieout.sync.requesting import REQUEST

from .breach import Breach
from .drafts import Draft
from .remains import Remains, Story
from .systems import KEY, LATE, OUT, SCOPE

SEEN = 2 * LATE + timedelta(seconds=20)
"""After so long every listing shows a change: what is late, of a replica that is behind, read before the write."""
SLEEP = timedelta(seconds=60)
"""So long a process may stand still between the two, and nobody takes its lease."""


def creations(remains: Remains) -> Iterator[Breach]:
    """Judge every create that was sent, once."""
    sent: set[str] = set()
    for story in remains.audit:
        key = str(story.payload.get("key"))
        if story.kind == "intent" and story.payload["verb"] == "create" and key not in sent:
            sent.add(key)
            yield from _create(remains, story)
            yield from _asked_for(remains, story)


def _create(remains: Remains, story: Story) -> Iterator[Breach]:
    ends, end = remains.joints[int(story.payload["pair"])], int(story.payload["end"])
    drafts = [draft for draft in remains.world.written if draft.ends == ends]
    source, place, other = str(story.payload["source"]), ends[end], ends[1 - end]
    marker = read_key(str(story.payload["key"]))
    if story.at is None or marker is None or marker.generation or not all(draft.matched for draft in drafts):
        return
    code = _settled(remains, other, source, KEY, story.at)
    if code is None or _asked(remains, source):
        return
    for id_ in remains.rows[place]:
        if (
            _settled(remains, place, id_, KEY, story.at) == code
            and _settled(remains, place, id_, "", story.at) == "live"
            and _shown(remains, place, id_, story.at)
            and _free(remains, drafts, ends, end, id_, story.at)
        ):
            yield Breach("6 made although its partner was there", f"for {source}: {id_} has {code}, too")


def _asked_for(remains: Remains, story: Story) -> Iterator[Breach]:
    """Law 7: what is made only on request was asked for by a person who approved it before, for this time."""
    number, end, source = int(story.payload["pair"]), int(story.payload["end"]), str(story.payload["source"])
    if not remains.draft(remains.joints[number]).requested[end]:
        return
    before = itertools.takewhile(lambda one: one is not story, remains.audit)
    if not approved(before, number, 1 - end, source):
        yield Breach("7 made though nobody asked for it", f"for {source}")


def approved(stories: Iterable[Story], number: int, end: int, id_: str) -> bool:
    """Say whether a person asked for a partner and approved it, and it has had none since."""
    found = False
    for story in stories:
        if is_request(story) and (story.payload["pair"], story.payload["scope"]) == (number, f"record:{end}:{id_}"):
            found = story.payload["answer"] == "yes"
        elif story.kind == "link" and story.payload["pair"] == number:
            found = found and id_ != story.payload[("first", "second")[end]]
    return found


def is_request(story: Story) -> bool:
    """Say whether somebody approved, or refused, what a person had asked for."""
    return story.kind == "answer" and story.payload["rule"] == REQUEST


def asked_again(stories: Iterable[Story], id_: str) -> bool:
    """Say whether a person asked for a partner of a record, and approved it, among these entries of the log."""
    return any(
        is_request(story) and story.payload["answer"] == "yes" and str(story.payload["scope"]).endswith(f":{id_}")
        for story in stories
    )


def _settled(remains: Remains, place: int, id_: str, path: str, at: datetime) -> object:
    """Give what stood at a path for so long that everybody could see it; None: nothing, or it was moving."""
    seen = at - SEEN - (SLEEP if remains.world.profile.runners > 1 else timedelta(0))
    entries = [entry for entry in remains.entries(place, id_, path) if entry.at <= at]
    return entries[-1].value if entries and entries[-1].at < seen else None


def _shown(remains: Remains, place: int, id_: str, at: datetime) -> bool:
    """Say whether a listing can have shown a record until then: whoever edits it hides it from those that come late."""
    moves = sorted(entry.at for (of, _), entries in remains.histories[place].items() if of == id_ for entry in entries)
    reads = (
        story.at
        for story in remains.audit
        if story.kind == "read" and "records" in story.payload and story.at is not None and story.at <= at
        if remains.places[int(story.payload["endpoint"])] == place
    )
    return any(read - max((moved for moved in moves if moved <= read), default=read) > SEEN for read in reads)


def _free(remains: Remains, drafts: list[Draft], ends: tuple[int, int], end: int, id_: str, at: datetime) -> bool:
    """Say whether a record could be a partner: nothing of ours, in scope, never linked, and nobody was asked of it."""
    place = ends[end]
    if id_ in remains.world.made[place] or _asked(remains, id_):
        return False
    if any(draft.filtered[end] for draft in drafts) and any(e.value == OUT for e in remains.entries(place, id_, SCOPE)):
        return False
    linked = [
        story
        for story in remains.audit
        if story.kind in {"link", "re-point"}
        and story.at is not None
        and story.at <= at
        and id_ in (story.payload["first"], story.payload["second"])
    ]
    return not linked


def _asked(remains: Remains, id_: str) -> bool:
    return any(id_ in text for text in remains.world.shown)
