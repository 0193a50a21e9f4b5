"""The laws, judged by what the systems themselves remember and by the database; never through the adapter.

A verdict whose law ends in `w` lies in the one window that law 3 names; it is counted apart and is no violation.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

from tieout.sync.match import read_key

from .breach import Breach
from .remains import Entry, LinkRow, Remains, token
from .replay import replay
from .things import FIELDS, FROM_LEFT, FROM_RIGHT, KEY, PAIRS, rule_key
from .trial import Trial


def judge(trial: Trial) -> list[Breach]:
    """Give every breach of a law."""
    remains = Remains(trial.world)
    return [
        *_convergence(trial),
        *_twins(remains),
        *_lost_edits(remains),
        *_agreement(remains),
        *_echoes(remains),
        *_removals(remains),
        *_holds(remains),
        *replay(remains),
    ]


# --- 1 -----------------------------------------------------------------------------------------------------------


def _convergence(trial: Trial) -> Iterator[Breach]:
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


# --- 2 -----------------------------------------------------------------------------------------------------------


def _twins(remains: Remains) -> Iterator[Breach]:
    for end in (0, 1):
        made: Counter[str] = Counter()
        for id_, key in remains.world.made[end].items():
            if remains.rows[end][id_].state == "live":
                made[_source(key)] += 1
        yield from (Breach("2 twin", f"{count} records for {source}") for source, count in made.items() if count > 1)
        linked = Counter(link.ids[end] for link in remains.active)
        yield from (Breach("2 two links", id_) for id_, count in linked.items() if count > 1)
        yield from _reflections(remains, end)


def _reflections(remains: Remains, end: int) -> Iterator[Breach]:
    """A record that we made is never a source: nothing was made for it on the side it came from."""
    for id_, key in remains.world.made[end].items():
        source = _source(key)
        back = remains.world.made[1 - end].get(source)
        alive = remains.rows[end][id_].state == "live" and remains.rows[1 - end][source].state == "live"
        if back is not None and alive and remains.rows[end][_source(back)].state == "live":
            yield Breach("2 reflection twin", f"{id_} was made for {source}, which was made for {_source(back)}")


def _source(key: str) -> str:
    marker = read_key(key)
    return marker.source if marker is not None else key


# --- 3 -----------------------------------------------------------------------------------------------------------


def _lost_edits(remains: Remains) -> Iterator[Breach]:
    known = remains.known()
    for end in (0, 1):
        for id_ in remains.rows[end]:
            for path in FIELDS:
                entries, told = remains.entries(end, id_, path), known[end, id_, path]
                yield from _overwritten(f"{id_}.{path}", entries, told)
                if path in PAIRS:
                    yield from _gone_back(remains, end, id_, path)
                yield from _deleted(remains, end, id_, path, told)


def _overwritten(name: str, entries: Sequence[Entry], told: set[str | None]) -> Iterator[Breach]:
    for place, entry in enumerate(entries):
        if not entry.persons:
            continue
        later = next((one for one in entries[place + 1 :] if token(one.value) != token(entry.value)), None)
        if later is None or not later.ours or token(entry.value) in told:
            continue
        window = later.read is not None and later.read <= entry.place
        law = "3w overwritten in the window" if window else "3 overwritten unseen"
        yield Breach(law, f"{name}: {entry.value!r} of a person became {later.value!r}")


def _gone_back(remains: Remains, end: int, id_: str, path: str) -> Iterator[Breach]:
    """No rule puts an older value back over what a person wrote: every value is written once, and travels on."""
    entries = remains.entries(end, id_, path)
    for place, entry in enumerate(entries):
        later = next((one for one in entries[place + 1 :] if token(one.value) != token(entry.value)), None)
        if not entry.persons or later is None or not later.ours or token(later.value) is None:
            continue
        older = [one for one in entries[:place] if token(one.value) == token(later.value)]
        if older and _has_no_reason(remains, end, id_, path, older):
            window = later.read is not None and later.read <= entry.place
            law = "3w an older value came back, in the window" if window else "3 an older value came back"
            yield Breach(law, f"{id_}.{path}: {entry.value!r} became {later.value!r} again")


def _has_no_reason(remains: Remains, end: int, id_: str, path: str, older: Sequence[Entry]) -> bool:
    """Say whether the other side's value cannot count as an edit of that side, which a conflict rule may prefer.

    It may where an answer was lost or tells no values and the system spells it in its own way (law 4), where the
    older value was written by us without our knowing, and where two records were linked that were there already.
    """
    tempers = remains.world.tempers
    if remains.undisturbed and all(temper.traits.answers for temper in tempers):
        return True
    links = [link for link in remains.links if link.ids[end] == id_]
    plain = not any(path in temper.traits.spelling for temper in tempers) and not remains.world.tally.fenced
    return plain and all(one.persons for one in older) and len(links) == 1 and links[0].created


def _deleted(remains: Remains, end: int, id_: str, path: str, told: set[str | None]) -> Iterator[Breach]:
    states = remains.entries(end, id_, "")
    if remains.rows[end][id_].state != "gone" or not states[-1].ours:
        return
    before = [entry for entry in remains.entries(end, id_, path) if entry.place <= states[-1].place]
    if before and before[-1].persons and token(before[-1].value) not in told:
        window = states[-1].read is not None and states[-1].read <= before[-1].place
        law = "3w deleted in the window" if window else "3 deleted unseen"
        yield Breach(law, f"{id_}.{path}: {before[-1].value!r}")


def _agreement(remains: Remains) -> Iterator[Breach]:
    """Whatever stands on one side stands on the other, or is named."""
    linked = ({one.ids[0] for one in remains.active}, {one.ids[1] for one in remains.active})
    for end in (0, 1):
        for row in remains.rows[end].values():
            if row.state == "live" and row.id not in linked[end]:
                yield from _alone(remains, end, row.id)
    for link in remains.active:
        first, second = (remains.rows[end][link.ids[end]] for end in (0, 1))
        live = (first.state == "live", second.state == "live")
        scope = f"link:{link.id}"
        if live == (True, True):
            yield from _fields(remains, link, scope)
        elif scope not in remains.scopes:
            yield Breach("3 half link", f"{link.ids}: {first.state}, {second.state}")


def _alone(remains: Remains, end: int, id_: str) -> Iterator[Breach]:
    """A record without a partner is named in a hold or review: its own, or that of a record it may belong to."""
    code = remains.rows[end][id_].record.get(KEY)
    alike = [f"record:{1 - end}:{row.id}" for row in remains.rows[1 - end].values() if row.record.get(KEY) == code]
    if not remains.scopes & {f"record:{end}:{id_}", *alike}:
        yield Breach("3 a record without a partner", id_)


def _fields(remains: Remains, link: LinkRow, scope: str) -> Iterator[Breach]:
    whole = {(scope, ""), (scope, "@0"), (scope, "@1")} & remains.standing
    for path in FIELDS:
        values = tuple(remains.rows[end][link.ids[end]].record.get(path) for end in (0, 1))
        rule = rule_key(path)
        if token(values[0]) == token(values[1]) or whole or (scope, rule) in remains.standing:
            continue
        base = link.base.get(rule)
        named = base is not None and base[2] == "differs" and base[:2] == values
        if named and _by_a_rule(remains, link, path, values):
            continue
        law = "3w misread in the window" if named and _misread(remains, link, path) else "3 diverged in silence"
        yield Breach(law, f"{link.ids}.{path}: {values}, base {base}")


def _by_a_rule(remains: Remains, link: LinkRow, path: str, values: tuple[object, ...]) -> bool:
    """A difference that stands and is shown: stored differently by the system, or left by a rule of a one-way field."""
    if path in (FROM_LEFT, FROM_RIGHT):
        source = values[0] if path == FROM_LEFT else values[1]
        rule = next(one for one in remains.world.mapping.rules if one.key == rule_key(path))
        if source is None or getattr(rule, "drift", None) == "keep":
            return True
    last = [remains.entries(end, link.ids[end], path)[-1:] for end in (0, 1)]
    return any(not entry.persons for entries in last for entry in entries)


def _misread(remains: Remains, link: LinkRow, path: str) -> bool:
    """A person's edit between our read and our write of that record."""
    for end in (0, 1):
        last = remains.entries(end, link.ids[end], path)[-1:]
        writes = [
            entry
            for (id_, _), entries in remains.histories[end].items()
            if id_ == link.ids[end]
            for entry in entries
            if entry.ours and entry.read is not None
        ]
        if any(
            write.read <= entry.place <= write.place for entry in last for write in writes if write.read is not None
        ):
            return True
    return False


# --- 4, 6 --------------------------------------------------------------------------------------------------------


def _echoes(remains: Remains) -> Iterator[Breach]:
    """What a person wrote never comes back from a side that answered with what it stored; else at most twice."""
    for end in (0, 1):
        told = remains.undisturbed and remains.world.tempers[1 - end].traits.answers
        for (id_, path), entries in remains.histories[end].items():
            if path not in FIELDS:
                continue
            back = 0
            for before, entry in itertools.pairwise(entries):
                same = entry.ours and token(entry.value) == token(before.value) and token(entry.value) is not None
                back = back + 1 if same else 0
                if same and (back > 2 or (told and before.persons)):
                    yield Breach("4 echo", f"{id_}.{path}: {before.value!r} came back as {entry.value!r}")


def _holds(remains: Remains) -> Iterator[Breach]:
    """What is said not to have been stored can only be what the system silently ignores, or a person's undoing."""
    ignored = tuple(temper.traits.ignored for temper in remains.world.tempers)
    for scope, rule in remains.not_stored:
        path = rule.rpartition(".")[2]
        if path in ignored[0] | ignored[1]:
            continue
        link = next(one for one in remains.active if scope == f"link:{one.id}")
        values = [remains.rows[end][link.ids[end]].record.get(path) for end in (0, 1)]
        last = [remains.entries(end, link.ids[end], path)[-1:] for end in (0, 1)]
        respelt = token(values[0]) == token(values[1])  # it came back in another spelling, and is stored in the first
        if not respelt and not all(entry.persons for entries in last for entry in entries):
            yield Breach("8 held without a cause", f"{link.ids}.{path} is said not to be stored")


def _removals(remains: Remains) -> Iterator[Breach]:
    """Every delete of ours answers a person's delete on the other side."""
    for end in (0, 1):
        for id_ in remains.rows[end]:
            states = remains.entries(end, id_, "")
            for place, entry in enumerate(states):
                if not (entry.ours and entry.value == "gone"):
                    continue
                born = max(one.at for one in states[:place] if one.value == "live")
                partners = {link.ids[1 - end] for link in remains.links if link.ids[end] == id_}
                gone = [
                    one.at
                    for partner in partners
                    for one in remains.entries(1 - end, partner, "")
                    if one.persons and one.value == "gone" and one.at <= entry.at
                ]
                if not gone:
                    yield Breach("6 unjustified delete", id_)
                elif max(gone) < born:
                    yield Breach("6w revived unseen, deleted again", id_)
