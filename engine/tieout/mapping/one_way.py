"""One-way rules: a target with a source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tieout.language.nodes import MapNode, ScalarNode, value
from tieout.mapping import fit
from tieout.mapping.amounts import Copying, coins_read, held, keeping, spelt
from tieout.mapping.compiled import Case, Drift, Expression, OneWay, Path
from tieout.mapping.conversions import bind
from tieout.mapping.draft import Draft, Flow, Place
from tieout.mapping.links import link_target
from tieout.mapping.names import read_expression, read_path, use, whole
from tieout.mapping.rule_parts import (
    blank_of,
    condition,
    end_of,
    figure_of,
    figures_read,
    path_field,
    personal,
    rule_digest,
    sides_read,
    source_of,
    use_of,
    write,
)
from tieout.mapping.writers import overlaps
from tieout.model import Field
from tieout.transform import Bound, End


def one_way(node: MapNode, side: str, place: Place, draft: Draft) -> OneWay | None:
    """Compile a rule that writes one side; what is wrong goes into the draft."""
    ground = place.ground
    if place.written and side != place.written:
        mend = f"name {place.written}"
        draft.error("wrong-side", f"this list writes {place.written}, not {side}", node.key_at(side), mend)
        return None
    path = read_path(node.get(side), draft, ground.sides)
    if path is None:
        return None
    only = node.text("only") or None
    found = _target(node, side, path, only, place, draft)
    target, origin = end_of(side, place, found), source_of(node, side, place)
    use_here = use_of(origin, target, place, pair=False, only=only is not None)
    conversion = bind(node.get("as"), use_here, ground, draft)
    when = condition(node.get("when"), place, draft, only=only is not None)
    cases = tuple(_cases(node, _Target(target, conversion, when), place, draft))
    for read, argument in draft.argument_reads:
        _not_own(read, argument, target, place, draft)
    sources = [case.source for case in cases if case.source] + [read for read, _ in draft.argument_reads]
    conditions = [one for one in [when, *(case.when for case in cases)] if one]
    write(side, path, found, conversion, node, place, draft)
    reads = _flow(node, side, path, sources, conditions, place, draft)
    link = link_target(node.get("link"), (ground.other(side), ground.end(side)), [origin.field, found], ground, draft)
    default = node.get("default")
    constant = value(default) if default else None
    if found is not None and default is not None:
        fit.constant(constant, found, default.at, draft)
    return OneWay(
        key=place.key(side, path.text),
        side=side,
        path=path,
        cases=cases,
        conversion=conversion,
        default=constant,
        when=when,
        link=link,
        only=only,
        drift=Drift(node.text("drift", place.drift)),
        blank=blank_of(node, Drift(node.text("drift", place.drift)), ground, draft),
        pii=personal(
            node, [found, origin.field, *(path_field(case.get("from"), place) for case in node.tables("first"))]
        ),
        note=node.text("note"),
        digest=rule_digest(node, place, [*sources, *conditions]),
        at=node.at,
        source_side=ground.other(side).side if any(one != side for one, _ in reads) else None,
    )


def _target(node: MapNode, side: str, path: Path, only: str | None, place: Place, draft: Draft) -> Field | None:
    at, reach = node.entries[side].at, place.reach[side]
    found = use(path.text, at, reach, place.ground, draft)
    if side not in place.ground.creates | place.ground.updates:
        mend = "allow one of them, or leave the rule out"
        draft.warn("unreachable", f"nothing is ever written to {side}: create and update forbid it", at, mend)
    else:
        fit.writable(reach, found, whole(reach, path.text), at, place.ground, draft, only=only)
    fit.currency(reach.end, found, at, place.ground, draft)
    return found


def _flow(
    node: MapNode,
    side: str,
    path: Path,
    sources: list[Expression],
    conditions: list[Expression],
    place: Place,
    draft: Draft,
) -> frozenset[tuple[str, str]]:
    """Note where the values come from and go to; give what is read."""
    reads = frozenset(spot for one in sources for spot in sides_read(one, place))
    # What the engine learns of a partner by creating it comes back in a later pass, like what a system computes.
    partner = {(name.split(".")[0], "") for one in sources for name in one.reads.get("link", ()) if "." in name}
    beside = frozenset(spot for one in conditions for spot in sides_read(one, place)) | partner
    spot = (side, whole(place.reach[side], path.text))
    rolled = frozenset(one for read in (*sources, *conditions) for figure in figures_read(read, place.ground)
                       for one in figure.records)  # fmt: skip
    draft.flows.append(Flow(reads, spot, pair=False, conditions=beside, at=node.at, beside=rolled))
    return reads


@dataclass(frozen=True, slots=True)
class _Target:
    """What a case's value goes into: the end, the rule's own conversion on the way there, and its condition."""

    end: End
    after: Bound | None
    when: Expression | None


def _cases(node: MapNode, target: _Target, place: Place, draft: Draft) -> Iterator[Case]:
    if "first" not in node.entries:
        case = _case(node, node, target, place, draft)
        if case:
            yield case
        return
    items = node.tables("first")
    for number, item in enumerate(items):
        part = Draft()
        case = _case(item, node, target, place, part)
        if part.missing and item.flag("optional"):
            side = target.end.side
            draft.skip(f"{place.key(side, node.text(side))}, case {number + 1}", part, item.at)
            continue
        draft.take(part)
        if "value" in item.entries and "when" not in item.entries and number + 1 < len(items):
            mend = "move it to the end, or give it a `when`"
            draft.warn("unreachable", "the cases after this one are never reached", items[number + 1].at, mend)
        if case:
            yield case


def _case(node: MapNode, rule: MapNode, target: _Target, place: Place, draft: Draft) -> Case | None:
    """Compile an entry of `first`, with `when` and `as` of its own; or the rule itself as its one case."""
    own = node is not rule
    only = "only" in node.entries
    written = node.get("from")
    source = read_expression(written, place.ground, draft, place.reach, place.roots, only=only)
    when = condition(node.get("when"), place, draft) if own else None
    given = node.get("value")
    constant = value(given) if given else None
    end = source_of(node, target.end.side, place)
    use_here = use_of(end, target.end, place, pair=False, only=only)
    conversion = bind(node.get("as"), use_here, place.ground, draft) if own else None
    if isinstance(written, ScalarNode):
        _not_own(source, written, target.end, place, draft)
    if target.end.field is not None:
        _case_fit(node, rule, end, target.end.field, place, draft)
    if source is None and given is None:
        return None
    broken = ("as" in rule.entries and target.after is None) or (own and "as" in node.entries and conversion is None)
    if written is not None and not broken:  # what a transform that is told as wrong would give is not judged, too
        copying = Copying(
            coins_read(source, place.reach, place.ground),
            target.end,
            (conversion, target.after),
            (when, target.when, *_limits(source, place)),
            written.at,
        )
        conversion = held(copying, place, draft)
    return Case(when, source, constant, conversion)


def _limits(source: Expression | None, place: Place) -> list[Expression]:
    """Give what limits the records of the roll-ups that a source reads."""
    figures = figures_read(source, place.ground) if source is not None else []
    return [one for figure in figures for one in figure.conditions]


def _case_fit(node: MapNode, rule: MapNode, end: End, target: Field, place: Place, draft: Draft) -> None:
    ground = place.ground
    given, written = node.get("value"), node.get("from")
    if given is not None and "as" not in node.entries:
        fit.constant(value(given), target, given.at, draft)
    if end.field is not None and written is not None:
        if end.side in ground.sides:
            fit.currency(ground.end(end.side), end.field, written.at, ground, draft)
        keeping(end, target, [node.get("as"), rule.get("as")], written.at, draft)
        spelt(figure_of(written, place), [node.get("as"), rule.get("as")], written.at, draft)
    if end.field is not None and written is not None and "as" not in node.entries and "link" not in node.entries:
        fit.kinds(end.field, target, written.at, draft)


def _not_own(read: Expression | None, node: ScalarNode, target: End, place: Place, draft: Draft) -> None:
    if read is None:
        return
    side = target.side
    _not_own_figure(read, node, target, place, draft)
    own = side in read.reads or any(path.split(".")[0] == side for path in read.reads.get("parent", ()))
    picked = any(spot[0] == side for spot in place.ground.picked(read))
    if own or picked:
        text = str(node.value)
        at = node.inside(max(text.find(f"{side}." if own else "pick."), 0))
        message = f"this rule writes {side} and reads it: it would feed on itself"
        draft.error("reads-own-target", message, at, f"read the other side; only `when` may look at {side}")


def _not_own_figure(read: Expression, node: ScalarNode, target: End, place: Place, draft: Draft) -> None:
    """A roll-up over the records of the side that is written is right, unless it reads what is written."""
    end, path = place.ground.end(target.side), target.field.path if target.field is not None else ""
    for figure in figures_read(read, place.ground):
        read_too = sorted(one for *where, one in figure.records if tuple(where) == (end.connection, end.object))
        again = next((one for one in read_too if path and overlaps(one, path)), None)
        if again is not None:
            message = f"this rule writes {target.side}.{path}, and the roll-up reads {again} of such records"
            draft.error("reads-own-target", f"{message}: it would feed on itself", node.at, "write another field")
