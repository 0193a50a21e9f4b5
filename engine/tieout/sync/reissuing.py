"""`tieout plan RECORD --way reissue`: a held document is voided and made anew, as a person asked. Pure.

It is a request like any other: its question is answered by applying the plan that shows it, and used up by it, for the
new document has another generation. The void ends the link for a reason that says so; whatever comes between the two
writes, the record without a partner is then made again without another question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tieout.mapping.compiled import Act, ExpressionFailed, Undecided
from tieout.model import Value, Verb
from tieout.sync.effect import books_of, effect
from tieout.sync.lifecycle import Pairing, mapped_values
from tieout.sync.requesting import REQUEST, requested
from tieout.sync.words import Decision, Kind, Planned, State

WAY = "reissue"
"""As a person asks for it."""
WHY = "it is reissued"
"""Why it is voided, and how the reason ends for which its link ends."""
INSTEAD = "instead of"
"""The evidence of the create: the record in whose place it stands."""


def reissued(ended: str | None) -> bool:
    """Say whether a link ended because its document is reissued."""
    return ended is not None and ended.endswith(WHY)


def reissuable(pairing: Pairing, end: int) -> bool:
    """Say whether the held document of an end can be voided and made anew.

    Only what the mapping holds: whatever locks a document in its own system (a payment, a closed period) bars voiding
    it, too.
    """
    side, image = pairing.sight.mapping.sides[end], pairing.image(end)
    if Verb.VOID not in side.type.verbs or image.lock is not None or image.state is not State.PRESENT:
        return False
    try:
        word, _ = side.create.word(pairing.sight.scope)
    except (ExpressionFailed, Undecided):
        return False
    return word in {Act.ALWAYS, Act.REQUEST, Act.NEEDED}


def reissue(pairing: Pairing, end: int, held: Sequence[str]) -> Decision:
    """Plan the void if a person asked for it, and keep the question; `held`: fingerprints of what is held."""
    memory, sight = pairing.memory, pairing.sight
    if not reissuable(pairing, end):
        asked = memory.requesting == WAY
        image, name = pairing.image(end), sight.mapping.sides[end].name
        why = "the mapping or the system does not let it be voided and made anew" if image.lock is None else (
            image.lock.reason)  # fmt: skip
        return Decision(notes=[f"{name} {image.id} is not reissued: {why}"] if asked else [])
    image, side = pairing.image(end), sight.mapping.sides[end]
    generation = sight.link.generation if sight.link is not None else 0
    text = f"void {side.object} {image.id} in {side.name} and make it anew, as was requested?"
    wanted = requested(memory, WAY, f"{REQUEST}:{WAY}@{end}", text, image.id, generation, *held)
    if not wanted.act:
        return Decision(questions=wanted.questions)
    books = effect(books_of(sight, end), image.record, None, Kind.VOID)
    before: dict[str, Value] = mapped_values(sight, end, image)
    void = pairing.planned(Kind.VOID, end, WHY, before=before, effect=books, evidence=wanted.evidence)
    return Decision([void], questions=wanted.questions)


def void_of(decision: Decision) -> Planned | None:
    """Give the void of a document that is reissued, if there is one in a decision."""
    return next((one for one in decision.operations if one.kind is Kind.VOID and one.why == WHY), None)


def together(decision: Decision, void: Planned, made: Decision) -> Decision:
    """Join a void and the create that follows it: both, or neither with what stands in the way."""
    anew = [replace(one, evidence={**one.evidence, INSTEAD: void.record}) for one in made.operations]
    kept = [one for one in decision.operations if one is not void or anew]
    return replace(
        decision,
        operations=[*kept, *anew],
        holds=[*decision.holds, *made.holds],
        questions=[*decision.questions, *made.questions],
        notes=[*decision.notes, *made.notes],
    )
