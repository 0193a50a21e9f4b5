"""`tieout plan RECORD --way note`: what is held is written into the history of the document, as a person asked. Pure.

It is a request like any other: applying the plan that shows it approves it, and it is used up by whatever becomes of
it. No value moves by a note: what it tells counts as settled while just that is held, and stands as `noted`. It is
never written twice without a person: where its answer was lost, somebody looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tieout.model import Value, Verb
from tieout.sync.lifecycle import Pairing
from tieout.sync.memory import Memory, Suppressed
from tieout.sync.note_text import cut, field_line, row_lines, rows_line
from tieout.sync.reissuing import not_done
from tieout.sync.requesting import REQUEST, requested
from tieout.sync.steps import fingerprint
from tieout.sync.words import Decision, Hold, Kind, ListWrite, Planned, Question, State, Write

WAY = "note"
"""As a person asks for it."""
TEXT = "note"
"""The evidence of its operation: what is written."""
HELD = "held"
"""The evidence of its operation: the fingerprint of the hold that it settles."""
NOTED = "noted"
"""Kind of the decision not to carry out what a note tells, code of the hold that is left of it, and an answer."""


NOTES = "note@"
"""How the names of notes begin."""


def note_rule(end: int) -> str:
    """Name the note of an end."""
    return f"{NOTES}{end}"


def note_in(operation: Planned) -> str:
    """Give what an operation writes into a history; "": it writes there nothing."""
    return str(operation.evidence.get(TEXT) or "") if operation.kind is Kind.NOTE else ""


def held_in(operation: Planned) -> str:
    """Give the fingerprint of the hold that a note settles."""
    return str(operation.evidence.get(HELD) or "")


def notable(pairing: Pairing, end: int) -> bool:
    """Say whether a note can be written into the history of an end's record."""
    return Verb.NOTE in pairing.sight.mapping.sides[end].type.verbs and pairing.image(end).state is State.PRESENT


def _unnotable(pairing: Pairing, end: int) -> str:
    """Say why no note can be written into the history of an end's record."""
    if Verb.NOTE in pairing.sight.mapping.sides[end].type.verbs:
        return f"it is {pairing.image(end).state} there"
    return "its system keeps no history that a program can write to"


def note(pairing: Pairing, end: int, hold: Hold, barred: Sequence[Write | ListWrite]) -> Decision:
    """Decide what is held: as it is, settled by a note that was written, or with the note that a person asks for."""
    memory, kept = pairing.memory, _kept(pairing.memory, end, hold)
    name = f"{pairing.sight.mapping.sides[end].name} {pairing.image(end).id}"
    asked = _where_it_stands(pairing, end, kept)
    given = "" if asked is None else _answer(memory, asked)
    if kept is not None and (kept.kind == NOTED or given == NOTED):
        told = kept.detail if kept.kind == NOTED else "the note stands in its history, as a person said"
        notes = [f"{name}: {told}"] if memory.requesting == WAY else []
        rests = replace(hold, code=NOTED, message=f"{hold.message}; {told}", ways_out=(), quiet=True)
        return Decision(holds=[rests], notes=notes)
    if not notable(pairing, end):
        return Decision([], [hold], notes=not_done(pairing, end, WAY, _unnotable(pairing, end)).notes)
    questions = [] if asked is None or given else [asked]
    held = hold if kept is None or given else replace(hold, message=f"{hold.message}; {_remark(kept)}")
    made = _asked_for(pairing, end, hold, barred)
    return Decision(made.operations, [held], [*questions, *made.questions])


def _asked_for(pairing: Pairing, end: int, hold: Hold, barred: Sequence[Write | ListWrite]) -> Decision:
    """Plan the note if a person asks for it or has approved it, and keep the question."""
    sight, image = pairing.sight, pairing.image(end)
    side, generation = sight.mapping.sides[end], 0 if sight.link is None else sight.link.generation
    question = f"note in the history of {side.object} {image.id} in {side.name} what is not changed there?"
    rule = f"{REQUEST}:{note_rule(end)}"
    wanted = requested(pairing.memory, WAY, rule, question, image.id, generation, hold.fingerprint)
    if not wanted.act:
        return Decision(questions=wanted.questions)
    evidence: dict[str, Value] = {TEXT: text_of(pairing, end, barred), HELD: hold.fingerprint, **wanted.evidence}
    operation = pairing.planned(Kind.NOTE, end, "noted in its history instead of changed", evidence=evidence)
    return Decision([operation], questions=wanted.questions)


def text_of(pairing: Pairing, end: int, barred: Sequence[Write | ListWrite]) -> str:
    """Give the text of a note: what the other side says and this document does not."""
    side, image = pairing.sight.mapping.sides[1 - end], pairing.image(1 - end)
    lines = [f"Changed in {side.name} ({side.object} {image.unit}) and not here; noted by Tieout, as was asked:"]
    for one in barred:
        lines += [field_line(one)] if isinstance(one, Write) else [rows_line(one), *row_lines(one)]
    return cut(lines)


def _kept(memory: Memory, end: int, hold: Hold) -> Suppressed | None:
    """Give what is known of a note of just this."""
    kept = memory.suppressed.get(note_rule(end))
    return kept if kept is not None and kept.fingerprint == hold.fingerprint else None


def _answer(memory: Memory, asked: Question) -> str:
    answer = memory.answers.get(asked.rule)
    return answer.answer if answer is not None and answer.fingerprint == asked.fingerprint else ""


def _remark(kept: Suppressed) -> str:
    words = kept.kept.get("words")
    return f"{kept.detail}: {words}" if words else kept.detail


def _where_it_stands(pairing: Pairing, end: int, kept: Suppressed | None) -> Question | None:
    """Ask whether a note stands there that was never answered: nothing else tells it."""
    if kept is None or kept.kind != "unsure":
        return None
    side, image = pairing.sight.mapping.sides[end], pairing.image(end)
    url = pairing.sight.facts.url(side.connection, side.object, image.id)
    text = f"does the note stand in the history of {side.object} {image.id} in {side.name}{f' ({url})' if url else ''}?"
    choices = {NOTED: "it stands there: what it tells is settled", "missing": "it does not: it stays held"}
    print_ = fingerprint("unsure", kept.fingerprint, kept.detail)
    return Question(note_rule(end), "unsure", f"{text} {kept.detail}", print_, choices)


def outlived(memory: Memory, holds: Sequence[Hold]) -> list[str]:
    """Give the notes that tell what is not held any more: a value moved since, on either side."""
    standing = {(f"note{hold.rule}", hold.fingerprint) for hold in holds}
    rules = (note_rule(end) for end in (0, 1))
    found = ((rule, memory.suppressed.get(rule)) for rule in rules)
    return [rule for rule, kept in found if kept is not None and (rule, kept.fingerprint) not in standing]
