"""Law 3: what a person wrote is on both sides, or overridden by a rule, with the value in the audit log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .breach import Breach
from .remains import Entry, Remains, token
from .systems import PAIRS, PARENT, ROWS, TEXT


def lost_edits(remains: Remains) -> Iterator[Breach]:
    """Judge every value that a person wrote."""
    paths = (*remains.fields, PARENT) if "references" in remains.world.features else remains.fields
    for place, rows in enumerate(remains.rows):
        for id_ in rows:
            for path in paths:
                entries, told = remains.entries(place, id_, path), remains.known[place, id_, path]
                yield from overwritten(f"{id_}.{path}", entries, told)
                if path in PAIRS and place in (0, 1):
                    yield from _gone_back(remains, place, id_, path)
                yield from deleted(remains, place, id_, path, told)
            yield from _unasked(remains, place, id_)


def next_other(entries: Sequence[Entry], place: int) -> Entry | None:
    """Give the first later entry with another value."""
    return next((one for one in entries[place + 1 :] if token(one.value) != token(entries[place].value)), None)


def overwritten(name: str, entries: Sequence[Entry], told: set[str | None]) -> Iterator[Breach]:
    """Judge what we wrote over."""
    for place, entry in enumerate(entries):
        later = next_other(entries, place) if entry.persons else None
        if later is None or not later.ours or token(entry.value) in told:
            continue
        window = later.read is not None and later.read <= entry.place
        law = "3w overwritten in the window" if window else "3 overwritten unseen"
        yield Breach(law, f"{name}: {entry.value!r} of a person became {later.value!r}")


def _gone_back(remains: Remains, place: int, id_: str, path: str) -> Iterator[Breach]:
    """No rule puts an older value back over what a person wrote: every value is written once, and travels on."""
    entries = remains.entries(place, id_, path)
    for number, entry in enumerate(entries):
        later = next_other(entries, number) if entry.persons else None
        if later is None or not later.ours or token(later.value) is None or _chosen(remains, entry, later):
            continue
        older = [one for one in entries[:number] if token(one.value) == token(later.value)]
        if older and _has_no_reason(remains, place, id_, path, older):
            window = later.read is not None and later.read <= entry.place
            law = "3w an older value came back, in the window" if window else "3 an older value came back"
            yield Breach(law, f"{id_}.{path}: {entry.value!r} became {later.value!r} again")


def _chosen(remains: Remains, one: Entry, other: Entry) -> bool:
    """Say whether a person who saw both values decided between them."""
    numbers = (token(one.value) or "null", token(other.value) or "null")
    return any(all(number in text for number in numbers) for text in remains.world.shown)


def _has_no_reason(remains: Remains, place: int, id_: str, path: str, older: Sequence[Entry]) -> bool:
    """Say whether the other side's value cannot count as an edit of that side, which a conflict rule may prefer.

    It may where an answer was lost or tells no values and the system spells it in its own way (law 4), where the
    older value was written by us without our knowing, and where two records were linked that were there already.
    """
    tempers = remains.world.tempers[:2]
    links = [link for link in remains.links if link.ends == (0, 1) and link.ids[place] == id_]
    if len(links) > 1:
        return False
    if remains.undisturbed and all(temper.traits.answers for temper in tempers):
        return True
    plain = not any(path in temper.traits.spelling for temper in tempers) and not remains.world.tally.fenced
    return plain and all(one.persons for one in older) and len(links) == 1 and links[0].created


def deleted(remains: Remains, place: int, id_: str, path: str, told: set[str | None]) -> Iterator[Breach]:
    """Judge what went with a record that we deleted."""
    states = remains.entries(place, id_, "")
    if remains.live(place, id_) or not states[-1].ours or not remains.carried(place, path.partition("[")[0]):
        return
    before = [entry for entry in remains.entries(place, id_, path) if entry.place <= states[-1].place]
    if before and before[-1].persons and token(before[-1].value) not in told:
        window = states[-1].read is not None and states[-1].read <= before[-1].place
        law = "3w deleted in the window" if window else "3 deleted unseen"
        yield Breach(law, f"{id_}.{path}: {before[-1].value!r}")


def _consented(remains: Remains, id_: str) -> bool:
    """Say whether a person was asked about a removal: "delete left L5, the partner of right R5? ..."."""
    return any(re.match(rf"\S+ \S+ {id_}\b", text) for text in remains.world.shown)


def _unasked(remains: Remains, place: int, id_: str) -> Iterator[Breach]:
    """What a person edited since the last agreement is not deleted without a person's word; nor are its rows."""
    states = remains.entries(place, id_, "")
    if remains.live(place, id_) or not states[-1].ours or _consented(remains, id_):
        return
    death = states[-1]
    draft = remains.deleter(death)
    for path in [
        rule.path for rule in draft.rules if rule.path in remains.fields and remains.carried(place, rule.path)
    ]:
        yield from _untravelled(remains, f"{id_}.{path}", death, remains.entries(place, id_, path))
    if draft.rows_to is None:
        return
    held = [row["id"] for row in _rows(remains, place, id_)]
    for row in held:
        entries = remains.entries(place, id_, f"{ROWS}[{row}].{TEXT}")
        yield from _untravelled(remains, f"{id_}.{ROWS}[{row}]", death, entries)
        told = remains.known[place, id_, f"{ROWS}[{row}].{TEXT}"] | remains.travelled
        yield from deleted(remains, place, id_, f"{ROWS}[{row}].{TEXT}", told)


def _rows(remains: Remains, place: int, id_: str) -> list[dict[str, object]]:
    kept = remains.rows[place][id_].record.get(ROWS)
    return [dict(row) for row in kept if isinstance(row, dict)] if isinstance(kept, list) else []


def _untravelled(remains: Remains, name: str, death: Entry, entries: Sequence[Entry]) -> Iterator[Breach]:
    last = [entry for entry in entries if entry.place <= death.place][-1:]
    for entry in last:
        seen = death.read is None or entry.place < death.read
        if entry.persons and seen and token(entry.value) is not None and token(entry.value) not in remains.travelled:
            yield Breach("3 deleted with an edit, unasked", f"{name}: {entry.value!r}")
