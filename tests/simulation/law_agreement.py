"""Law 3, the other half: in the end whatever stands on one side stands on the other, or is named."""

from __future__ import annotations

from collections.abc import Iterator

from .breach import Breach
from .drafts import Draft
from .law_creation import approved, is_request
from .remains import LinkRow, Remains, path_of, token
from .systems import KEY, PARENT


def agreement(remains: Remains) -> Iterator[Breach]:
    """Judge what every record and link has come to."""
    for number, ends in remains.joints.items():
        draft = remains.draft(ends)
        for end in (0, 1):
            linked = remains.linked(ends, end)
            for row in remains.rows[ends[end]].values():
                wanted = draft.creates[1 - end] and remains.inside(draft, end, row.id)
                if draft.requested[1 - end]:
                    wanted = wanted and approved(remains.audit, number, end, row.id)
                if row.state == "live" and row.id not in linked and wanted:
                    yield from _alone(remains, number, ends, end, row.id)
    for link in remains.active:
        draft = remains.draft(link.ends)
        live = tuple(remains.live(place, id_) for place, id_ in zip(link.ends, link.ids, strict=True))
        if live == (True, True):
            if all(remains.inside(draft, end, link.ids[end]) for end in (0, 1)) and not remains.whole(link):
                yield from _fields(remains, link, draft)
                yield from _reference(remains, link, draft)
        elif (link.pair, link.scope) not in remains.scopes:
            yield Breach("3 half link", f"{link.ids}: {live}")


def _alone(remains: Remains, number: int, ends: tuple[int, int], end: int, id_: str) -> Iterator[Breach]:
    """A record without a partner is named in a hold or review: its own, or that of a record it may belong to.

    Or a person said that it is to have none, or keeps it where its partner was deleted.
    """
    code = remains.rows[ends[end]][id_].record.get(KEY)
    alike = [
        f"record:{place}:{row.id}"
        for place in (0, 1)
        for row in remains.rows[ends[place]].values()
        if row.record.get(KEY) == code
    ]
    scopes = [f"record:{end}:{id_}", *alike]
    said = any(
        story.kind == "answer"
        and int(story.payload["pair"]) == number
        and story.payload["scope"] in scopes
        and not is_request(story)
        for story in remains.audit
    )
    kept = (
        any(link.ends == ends and link.ids[end] == id_ for link in remains.links)
        and id_ in remains.world.made[ends[end]]
    )
    if not said and not kept and not any((number, scope) in remains.scopes for scope in scopes):
        yield Breach("3 a record without a partner", id_)


def _fields(remains: Remains, link: LinkRow, draft: Draft) -> Iterator[Breach]:
    for path in remains.fields:
        values = tuple(
            remains.rows[place][id_].record.get(path) for place, id_ in zip(link.ends, link.ids, strict=True)
        )
        rule = draft.rule_key(path)
        if rule is None or token(values[0]) == token(values[1]) or (link.pair, link.scope, rule) in remains.standing:
            continue
        base = [kept for key, kept in link.base.items() if path_of(key) == path]
        named = any(kept[2] == "differs" and kept[:2] == values for kept in base)
        if named and _by_a_rule(remains, link, draft, path, values):
            continue
        law = "3w misread in the window" if named and _misread(remains, link, path) else "3 diverged in silence"
        yield Breach(law, f"{link.ids}.{path}: {values}, base {base}")


def _by_a_rule(remains: Remains, link: LinkRow, draft: Draft, path: str, values: tuple[object, ...]) -> bool:
    """A difference that stands and is shown: stored differently by the system, or left by a rule of a one-way field.

    That rule may have been another one then: a base that agreed stays when a mapping changes (LAWS, structure rules).
    """
    rule = draft.rule(path)
    if rule is not None and rule.to is not None and (values[1 - rule.to] is None or rule.options["drift"] != "restore"):
        return True  # with `review`, a person said to keep it
    if rule is not None and rule.to is not None and _agreed_under_another(remains, link, draft, path):
        return True
    if remains.forgotten and _seen_by_a_person(remains, values):
        return True
    last = [remains.entries(place, id_, path)[-1:] for place, id_ in zip(link.ends, link.ids, strict=True)]
    return any(not entry.persons for entries in last for entry in entries)


def _seen_by_a_person(remains: Remains, values: tuple[object, ...]) -> bool:
    """Say whether a person decided between two values whose last agreement was erased."""
    numbers = [token(value) or "null" for value in values]
    return any("erased" in text and all(number in text for number in numbers) for text in remains.world.shown)


def _agreed_under_another(remains: Remains, link: LinkRow, draft: Draft, path: str) -> bool:
    """Say whether the base came by no write of ours, and a rule that left such differences was in force once."""
    moved = [
        story.kind
        for story in remains.audit
        if story.kind in {"agreed", "settled"}
        and story.payload["link"] == link.id
        and any(path_of(key) == path for key in story.values["base"])
    ]
    once = [rule for one in remains.world.written if one.ends == draft.ends and (rule := one.rule(path)) is not None]
    return moved[-1:] == ["agreed"] and any(rule.options.get("drift") in {"keep", "review"} for rule in once)


def _misread(remains: Remains, link: LinkRow, path: str) -> bool:
    """A person's edit between our read and our write of that record, carried out by the system or ignored."""
    return any(
        call.reads[id_] <= entry.place < call.ended
        for place, id_ in zip(link.ends, link.ids, strict=True)
        for entry in remains.entries(place, id_, path)[-1:]
        for call in remains.world.calls[place]
        if id_ in call.reads
    )


def _reference(remains: Remains, link: LinkRow, draft: Draft) -> Iterator[Breach]:
    """A reference points to what is, or was, the partner of what the other side's points to."""
    rule = draft.rule_key(PARENT)
    if rule is None or (link.pair, link.scope, rule) in remains.standing:
        return
    first, second = (
        remains.rows[place][id_].record.get(PARENT) for place, id_ in zip(link.ends, link.ids, strict=True)
    )
    base = [kept for key, kept in link.base.items() if path_of(key) == PARENT]  # under the names of old sides, too
    named = any(kept[2] == "differs" and kept[:2] == (first, second) for kept in base)
    partners = {
        (story.payload["first"], story.payload["second"])
        for story in remains.audit
        if story.kind in {"link", "re-point"}
    }
    if (first, second) != (None, None) and (first, second) not in partners and not named:
        yield Breach("3 references diverged in silence", f"{link.ids}: {first}, {second}, base {base}")
