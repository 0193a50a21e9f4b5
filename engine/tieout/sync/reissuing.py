"""`--way reissue`: a held document is voided and made anew, as a person asked. Pure.

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
from tieout.sync.requesting import REQUEST, Requested, requested
from tieout.sync.words import Decision, Image, Kind, Planned, State

WAY = "reissue"
"""As a person asks for it."""
WHY = "it is reissued"
"""Why it is voided, and how the reason ends for which the link of every document ends that is made anew."""
INSTEAD = "instead of"
"""The evidence of the create: the record in whose place it stands."""


def reissue_rule(end: int) -> str:
    """Name the void of a document of an end that is made anew, in what stands between runs."""
    return f"reissue@{end}"


def reissued(ended: str | None) -> bool:
    """Say whether a link ended because its document is made anew."""
    return ended is not None and ended.endswith(WHY)


def possible(image: Image, verb: Verb) -> bool:
    """Say whether what locks a document, if anything does, lets it be voided or credited."""
    return image.state is State.PRESENT and (image.lock is None or verb in image.lock.allows)


def wanted_anew(pairing: Pairing, end: int) -> bool | None:
    """Say whether the mapping would make a document for the record now; None: that cannot be told."""
    try:
        word, _ = pairing.sight.mapping.sides[end].create.word(pairing.sight.scope)
    except (ExpressionFailed, Undecided):
        return None
    return word in {Act.ALWAYS, Act.REQUEST, Act.NEEDED}


def reissuable(pairing: Pairing, end: int) -> bool:
    """Say whether the held document of an end can be voided and made anew."""
    verbs = pairing.sight.mapping.sides[end].type.verbs
    return Verb.VOID in verbs and possible(pairing.image(end), Verb.VOID) and wanted_anew(pairing, end) is True


def reissue(pairing: Pairing, end: int, held: Sequence[str]) -> Decision:
    """Plan the void if a person asked for it, and keep the question; `held`: fingerprints of what is held."""
    side, image = pairing.sight.mapping.sides[end], pairing.image(end)
    if Verb.VOID not in side.type.verbs:
        return Decision()
    if not reissuable(pairing, end):
        return not_done(pairing, end, WAY, _barred(image))
    text = f"void {side.object} {image.id} in {side.name} and make it anew, as was requested?"
    wanted = asked(pairing, end, WAY, text, held)
    if not wanted.act:
        return Decision(questions=wanted.questions)
    return Decision([ending(pairing, Kind.VOID, end, WHY, wanted)], questions=wanted.questions)


def _barred(image: Image) -> str:
    """Say why a document can't be voided and made anew."""
    if possible(image, Verb.VOID):
        return "the mapping makes no new one for its record as it is now"
    return f"it is {image.state} there" if image.lock is None else image.lock.reason


# --- what every way out that ends a document has in common ----------------------------------------------------------


def request_rule(way: str, end: int) -> str:
    """Name the question about a way out, in what stands between runs."""
    return f"{REQUEST}:{way}@{end}"


def asked(pairing: Pairing, end: int, way: str, text: str, held: Sequence[str]) -> Requested:
    """Say whether a person asked for a way out of this document, as it is held now."""
    link = pairing.sight.link
    generation = link.generation if link is not None else 0
    return requested(pairing.memory, way, request_rule(way, end), text, pairing.image(end).id, generation, *held)


def ending(pairing: Pairing, kind: Kind, end: int, why: str, wanted: Requested) -> Planned:
    """Plan the write that ends a document."""
    image, sight = pairing.image(end), pairing.sight
    books = effect(books_of(sight, end), image.record, None, kind)
    before: dict[str, Value] = mapped_values(sight, end, image)
    return pairing.planned(kind, end, why, before=before, effect=books, evidence=wanted.evidence)


def not_done(pairing: Pairing, end: int, way: str, why: str) -> Decision:
    """Tell the person who asks for a way out in this plan why it is none."""
    if pairing.memory.requesting != way:
        return Decision()
    name = pairing.sight.mapping.sides[end].name
    return Decision(notes=[f"{name} {pairing.image(end).id}: no {way}: {why}"])


def given_up(decision: Decision) -> Planned | None:
    """Give the write that ends a document to be made anew, if there is one in a decision."""
    ends = {Kind.VOID, Kind.CREDIT}
    return next((one for one in decision.operations if one.kind in ends and reissued(one.why)), None)


def together(decision: Decision, old: Planned, made: Decision, asked_now: str) -> Decision:
    """Join the end of a document and the create that follows it: both, or neither with what stands in the way.

    `asked_now`: the way that a person asks for in this plan, to be told why it is not taken; "": nobody does.
    """
    anew = [replace(one, evidence={**one.evidence, INSTEAD: old.record}) for one in made.operations]
    kept = [one for one in decision.operations if one is not old or anew]
    why = f"{old.record}: no {asked_now}: it is both or neither, and no new document can be made now"
    return replace(
        decision,
        operations=[*kept, *anew],
        holds=[*decision.holds, *made.holds],
        questions=[*decision.questions, *made.questions],
        notes=list(dict.fromkeys([*decision.notes, *made.notes, *([why] if asked_now and not anew else [])])),
    )
