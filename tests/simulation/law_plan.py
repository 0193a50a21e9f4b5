"""Law 7, and who may decide: nothing outside the plan is sent, and what overrides a person is called for by a rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .breach import Breach
from .drafts import Draft, Rule
from .remains import Entry, Remains, path_of, token
from .systems import FIELDS, ROWS

VERBS = {"live": "create", "gone": "delete", "archived": "archive"}


def plan_is_apply(remains: Remains) -> Iterator[Breach]:
    """Judge what was sent and what called for it."""
    yield from _outside(remains)
    yield from (Breach("7 a plan was applied under another mapping", one[:12]) for one in remains.world.misapplied)
    if not remains.world.tally.changes:
        yield from overrides(remains)


def _outside(remains: Remains) -> Iterator[Breach]:
    for histories in remains.histories:
        for (id_, path), entries in histories.items():
            for entry in entries:
                if entry.ours and not _planned(remains, path, entry):
                    yield Breach("7 sent outside the plan", f"{id_}.{path}: {entry.value!r} by {entry.order}")


def _planned(remains: Remains, path: str, entry: Entry) -> bool:
    sent = remains.sent.get(entry.order, set())
    if path == "":
        return ("", VERBS[str(entry.value)]) in sent
    if path.startswith(f"{ROWS}["):
        return (ROWS, None) in sent
    return (path, token(entry.value)) in sent


def overrides(remains: Remains) -> Iterator[Breach]:
    """Judge every value of a person that lost."""
    for story in remains.audit:
        if story.kind != "intent" or story.payload["record"] is None:
            continue
        ends = remains.joints[int(story.payload["pair"])]
        draft, end = remains.draft(ends), int(story.payload["end"])
        for key, write in story.values["writes"].items():
            rule = draft.rule(path_of(key))
            if write[3] is None or rule is None or rule.path not in FIELDS or token(write[0]) == token(write[2]):
                continue
            if _asks(draft, rule):
                yield from _unasked(remains, key, write)
            elif rule.options.get("conflict") == "newest" and draft.on_link == "newest":
                yield from _older(remains, story.payload, ends, end, rule.path, write)


def _asks(draft: Draft, rule: Rule) -> bool:
    if rule.to is not None:
        return rule.options["drift"] == "review"
    return rule.options["conflict"] == "review" and draft.on_link == "review"


def _unasked(remains: Remains, key: str, write: list[Any]) -> Iterator[Breach]:
    """Where a person is to decide, one who saw both values has decided."""
    numbers = [token(value) or "null" for value in (write[0], write[2])]
    if not any(all(number in text for number in numbers) for text in remains.world.shown):
        yield Breach("3 overridden without an answer", f"{key}: {write[0]!r} lost to {write[2]!r}")


def _older(
    remains: Remains, payload: Mapping[str, Any], ends: tuple[int, int], end: int, path: str, write: list[Any]
) -> Iterator[Breach]:
    """`newest`: what lost had not appeared after the last moment at which what won can have appeared."""
    loser, winner = str(payload["record"]), str(payload["source"])
    appeared = _standing(remains, ends[end], loser, path, write[0])
    won = _standing(remains, ends[1 - end], winner, path, write[2])
    if appeared is None or won is None or _answered(remains, write):
        return
    sent = [
        entry.place
        for entry in remains.entries(ends[end], loser, path)
        if entry.order == payload["key"] and entry.place > appeared.place
    ]
    if not sent:
        return
    moves = [
        entry.at
        for (of, _), entries in remains.histories[ends[1 - end]].items()
        if of == winner
        for entry in entries
        if not entry.ours and entry.place >= won.place
    ]
    touched = remains.world.touched[ends[1 - end]].get(winner)
    moves += [] if touched is None else [touched]
    if not moves or max(moves) <= appeared.at:
        yield Breach("3 the older value won", f"{loser}.{path}: {write[0]!r} lost to {write[2]!r}")


def _standing(remains: Remains, place: int, id_: str, path: str, value: object) -> Entry | None:
    """Give the entry with which a value appeared."""
    return next(
        (entry for entry in remains.entries(place, id_, path) if token(entry.value) == token(value) is not None), None
    )


def _answered(remains: Remains, write: list[Any]) -> bool:
    numbers = [token(value) or "null" for value in (write[0], write[2])]
    return any(all(number in text for number in numbers) for text in remains.world.shown)
