"""Records without a partner, as the store has them; where a mapping has parts, the parts that have none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import ExpressionFailed, Undecided
from tieout.model import Verb
from tieout.store import links, standing
from tieout.sync.crediting import is_credited
from tieout.sync.decide import Decider, record_scope
from tieout.sync.match import parts_alike
from tieout.sync.observe import images
from tieout.sync.parting import names_of, one_end, parted, split
from tieout.sync.steps import fingerprint
from tieout.sync.words import Decision, Hold, Image

ALIKE = "parts-alike"
"""The code of a record two of whose parts would get equal keys."""


@dataclass(slots=True)
class Units:
    """What some records of one end have no partner for."""

    free: dict[str, Image] = field(default_factory=dict)
    """Unit -> the record, or the part of it, as it is."""
    known: set[str] = field(default_factory=set)
    """Records that the mirror has."""
    wrong: list[tuple[str, Decision]] = field(default_factory=list)
    """Scope -> why a record's parts cannot be told, or that nothing is said of a part any more."""
    doubtful: set[str] = field(default_factory=set)
    """Records whose parts cannot be told."""


def units(tx: Tx, decider: Decider, end: int, ids: Sequence[str]) -> Units:
    """Give the records of one end that have no partner, and the parts of them that have none, in their order."""
    joined = decider.joined
    found = images(tx, joined.ends[end], ids)
    credited = _credited(tx, decider, end, ids)
    ids = [id_ for id_ in ids if id_ not in credited]
    linked: dict[str, list[tuple[int, str]]] = {}
    for row in links.active(tx, joined.pair, end, ids, children=False):
        linked.setdefault(row.second if end else row.first, []).append((row.id, row.part))
    made = Units(known=set(found))
    if one_end(joined.mapping) != end:
        made.free = {id_: found[id_] for id_ in ids if id_ in found and id_ not in linked}
        return made
    for id_ in ids:
        if id_ in found:
            _parts(decider, end, found[id_], linked.get(id_, ()), made)
    said = {record_scope(end, unit) for unit in made.free} | {scope for scope, _ in made.wrong}
    made.wrong += _silent(tx, joined.pair, end, made.known - made.doubtful, said)
    return made


def _credited(tx: Tx, decider: Decider, end: int, ids: Sequence[str]) -> frozenset[str]:
    """Give those of these records that were credited in full: they stand, and belong to nobody any more."""
    side = decider.joined.mapping.sides[end]
    if Verb.CREDIT not in side.type.verbs:
        return frozenset()
    past = links.ended(tx, decider.joined.pair, end, ids)
    return frozenset(one.id for one in past if is_credited(one.reason, side.name, one.id))


def _parts(decider: Decider, end: int, image: Image, rows: Sequence[tuple[int, str]], made: Units) -> None:
    if not image.live:
        made.free |= {} if rows else {image.id: image}
        return
    try:
        names = names_of(decider.joined.mapping, decider.alone(image, end).records)
    except Undecided:
        made.doubtful.add(image.id)
        return
    except ExpressionFailed as problem:
        _hold(end, image, "expression-failed", str(problem), made)
        return
    free = parted(names, rows).free
    alike = parts_alike(image.id, names) if free else None
    if alike is not None:
        told = f"the parts {alike[0]} and {alike[1]} of {image.id} would get one and the same key: name one otherwise"
        _hold(end, image, ALIKE, told, made)
        return
    made.free |= {one.unit: one for one in (replace(image, part=part) for part in free)}


def _hold(end: int, image: Image, code: str, told: str, made: Units) -> None:
    """Hold a record whose parts cannot be told, or not told apart."""
    made.doubtful.add(image.id)
    hold = Hold("", code, told, fingerprint("parts", told))
    made.wrong.append((record_scope(end, image.id), Decision(holds=[hold])))


def _silent(tx: Tx, pair: int, end: int, ids: Iterable[str], said: set[str]) -> list[tuple[str, Decision]]:
    """Give the scopes of parts of which something stands, and which are decided no more: they are gone, or linked."""
    scopes = (scope for id_ in sorted(ids) for scope in standing.scopes_of(tx, pair, record_scope(end, id_)))
    return [(scope, Decision()) for scope in scopes if scope not in said]


def images_of(decider: Decider, end: int, wanted: Sequence[str]) -> dict[str, Image]:
    """Give the records, or parts of records, of these names."""
    joined = decider.joined
    names = {unit: split(joined.mapping, end, unit) for unit in wanted}
    found: Mapping[str, Image] = images(decider.tx, joined.ends[end], [id_ for id_, _ in names.values()])
    return {unit: replace(found[id_], part=part) for unit, (id_, part) in names.items() if id_ in found}
