"""What a person may pick for one record, before a plan of it is made: looked at, and nothing planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tieout.store import links
from tieout.sync.approving import look_at
from tieout.sync.decide import Decider, record_scope
from tieout.sync.figures import Selection
from tieout.sync.linked import linked_sight
from tieout.sync.named_parts import look_for_parts
from tieout.sync.observe import images
from tieout.sync.passes import Reading, look_around
from tieout.sync.picking import Option, Options, Picked
from tieout.sync.run import Run
from tieout.sync.sight import Sight
from tieout.values import unit


@dataclass(frozen=True, slots=True)
class Offer:
    """One pick that a person may make."""

    name: str
    ask: str
    options: Sequence[Option]
    """In clear, or nobody could tell one person from another."""
    taken: str | None
    """The key that is taken where nobody chooses; None: none is."""
    required: bool


def offers(run: Run, reading: Reading, selection: Selection) -> list[Offer]:
    """Give what may be picked for the one record of a selection, without what it picks. Raises UsageError.

    Of several copies of a mapping those count that take the record; a pick of one name is offered as the first has it.
    """
    live, _ = look_around(run, reading)
    look_at(live, selection)
    look_for_parts(live, selection)
    found: dict[str, Offer] = {}
    with live.database.read() as tx:
        for name, records in selection.records.items():
            joined = live.mapping(name)
            if joined is None:
                continue
            for end, id_ in records:
                part = next(iter(selection.parts.get((name, end, id_), ())), "")
                for offer in _of_record(Decider(live, joined, tx, "", changed=False), (end, id_, part), selection):
                    found.setdefault(offer.name, offer)
    return list(found.values())


def _of_record(decider: Decider, record: tuple[int, str, str], selection: Selection) -> list[Offer]:
    end, id_, _ = record
    image = images(decider.tx, decider.joined.ends[end], [id_]).get(id_)
    if image is None or not decider.takes(end, image):
        return []
    sight = _sight(decider, record)
    return [offer for one in sight.picked if (offer := _offer(one, sight, selection)) is not None]


def _sight(decider: Decider, record: tuple[int, str, str]) -> Sight:
    """Give a record, or a part of it, with its partner if it has one, as its picks see it."""
    joined, tx, (end, id_, part) = decider.joined, decider.tx, record
    rows = [row for row in links.active(tx, joined.pair, end, [id_], children=False) if part in {"", row.part}]
    if rows:
        return linked_sight(decider, rows[0])
    image, scope = images(tx, joined.ends[end], [id_]).get(id_), record_scope(end, unit(id_, part))
    decider.remember([scope])
    return decider.sight((image, None) if end == 0 else (None, image), None, part, decider.past[scope])


def _offer(one: Picked, sight: Sight, selection: Selection) -> Offer | None:
    pick = one.pick
    if not pick.ask or pick.name in selection.picks or one.code == "expression-failed" or one.unread:
        return None
    options = Options(pick, sight.records, sight.facts.listed).to_choose()
    if len(options) < 2:  # noqa: PLR2004  # of one there is nothing to choose
        return None
    taken = None if one.option is None else one.option.key
    return Offer(pick.name, pick.ask, options, taken, pick.required)
