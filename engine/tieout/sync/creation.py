"""What becomes of a record without a partner, once matching found none. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tieout.mapping.compiled import Act, ExpressionFailed, ListRule, OneWay, Pair, Undecided
from tieout.model import Value
from tieout.sync.both_lists import decide_both
from tieout.sync.effect import books_of, effect
from tieout.sync.expecting import figures_of
from tieout.sync.fingerprints import operation_print
from tieout.sync.fresh import pair_value
from tieout.sync.lifecycle import merged_onto
from tieout.sync.lists import decide_list, sent_rows
from tieout.sync.memory import Memory, Suppressed
from tieout.sync.naming import identified
from tieout.sync.picked import lacking, notes, remembering, told
from tieout.sync.reconcile import run_checks
from tieout.sync.refusing import refused
from tieout.sync.reissuing import WHY, reissued
from tieout.sync.requesting import REQUEST, Requested, picks_of, requested
from tieout.sync.sight import Sight, store_into
from tieout.sync.steps import Ledger, Place, fingerprint, step
from tieout.sync.words import Decision, Hold, Kind, ListWrite, Planned, Question, Write
from tieout.values import unit

Wills = tuple[Mapping[str, Value], Mapping[str, Value]]
"""By end: the record as it will be."""


def create(sight: Sight, memory: Memory, *, source: int, generation: int, ended: str | None) -> Decision:
    """Decide whether the record at end `source` gets a partner, and which values that has.

    `ended`: why an earlier link of this record ended; it is then not created again without a person.
    """
    side = sight.mapping.sides[1 - source]
    try:
        word, ask = side.create.word(sight.records)
    except (ExpressionFailed, Undecided) as problem:
        return Decision(holds=[Hold("", "expression-failed", str(problem), fingerprint("create", str(problem)))])
    wanted = Requested()
    if word is Act.REQUEST and not reissued(ended):
        wanted = _requested(sight, memory, source, generation)
        sight = replace(sight, wishes=picks_of(memory, "create"))
        word, ask = (Act.ALWAYS, False) if wanted.act else (word, False)
    elif word is Act.NEEDED and memory.needed:
        word = Act.ALWAYS
    asked_for = wanted.act
    if merged_onto(ended) is not None and not asked_for:
        decided = after_merge(sight, memory, source=source, ended=ended or "", creatable=word is Act.ALWAYS)
        if decided is not None:
            return decided
        ask, asked_for = False, True
    if reissued(ended) and word in {Act.REQUEST, Act.NEEDED, Act.ALWAYS}:
        word, ask, asked_for = Act.ALWAYS, False, True
    if word is not Act.ALWAYS:
        before = _still_asked(word, sight, memory, source=source, generation=generation, ended=ended)
        return Decision(questions=[*wanted.questions, *before])
    holds, questions = lacking(sight.picked)
    if holds or questions:
        return Decision(holds=holds, questions=[*questions, *wanted.questions])
    made = _made(sight, memory, source=source, generation=generation, why=_why(ended, wanted))
    if isinstance(made, Decision):
        return replace(made, questions=[*made.questions, *wanted.questions])
    evidence = {**wanted.evidence, **told(sight.picked)}
    operation = replace(made[0], evidence=evidence, agrees=list(remembering(sight.picked)))
    decision = _asked(sight, memory, operation, ask=ask, ended=None if asked_for else ended, notes=made[1])
    fell = notes(sight.picked, _named(sight, source))
    return replace(decision, questions=[*decision.questions, *wanted.questions], notes=[*decision.notes, *fell])


def _still_asked(
    word: Act, sight: Sight, memory: Memory, *, source: int, generation: int, ended: str | None
) -> Sequence[Question]:
    """Give what was asked when the partner was needed: it stands until it is answered, or is a question no more."""
    if word is not Act.NEEDED or not memory.asked:
        return ()
    needed = replace(memory, needed=True)
    return create(sight, needed, source=source, generation=generation, ended=ended).questions


def _named(sight: Sight, source: int) -> str:
    image = sight.images[source]
    return f"{sight.mapping.name}/{sight.mapping.sides[source].name}:{'' if image is None else image.unit}"


def _why(ended: str | None, wanted: Requested) -> str:
    if wanted.act:
        return "a person asked for it"
    if reissued(ended):
        return WHY
    return "it has no partner" if ended is None else "a person asked for it again"


def _requested(sight: Sight, memory: Memory, source: int, generation: int) -> Requested:
    image, side, other = sight.images[source], sight.mapping.sides[1 - source], sight.mapping.sides[source]
    identity, named = ("", "") if image is None else (image.unit, identified(sight.mapping, source, image))
    picks = ", ".join(f"{name} {key}" for name, key in picks_of(memory, "create").items())
    text = f"make {side.object} in {side.name} for {other.name} {named}, as was requested?"
    text += f" picked: {picks}" if picks else ""
    return requested(memory, "create", REQUEST, text, identity, generation)


def _made(
    sight: Sight, memory: Memory, *, source: int, generation: int, why: str
) -> tuple[Planned, Decision] | Decision:
    """Give the create with what is to be said of it, or what stands in its way."""
    side, image = sight.mapping.sides[1 - source], sight.images[source]
    writes, rows, will, outcome = _values(sight, source, memory)
    if outcome.holds or outcome.questions:
        return outcome
    refusals = refused(sight, 1 - source, will, writes, rows, new=True)
    if refusals:
        return Decision(holds=refusals, notes=outcome.notes)
    operation = Planned(
        Kind.CREATE,
        sight.mapping.name,
        sight.pair,
        1 - source,
        None,
        image.id if image is not None else "",
        part=sight.part,
        generation=generation,
        writes=writes,
        lists=rows,
        why=why,
        effect=effect(books_of(sight, 1 - source), None, will, Kind.CREATE),
        figures=figures_of(side, sight.facts.charts[1 - source], will, writes, rows),
    )
    return operation, outcome


def after_merge(sight: Sight, memory: Memory, *, source: int, ended: str, creatable: bool) -> Decision | None:
    """Ask what becomes of a record whose partner was merged into one that has a partner; None: it gets a new one.

    `creatable`: a new partner may be made. A merge by itself never creates or archives.
    """
    image, survivor = sight.images[source], merged_onto(ended)
    identity, named = ("", "") if image is None else (image.unit, identified(sight.mapping, source, image))
    print_ = fingerprint("merge", identity, ended)
    answer = memory.answers.get("merge")
    if answer is not None and answer.fingerprint == print_:
        return None if answer.answer == "create" and creatable else Decision()
    side, other = sight.mapping.sides[source], sight.mapping.sides[1 - source]
    text = f"{other.name} merged the partner of {side.name} {named} into {survivor}, which has a partner of its own"
    if image is None or not image.part:  # a part is nothing that a person could merge
        text += f". Merge {identity} into that partner in {side.name}, and this question goes away; or keep it apart"
    choices = {"apart": "keep it without a partner"}
    if creatable:
        choices["create"] = f"make a new {other.object} in {other.name} for it"
    return Decision(questions=[Question("merge", "merge", text, print_, choices)])


def _values(
    sight: Sight, source: int, memory: Memory
) -> tuple[list[Write], list[ListWrite], dict[str, Value], Decision]:
    end = 1 - source
    image = sight.images[source]
    record = image.record if image is not None else {}
    records = (record, None) if source == 0 else (None, record)
    will: dict[str, Value] = {}
    wills: Wills = (record, will) if source == 0 else (will, record)
    writes: list[Write] = []
    holds: list[Hold] = []
    for rule in sight.mapping.rules:
        if isinstance(rule, OneWay) and sight.end(rule.side) != end:
            continue
        place = Place(sight, sight.scope, records, wills)
        made = pair_value(rule, place, source) if isinstance(rule, Pair) else step(rule, place, Ledger())
        if isinstance(made, Hold):
            holds.append(made)
        elif isinstance(made, Write):
            writes.append(made)
            store_into(will, made.names, made.sent)
    rows: list[ListWrite] = []
    notes: list[str] = []
    for rule_ in sight.mapping.lists:
        if rule_.side is not None and sight.end(rule_.side) != end:
            continue
        made_rows, outcome = _rows(rule_, sight, wills, end, memory)
        holds += outcome.holds
        notes += outcome.notes
        if made_rows is not None and made_rows.items:
            rows.append(made_rows)
            store_into(will, made_rows.names, sent_rows(made_rows))
    if holds:
        return [], [], {}, Decision(holds=holds)
    both = (dict(record), will) if source == 0 else (will, dict(record))
    checks = run_checks(sight, both, memory)
    return writes, rows, will, Decision(holds=checks.holds, questions=checks.questions, notes=[*notes, *checks.notes])


def _rows(rule: ListRule, sight: Sight, wills: Wills, end: int, memory: Memory) -> tuple[ListWrite | None, Decision]:
    """Give the rows of one list of a new record."""
    if rule.side is None:
        woven = decide_both(rule, sight, wills, (), memory.answers)
        write = next((write for write in woven.writes if write.end == end), None)
        return write, Decision(holds=woven.holds, notes=woven.notes)
    outcome = decide_list(rule, sight, wills[end], (), memory.answers)
    return outcome.write, Decision(holds=outcome.holds, notes=outcome.notes)


def _asked(
    sight: Sight, memory: Memory, operation: Planned, *, ask: bool, ended: str | None, notes: Decision
) -> Decision:
    suppressed = memory.suppressed.get("")
    if suppressed is not None and suppressed.kind == "unsure":
        return _unsure(sight, memory, operation, suppressed, notes)
    if suppressed is not None and suppressed.fingerprint == operation_print(operation):
        return Decision(holds=[suppressed.hold("")], notes=notes.notes)
    if not ask and ended is None:
        return Decision([operation], notes=notes.notes)
    subject = unit(operation.source, operation.part)
    question = fingerprint("create", subject, operation.generation, ended)
    answer = memory.answers.get("create")
    if answer is not None and answer.fingerprint == question:
        return Decision([operation] if answer.answer == "yes" else [], notes=notes.notes)
    side, other = sight.mapping.sides[operation.end], sight.mapping.sides[1 - operation.end]
    past = f"; an earlier link ended: {ended}" if ended is not None else ""
    image = sight.images[1 - operation.end]
    identity = subject if image is None else identified(sight.mapping, 1 - operation.end, image)
    text = f"make {side.object} in {side.name} for {other.name} {identity}?{past}"
    choices = {"yes": "make it", "no": "leave it without a partner"}
    return Decision(questions=[Question("create", "create", text, question, choices)], notes=notes.notes)


def _unsure(sight: Sight, memory: Memory, operation: Planned, suppressed: Suppressed, notes: Decision) -> Decision:
    """An earlier create was never answered and cannot be found out: only a person may have it repeated (law 2)."""
    answer = memory.answers.get("unsure")
    if answer is not None and answer.fingerprint == suppressed.fingerprint:
        return Decision([operation] if answer.answer == "again" else [], notes=notes.notes)
    side = sight.mapping.sides[operation.end]
    subject = unit(operation.source, operation.part)
    text = f"was {side.object} made in {side.name} for {subject}? it was {suppressed.detail}"
    choices = {"again": "it was not: make it now", "leave": "it was, or leave it: make nothing"}
    question = Question("unsure", "unsure", text, suppressed.fingerprint, choices)
    return Decision(questions=[question], notes=notes.notes)
