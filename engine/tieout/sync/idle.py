"""Why a record without a partner gets none: it is outside the mapping, or `create` says so."""

from __future__ import annotations

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import Act, Expression, ExpressionFailed, Undecided, holds
from tieout.sync.decide import Decider
from tieout.sync.lifecycle import in_use
from tieout.sync.observe import images
from tieout.sync.parting import one_end
from tieout.sync.run import Joined, Run
from tieout.sync.words import Image
from tieout.transform import Scope

WORDS = {
    Act.NEVER: "`create` of {side} says never for it{when}",
    Act.NEEDED: "`create` of {side} makes its partner when another record needs it",
}
"""By what `create` says; what can be asked for is told with the command that asks."""


def why_none(tx: Tx, run: Run, joined: Joined, end: int, id_: str) -> str:
    """Say why a record that has no partner gets none; "": it is not known, or nothing stands against it."""
    if one_end(joined.mapping) == end:
        return ""  # its parts are told one by one
    decider = Decider(run, joined, tx, "", changed=False)
    image = images(tx, joined.ends[end], [id_]).get(id_)
    if image is None:
        return "it was not read"
    return _outside(joined, end, image, decider) or _not_made(joined, end, image, decider)


def _outside(joined: Joined, end: int, image: Image, decider: Decider) -> str:
    side = joined.mapping.sides[end]
    if decider.takes(end, image):
        return ""
    if not in_use(side, image):
        return f"it is {image.state}"
    scope = decider.alone(image, end).records
    conditions = [(name, one) for name, one in (("where", side.where), ("route", side.route)) if one is not None]
    told = [f"`{name}` of {side.name}: {one.text}" for name, one in conditions if not _holds(one, scope)]
    return f"it is outside the mapping: {'; '.join(told)}"


def _holds(condition: Expression, scope: Scope) -> bool:
    try:
        return holds(condition(scope))
    except (ExpressionFailed, Undecided):
        return False


def _not_made(joined: Joined, end: int, image: Image, decider: Decider) -> str:
    side = joined.mapping.sides[1 - end]
    try:
        word, _ = side.create.word(decider.alone(image, end).records)
    except (ExpressionFailed, Undecided):
        return ""
    when = "" if side.create.when is None else f": {side.create.when.text}"
    return WORDS[word].format(side=side.name, when=when) if word in WORDS else ""
