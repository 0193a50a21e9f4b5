"""`--way credit`: a document is credited in full, and its record gets a new one if the mapping still wants one. Pure.

The way out where a void is not legal (paid, part paid, a closed period) or not wanted. It is a reissue that ends with
another verb: one write makes the document that takes this one back, and that ends the link. The credited document
stands as it was, with its payments, and is nobody's any more: never matched, linked, or written again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tieout.mapping.compiled import ExpressionFailed, Side
from tieout.model import Verb
from tieout.money.ledgers import LEDGERS
from tieout.money.profiles import profile_of
from tieout.sync.dating import undatable
from tieout.sync.lifecycle import Pairing, in_scope
from tieout.sync.match import endpoints_digest, make_key
from tieout.sync.reissuing import WHY, asked, ending, not_done, possible, request_rule, wanted_anew
from tieout.sync.routing import other_copies
from tieout.sync.steps import fingerprint
from tieout.sync.words import Decision, Image, Kind, Planned, Question, State

WAY = "credit"
"""As a person asks for it."""
IN_FULL = "is credited in full"
BY_US = f"{Kind.CREDIT} by us: "
"""How the reason begins for which the link of a credited document ends."""
FATE = "unsure:credit"
"""Under which a person is asked about a credit of unknown fate."""


def credit_rule(end: int) -> str:
    """Name the credit of a document of an end, in what stands between runs."""
    return f"credit@{end}"


def credits_keyed(decision: Decision, endpoints: tuple[str, str]) -> Decision:
    """Give credits their keys: each names its document for ever, and no record that a mapping makes has it."""
    operations = [
        replace(one, key=_key(one, endpoints)) if one.kind is Kind.CREDIT else one for one in decision.operations
    ]
    return replace(decision, operations=operations)


def _key(operation: Planned, endpoints: tuple[str, str]) -> str:
    digest = endpoints_digest(endpoints[1 - operation.end], endpoints[operation.end])
    return f"{make_key(digest, operation.source, operation.part, operation.generation)}.c"


def is_credited(reason: str, side: str, id_: str) -> bool:
    """Say whether a link ended because this record, and not its partner, was credited."""
    return reason.startswith(BY_US + _in_full(side, id_))


def _in_full(side: str, id_: str) -> str:
    return f"{side} {id_} {IN_FULL}"


def creditable(pairing: Pairing, end: int) -> bool:
    """Say whether the document of an end can be credited, and made anew if it is wanted; nothing there bars that."""
    if Verb.CREDIT not in pairing.sight.mapping.sides[end].type.verbs or _barred(pairing, end):
        return False
    return bereft(pairing, end) or wanted_anew(pairing, end) is not True or not undatable(pairing, end)


def _barred(pairing: Pairing, end: int) -> str:
    """Say what bars a credit of the document of an end; "": nothing does."""
    side, image = pairing.sight.mapping.sides[end], pairing.image(end)
    if not possible(image, Verb.CREDIT):
        return f"it is {image.state} there" if image.lock is None else image.lock.reason
    if not _in_books(side, image):
        return "only a sale that is approved is credited; a draft is edited"
    return "another mapping or connection is linked to it" if other_copies(pairing.sight, end, image) else ""


def _in_books(side: Side, image: Image) -> bool:
    """Say whether a document counts; a draft is edited instead. What the adapter alone can tell, it refuses."""
    ledger, profile = LEDGERS.get(side.adapter), profile_of(side.adapter, side.rounding, side.object)
    if ledger is None or profile is None:
        return True
    kind = None if profile.sale is None else image.record.get(profile.sale[0])
    other = kind is not None and not profile.sells(image.record)
    return not other and image.record.get(ledger.status) not in {*ledger.drafts, *ledger.ended}


def credit(pairing: Pairing, end: int, held: Sequence[str]) -> Decision:
    """Plan the credit if a person asked for it, and keep the question.

    `held`: fingerprints of what is held; none: nothing is, and only a document that is not wanted any more is credited.
    """
    if Verb.CREDIT not in pairing.sight.mapping.sides[end].type.verbs:
        return Decision()
    why = _barred(pairing, end)
    if why:
        return not_done(pairing, end, WAY, why)
    anew = False if bereft(pairing, end) else wanted_anew(pairing, end)
    if anew is None:
        return not_done(pairing, end, WAY, "it cannot be told whether its record still wants a document")
    if anew and not held:
        return not_done(pairing, end, WAY, "nothing of it is held, so there is nothing to make it anew for")
    if anew and (why := undatable(pairing, end)):
        return not_done(pairing, end, WAY, why)
    return _planned(pairing, end, held, anew=anew)


def _planned(pairing: Pairing, end: int, held: Sequence[str], *, anew: bool) -> Decision:
    side, image = pairing.sight.mapping.sides[end], pairing.image(end)
    text = f"credit {side.object} {image.id} in {side.name} in full{' and make it anew' if anew else ''}"
    wanted = asked(pairing, end, WAY, f"{text}, as was requested?", held)
    if not wanted.act:
        return Decision(questions=wanted.questions)
    why = _in_full(side.name, image.id) + (f": {WHY}" if anew else "")
    operation = ending(pairing, Kind.CREDIT, end, why, wanted)
    fate = pairing.memory.suppressed.get(credit_rule(end))
    if fate is None or fate.kind != "unsure":
        return Decision([operation], questions=wanted.questions)
    return _of_unknown_fate(pairing, operation, fate.detail)


def _of_unknown_fate(pairing: Pairing, operation: Planned, told: str) -> Decision:
    """An earlier credit was never answered and cannot be found out: only a person may have it repeated (law 2)."""
    rule, side = f"{FATE}@{operation.end}", pairing.sight.mapping.sides[operation.end]
    print_ = fingerprint(FATE, operation.record, told)
    answer = pairing.memory.answers.get(rule)
    if answer is not None and answer.fingerprint == print_:
        return Decision([operation] if answer.answer == "again" else [])
    choices = {"again": "it was not: credit it now", "leave": "it was, or leave it: credit nothing"}
    text = f"was {side.object} {operation.record} credited in {side.name}? it was {told}"
    return Decision(questions=[Question(rule, "unsure", text, print_, choices)])


def bereft(pairing: Pairing, end: int) -> bool:
    """Say whether nothing stands behind a document any more: its record is deleted or out of scope, for certain."""
    sight, other = pairing.sight, pairing.image(1 - end)
    if other.state is State.GONE or sight.left == 1 - end:
        return True
    if not other.live:
        return False
    try:
        return in_scope(sight.mapping.sides[1 - end], sight, other) is False
    except ExpressionFailed:
        return False


def concerns(pairing: Pairing, end: int) -> bool:
    """Say whether somebody asks, or asked, for this document to be credited."""
    rule, memory = request_rule(WAY, end), pairing.memory
    return memory.requesting == WAY or rule in memory.asked or rule in memory.answers
