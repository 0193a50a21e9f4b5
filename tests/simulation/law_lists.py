"""Law 3 for the rows of a list: the source's rows are there, what the target has of its own stays."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from .breach import Breach
from .drafts import Draft
from .law_edits import overwritten
from .remains import Entry, LinkRow, Remains, row_path, token
from .systems import MEMO, ROW_ID, ROWS, TEXT


def lists(remains: Remains) -> Iterator[Breach]:
    """Judge every row that ever was, and every list of two linked records."""
    if "lists" not in remains.world.features:
        return
    for place in (0, 1):
        for id_ in remains.rows[place]:
            yield from _rows(remains, place, id_)
    for link in remains.active:
        draft = remains.draft(link.ends)
        live = all(remains.live(place, id_) for place, id_ in zip(link.ends, link.ids, strict=True))
        inside = all(remains.inside(draft, end, link.ids[end]) for end in (0, 1))
        if draft.rows_to is not None and live and inside and not remains.whole(link):
            yield from _agree(remains, link, draft, draft.rows_to)


def _rows(remains: Remains, place: int, id_: str) -> Iterator[Breach]:
    paths = [path for of, path in remains.histories[place] if of == id_ and path.startswith(f"{ROWS}[")]
    for path in paths:
        if path.endswith(f".{TEXT}"):
            for entries in _lives(remains, place, id_, path):
                yield from overwritten(f"{id_}.{path}", entries, _told(remains, place, id_, path))
        elif path.endswith(f".{MEMO}"):
            yield from _memo(remains, place, id_, path)
        elif path.endswith("]"):
            yield from _removed(remains, place, id_, path)


def _lives(remains: Remains, place: int, id_: str, path: str) -> Iterator[Sequence[Entry]]:
    """Give what was stored in a row, apart for each time that it was there: who removes it takes its values along."""
    entries = remains.entries(place, id_, path)
    ends = [one.place for one in remains.entries(place, id_, path.rpartition(".")[0]) if one.value == "gone"]
    bounds = [-1, *ends, max([0, *(entry.place for entry in entries), *ends]) + 1]
    for began, ended in itertools.pairwise(bounds):
        yield [entry for entry in entries if began < entry.place < ended]


def _told(remains: Remains, place: int, id_: str, path: str) -> set[str | None]:
    return remains.known[place, id_, path]


def _memo(remains: Remains, place: int, id_: str, path: str) -> Iterator[Breach]:
    """What no rule carries is sent back as it was."""
    for entry in remains.entries(place, id_, path):
        known = token(entry.value) in _told(remains, place, id_, path) or entry.order in remains.takes_back
        if entry.ours and entry.value is not None and not known:
            window = _taken_out_meanwhile(remains, place, id_, entry)
            law = "3w a row came back in the window" if window else "3 a row's own value came from nowhere"
            yield Breach(law, f"{id_}.{path}: {entry.value!r}")
    for entries in _lives(remains, place, id_, path):
        yield from overwritten(f"{id_}.{path}", entries, set())


def _taken_out_meanwhile(remains: Remains, place: int, id_: str, entry: Entry) -> bool:
    """Say whether a person took out the row with that value between our read and our write of the whole list.

    Then it is made anew with all it held; law 3: the window is that "of the whole list, where a system replaces lists".
    """
    for (of, path), states in remains.histories[place].items():
        if of != id_ or not path.endswith("]") or entry.read is None:
            continue
        out = [one for one in states if one.value == "gone" and one.persons and entry.read <= one.place <= entry.place]
        held = [one for one in remains.entries(place, id_, f"{path}.{MEMO}") if one.place < entry.read]
        if out and held and token(held[-1].value) == token(entry.value):
            return True
    return False


def _removed(remains: Remains, place: int, id_: str, path: str) -> Iterator[Breach]:
    """A row that we removed was ours to remove, and what a person wrote in it is in the audit log."""
    states = remains.entries(place, id_, path)
    draft = remains.draft((0, 1))
    for number, entry in enumerate(states):
        if not (entry.ours and entry.value == "gone"):
            continue
        born = states[number - 1]
        window = entry.read is not None and entry.read <= born.place
        if born.persons and draft.rows["extra"] == "keep" and _never_paired(remains, place, id_, path):
            law = "3w a row of the target's own went in the window" if window else "3 a row of the target's own went"
            yield Breach(law, f"{id_}.{path}")
        for name in (TEXT, MEMO):
            last = [one for one in remains.entries(place, id_, f"{path}.{name}") if one.place <= entry.place][-1:]
            for one in last:
                if one.persons and token(one.value) not in _told(remains, place, id_, f"{path}.{name}"):
                    seen = entry.read is not None and entry.read <= one.place
                    law = "3w a row removed in the window" if seen else "3 a row removed unseen"
                    yield Breach(law, f"{id_}.{path}.{name}: {one.value!r}")


def _never_paired(remains: Remains, place: int, id_: str, path: str) -> bool:
    """Say whether a row was never one with a row of the source."""
    row = path.removeprefix(f"{ROWS}[").removesuffix("]")
    for story in remains.audit:
        children = story.values.get("children") or {}
        for rows in children.values():
            if any(kept[place] == row for kept in rows):
                return False
    return True


def _agree(remains: Remains, link: LinkRow, draft: Draft, to: int) -> Iterator[Breach]:
    """Every row of the source stands in the target once; further rows of the target are its own."""
    if any(
        number == link.pair and scope == link.scope and rule.startswith(draft.rows_key or "")
        for number, scope, rule in remains.standing
    ):
        return
    source, target = (_texts(remains.rows[link.ends[end]][link.ids[end]].record.get(ROWS)) for end in (1 - to, to))
    missing = source - target - _taken_back(remains, link, to)
    if missing and draft.rows["drift"] == "restore":
        yield Breach("3 rows diverged in silence", f"{link.ids}: {dict(source)}, {dict(target)}")


def _taken_back(remains: Remains, link: LinkRow, to: int) -> Counter[str | None]:
    """Give the texts that rows of the target lack since a person took them back: their lines rest in disagreement."""
    found: Counter[str | None] = Counter()
    for *ids, _, base in (row for rows in link.children.values() for row in rows):
        last = remains.entries(link.ends[to], link.ids[to], row_path(ids[to], TEXT))[-1:]
        if any(entry.order in remains.takes_back for entry in last):
            found.update(token(kept[1 - to]) for kept in base.values() if kept[2] == "differs")
    return found


def _texts(rows: object) -> Counter[str | None]:
    kept = rows if isinstance(rows, list) else []
    return Counter(token(row.get(TEXT)) for row in kept if isinstance(row, Mapping) and row.get(ROW_ID))
