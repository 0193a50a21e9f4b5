"""The laws, judged by what the systems themselves remember and by the database; never through the adapter.

A verdict whose law ends in `w` lies in the one window that law 3 names; it is counted apart and is no violation.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from .breach import Breach
from .law_agreement import agreement
from .law_bases import bases
from .law_creation import creations
from .law_edits import lost_edits
from .law_lists import lists
from .law_plan import plan_is_apply
from .law_records import endings, removals, twins
from .law_undo import undone
from .law_verify import verified
from .remains import Entry, Remains, path_of, token
from .replay import replay
from .systems import FIELDS
from .trial import Trial


def judge(trial: Trial) -> list[Breach]:
    """Give every breach of a law."""
    remains = Remains(trial.world)
    return [
        *convergence(trial),
        *twins(remains),
        *lost_edits(remains),
        *lists(remains),
        *agreement(remains),
        *echoes(remains),
        *bases(remains),
        *removals(remains),
        *endings(remains),
        *creations(remains),
        *plan_is_apply(remains),
        *held_for_nothing(remains),
        *undone(remains),
        *replay(remains),
        *verified(trial.scheduler, remains),
    ]


def convergence(trial: Trial) -> Iterator[Breach]:
    """Law 1: runs end, and then nothing is left to write."""
    if not trial.quiet:
        yield Breach("1 convergence", "something happened after every quiet run")
    if any(trial.writes[2:]):
        yield Breach("1 convergence", f"writes of the quiet runs: {trial.writes}")
    for number, report in enumerate(trial.quiet):
        if report is None or report.faults:
            yield Breach("1 a quiet run did not finish", str(number))
        elif not report.converged and number:
            yield Breach("1 a run did not converge", f"quiet run {number}, writes {trial.writes}")
        elif number == len(trial.quiet) - 1:
            last = report.passes[-1].planning
            if last.wire or last.internal:
                yield Breach("1 the plan is not empty", str(last.counts))


def echoes(remains: Remains) -> Iterator[Breach]:
    """Law 4: what a person wrote never comes back from a side that says what it stored; else at most twice.

    What is called for does not count: see `_called_for`.
    """
    tempers = remains.world.tempers
    for place, histories in enumerate(remains.histories):
        partners = [draft.ends[1 - draft.ends.index(place)] for draft in remains.world.drafts if place in draft.ends]
        told = remains.undisturbed and all(tempers[one].traits.answers for one in partners)
        for (id_, path), entries in histories.items():
            if path not in remains.fields:
                continue
            back = 0
            for before, entry in itertools.pairwise(entries):
                same = entry.ours and token(entry.value) == token(before.value) and token(entry.value) is not None
                if same and _called_for(remains, place, (id_, path), before, entry):
                    continue
                back = back + 1 if same else 0
                if same and (back > 2 or (told and before.persons)):
                    yield Breach("4 echo", f"{id_}.{path}: {before.value!r} came back as {entry.value!r}")


def _called_for(remains: Remains, place: int, field: tuple[str, str], before: Entry, entry: Entry) -> bool:
    """Say whether a value was sent again for a cause that a law names.

    A person asked for it: `tieout retry` or another mapping since the last time (law 8: "when its fingerprint (values,
    rule, …) changes, or on request"; a mapping counts as a whole), or the undoing of a run (law 10). Or its answer
    never came, and the field shows what was there before: then it is planned anew (LAWS, settle: "x ~ before: void,
    plan anew"). Or the link of the two records had ended and is a new one, which has no base (LAWS, reconcile: "no
    base: first-link rule"). Or the source is spelt otherwise than what was sent the time before: a change, too.
    """
    if remains.forgotten and any("erased" in text and str(token(entry.value)) in text for text in remains.world.shown):
        return True  # a person decided how it is spelt
    if entry.order in remains.takes_back or _unheard(remains, place, entry):
        return True
    if _linked_anew(remains, field, entry) or before.spelt not in {None, entry.spelt}:
        return True
    id_, path = field
    links = [link for link in remains.links if (place, id_) in zip(link.ends, link.ids, strict=True)]
    scopes = {(link.pair, link.scope) for link in links} | {(0, "{}-{}".format(*link.ends)) for link in links}
    return any(
        (pair, scope) in scopes
        and path_of(rule) in {path, "@0", "@1", ""}
        and before.place < lengths[place] <= entry.place
        for pair, scope, rule, lengths in remains.world.retried
    )


def _unheard(remains: Remains, place: int, entry: Entry) -> bool:
    return any(call.began <= entry.place < call.ended and not call.heard for call in remains.world.calls[place])


def _linked_anew(remains: Remains, field: tuple[str, str], entry: Entry) -> bool:
    """Say whether a write decided a first link of two records that had been linked before."""
    based: set[tuple[object, str]] = set()
    for story in remains.audit:
        number = story.payload.get("link")
        if story.kind == "intent" and (story.payload["key"], story.payload["record"]) == (entry.order, field[0]):
            link = next((one for one in remains.links if one.id == number), None)
            before = [one for one in remains.links if link is not None and one.id < link.id and one.ids == link.ids]
            return bool(before) and (number, field[1]) not in based
        if story.kind in {"agreed", "settled"}:
            based |= {(number, path_of(rule)) for rule in story.values["base"]}
    return False


def held_for_nothing(remains: Remains) -> Iterator[Breach]:
    """Law 8: what is said to be locked is, and not to be stored: what the system ignores, or a person's undoing."""
    links = {(link.pair, link.scope): link for link in remains.active}
    for number, scope, rule in remains.locked:
        one, end = links.get((number, scope)), ("@0", "@1").index(rule) if rule.startswith("@") else None
        if one is not None and end is not None and remains.rows[one.ends[end]][one.ids[end]].lock is None:
            yield Breach("8 held as locked, and is not", f"{one.ids} {rule}")
    ignored = frozenset[str]().union(*(temper.traits.ignored for temper in remains.world.tempers))
    for number, scope, rule in remains.not_stored:
        path = path_of(rule)
        link = next((one for one in remains.active if one.pair == number and one.scope == scope), None)
        if path in ignored or path not in FIELDS or link is None:
            continue
        values = [remains.rows[place][id_].record.get(path) for place, id_ in zip(link.ends, link.ids, strict=True)]
        last = [remains.entries(place, id_, path)[-1:] for place, id_ in zip(link.ends, link.ids, strict=True)]
        respelt = token(values[0]) == token(values[1])  # it came back in another spelling, and is stored in the first
        if not respelt and not all(entry.persons for entries in last for entry in entries):
            yield Breach("8 held without a cause", f"{link.ids}.{path} is said not to be stored")
