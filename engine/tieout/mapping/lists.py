"""Lists (LANGUAGE §7): items of one record against items of the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from tieout.language.nodes import MapNode, Node, ScalarNode
from tieout.mapping import fit
from tieout.mapping.compiled import Drift, Expression, ListRule, Path, Rounding, Rule, written_path
from tieout.mapping.draft import Draft, Flow, Ground, Place, Reach, Write, digest, essence
from tieout.mapping.list_items import names_given, source_items, target_items
from tieout.mapping.names import read_expression, read_path, use
from tieout.mapping.rules import field_rule
from tieout.model import Field, Kind

ROOTS = frozenset({"settings", "run", "link", "pick"})


def list_rule(node: MapNode, ground: Ground, draft: Draft) -> ListRule | None:
    """Compile one list; None if it is wrong, or left out because it is optional."""
    part = Draft()
    named = [side for side in ground.sides if side in node.entries]
    both = len(named) == 2  # noqa: PLR2004  # sides
    rule = _list(node, None if both else named[0], ground, part)
    if part.missing and node.flag("optional"):
        key = "=".join(f"{side}.{node.text(side)}" for side in named)
        draft.skip(key, part, node.at)
        return None
    draft.take(part)
    return rule


def _list(node: MapNode, written: str | None, ground: Ground, draft: Draft) -> ListRule | None:
    paths: dict[str, Path] = {}
    for side in ground.sides:
        path = read_path(node.get(side), draft, ground.sides)
        if path is not None:
            paths[side] = path
            _list_field(side, path, node, ground, draft)
    if len(paths) < (1 if written else 2):
        return None
    records = ground.records()
    source = read_expression(node.get("from"), ground, draft, records, ROOTS) if written else None
    if written and source is None:
        return None
    rounding = _rounding(node.get("rounding"), ground, draft) if written else None
    reach = _items(written, paths, source, ground)
    if rounding is not None:
        reach = {side: replace(one, given=one.given | names_given(rounding.row)) for side, one in reach.items()}
    if written and source is not None:
        _source(node, written, paths[written], (source, rounding), ground, draft)
    inner = Place(
        ground,
        reach,
        ROOTS | {"parent"},
        node.text("conflict", ground.conflict),
        node.text("drift", ground.drift),
        optional=node.flag("optional"),
        written=written,
    )
    where = _where(node, written, inner, draft)
    ids = _ids(node, inner, draft)
    if written and len(node.table("key").entries) < len(ground.sides):
        _no_key(node, paths[written], ground, draft)
    rules = _rules(node, inner, draft)
    if not written:
        _flow(paths, node, draft)
        _unwritten_keys(node, paths, ids, rules, ground, draft)
    return ListRule(
        key="=".join(f"{side}.{path.text}" for side, path in paths.items()),
        side=written,
        paths=paths,
        source=source,
        where=where,
        limit=_limit(node),
        ids=ids,
        extra=node.text("extra", "review"),
        rules=rules,
        conflict=inner.conflict,
        drift=Drift(inner.drift),
        note=node.text("note"),
        digest=digest(essence(node), inner.conflict, inner.drift, ground.blank, sorted(rule.digest for rule in rules)),
        at=node.at,
        rounding=rounding,
    )


def _list_field(side: str, path: Path, node: MapNode, ground: Ground, draft: Draft) -> Field | None:
    at, end = node.entries[side].at, ground.end(side)
    found = use(path.text, at, Reach(end), ground, draft)
    if (
        found is not None
        and end.type is not None
        and found.kind is not Kind.LIST
        and path.text not in end.type.children
    ):
        draft.error(
            "wrong-kind", f"{path.text} of {end} is a {found.kind.value}, not a list", at, "map it under `fields`"
        )
    fit.writable(Reach(end), found, path.text, at, ground, draft, only=None)
    draft.writes.append(Write(side, path.text, f"{side}.{path.text}", at))
    if end.type is not None and end.type.children.get(path.text):
        # The id of each row: what pairs it, and what a system needs to keep it.
        draft.paths.add((side, f"{path.text}.{end.type.children[path.text]}"))
    return found


def _items(
    written: str | None, paths: Mapping[str, Path], source: Expression | None, ground: Ground
) -> dict[str, Reach]:
    if not written:
        return {side: target_items(side, path, ground) for side, path in paths.items()}
    other = ground.other(written)
    target = target_items(written, paths[written], ground)
    return {written: target, other.side: source_items(other.side, source, ground)}


def _rounding(node: Node | None, ground: Ground, draft: Draft) -> Rounding | None:
    if not isinstance(node, MapNode):
        return None
    records = ground.records()
    equal = [read_expression(one, ground, draft, records, ROOTS) for one in node.list("equal")]
    row = read_expression(node.get("row"), ground, draft, records, ROOTS | {"rounding"})
    within = node.text("within", "0")
    if row is None or len(equal) != 2 or equal[0] is None or equal[1] is None:  # noqa: PLR2004  # the two amounts
        return None
    return Rounding((equal[0], equal[1]), Decimal(within), row, node.at)


def _source(
    node: MapNode,
    written: str,
    path: Path,
    read: tuple[Expression, Rounding | None],
    ground: Ground,
    draft: Draft,
) -> None:
    source, rounding = read
    if written in source.reads or any(side == written for side, _ in ground.picked(source)):
        at = node.entries["from"].at
        draft.error("reads-own-target", f"this list writes {written} and reads it", at, "read the other side")
    other = ground.other(written).side
    sources = [source] if rounding is None else [source, rounding.row, rounding.equal[0]]
    reads = frozenset((other, path) for one in sources for path in one.reads.get(other, frozenset()))
    reads |= frozenset(spot for one in sources for spot in ground.picked(one))
    draft.flows.append(Flow(reads, (written, path.text), pair=False, conditions=frozenset(), at=node.at))


def _where(node: MapNode, written: str | None, inner: Place, draft: Draft) -> Expression | None:
    seen = {side: reach for side, reach in inner.reach.items() if side != written}
    return read_expression(node.get("where"), inner.ground, draft, seen, inner.roots)


def _ids(node: MapNode, inner: Place, draft: Draft) -> dict[str, Path]:
    ids: dict[str, Path] = {}
    table = node.table("key")
    for side in inner.ground.sides:
        path = read_path(table.get(side), draft, inner.ground.sides)
        if path is not None:
            use(path.text, table.entries[side].at, inner.reach[side], inner.ground, draft)
            ids[side] = path
    return ids


def _no_key(node: MapNode, path: Path, ground: Ground, draft: Draft) -> None:
    """Refuse a list whose rows could not be told apart: they would all be written anew in every pass."""
    given = node.table("key")
    ids = []
    for side in ground.sides:
        described = ground.end(side).type
        own = described.children.get(path.text) if described is not None and side in node.entries else None
        ids.append(f"{side}: {given.text(side) or own or '…'}")
    at = node.entries["key"].at if "key" in node.entries else node.at
    message = "a list needs the path of an item's id on each side: without it no row is recognised again"
    draft.error(
        "missing-key",
        message,
        at,
        f"write key: {{{', '.join(ids)}}}; a natural key, such as an e-mail address, will do",
    )


def _flow(paths: Mapping[str, Path], node: MapNode, draft: Draft) -> None:
    spots = [(side, path.text) for side, path in paths.items()]
    draft.flows += [
        Flow(frozenset({one}), other, pair=True, conditions=frozenset(), at=node.at)
        for one, other in (spots, reversed(spots))
    ]


def _unwritten_keys(
    node: MapNode,
    paths: Mapping[str, Path],
    ids: Mapping[str, Path],
    rules: tuple[Rule, ...],
    ground: Ground,
    draft: Draft,
) -> None:
    """Refuse a natural key that no rule writes: rows that are added would be recognised by nothing."""
    for side, key in ids.items():
        end = ground.end(side)
        own = end.type.children.get(paths[side].text) if end.type is not None else None
        if end.type is None or own == key.text or any(written_path(rule, side) == key for rule in rules):
            continue
        message = f"rows that are added to {paths[side].text} of {end} would have no {key.text}: no rule writes it"
        mend = "write it with a rule under `fields`" + (f", or name the row's own id: {own}" if own else "")
        draft.error("missing-key", message, node.table("key").entries[side].at, mend)


def _rules(node: MapNode, inner: Place, draft: Draft) -> tuple[Rule, ...]:
    found = []
    for item in node.tables("fields"):
        rule = field_rule(item, inner, draft)
        if rule is not None:
            found.append(rule)
    return tuple(found)


def _limit(node: MapNode) -> int | None:
    given = node.get("limit")
    return given.value if isinstance(given, ScalarNode) and isinstance(given.value, int) else None
