"""The ways out that end a document: reissue and credit, at the places where the link of one is decided. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tieout.model import Verb
from tieout.sync.crediting import WAY, bereft, concerns, credit, credit_rule, creditable
from tieout.sync.fingerprints import operation_print
from tieout.sync.lifecycle import Pairing
from tieout.sync.reissuing import reissue, reissue_rule, reissued
from tieout.sync.words import Decision, Kind, Planned


def renew(pairing: Pairing, end: int, held: Sequence[str]) -> Decision:
    """Plan the end of a held document that a person asked for; `held`: fingerprints of what is held."""
    voided = _unless_refused(pairing, reissue_rule(end), reissue(pairing, end, held))
    credited = _unless_refused(pairing, credit_rule(end), credit(pairing, end, held))
    return Decision(
        operations=voided.operations or credited.operations,
        holds=[*voided.holds, *credited.holds],
        questions=[*voided.questions, *credited.questions],
        notes=[*voided.notes, *credited.notes],
    )


def renew_unheld(pairing: Pairing, end: int) -> Decision:
    """Credit a document of which nothing is held, because its record does not want one any more."""
    if not concerns(pairing, end):
        return Decision()
    return _unless_refused(pairing, credit_rule(end), credit(pairing, end, ()))


def renew_parted(pairing: Pairing, structural: Decision, offers: str) -> Decision:
    """Credit a document whose record is deleted or out of scope, in place of what is planned, if a person asked for it.

    `offers`: under which a hold tells what can be asked for.
    """
    sides = pairing.sight.mapping.sides
    end = next((end for end in (0, 1) if Verb.CREDIT in sides[end].type.verbs and bereft(pairing, end)), None)
    if end is None:
        return structural
    made = _unless_refused(pairing, credit_rule(end), credit(pairing, end, ()))
    if made.operations:
        return made
    more = {offers: [WAY]} if creditable(pairing, end) else {}
    return replace(
        structural,
        holds=[*(replace(hold, more={**hold.more, **more}) for hold in structural.holds), *made.holds],
        questions=[*structural.questions, *made.questions],
        notes=[*structural.notes, *made.notes],
    )


def whole_rule(operation: Planned) -> str:
    """Name what is done to a record as a whole, in what stands between runs."""
    if operation.kind is Kind.CREDIT:
        return credit_rule(operation.end)
    if operation.kind is Kind.VOID and reissued(operation.why):
        return reissue_rule(operation.end)
    return f"@{operation.end}"


def _unless_refused(pairing: Pairing, rule: str, made: Decision) -> Decision:
    """Keep what the system refused from being sent again until a person says so (law 8)."""
    failed = pairing.memory.suppressed.get(rule)
    if failed is None or failed.kind == "unsure" or not made.operations:
        return made
    if failed.fingerprint not in {operation_print(one) for one in made.operations}:
        return made
    return Decision(holds=[failed.hold(rule)], questions=made.questions)
