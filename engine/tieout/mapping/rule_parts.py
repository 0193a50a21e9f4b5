"""What both kinds of field rules are made of."""

from __future__ import annotations

from tieout.language.nodes import MapNode, Node, ScalarNode
from tieout.mapping.compiled import Blank, Drift, Expression, Path
from tieout.mapping.conversions import Use
from tieout.mapping.draft import Draft, Figure, Ground, Place, Write, digest, essence
from tieout.mapping.names import field_of, read_expression, whole
from tieout.mapping.policies import guard
from tieout.model import Field, Kind
from tieout.transform import Bound, End

ROLLUP = "rollup"


def rule_name(node: MapNode, place: Place) -> str:
    """Name a rule for people, as its key does."""
    return "=".join(place.key(side, node.text(side)) for side in place.ground.sides if side in node.entries)


def end_of(side: str, place: Place, found: Field | None) -> End:
    """Give what a transform may know of one end."""
    end, reach = place.ground.end(side), place.reach[side]
    return End(side, end.adapter, found, end.object, bool(reach.lists) or reach.built)


def use_of(source: End, target: End, place: Place, *, pair: bool, only: bool = False) -> Use:
    """Give where a chain of transforms stands."""
    return Use(source, target, pair, place.reach, place.roots, only)


def write(
    side: str, path: Path, found: Field | None, bound: Bound | None, node: MapNode, place: Place, draft: Draft
) -> None:
    """Note what is written: the path, or the names below it that a transform narrows it to."""
    if bound is None and "as" in node.entries:
        draft.tried.add((side, whole(place.reach[side], path.text)))
        return
    reach = place.reach[side]
    above = whole(reach, path.text)
    narrowed = bound is not None and bound.names and (found is None or found.kind in {Kind.GROUP, Kind.LIST})
    names = [f"{above}.{name}" for name in sorted(bound.names)] if bound is not None and narrowed else [above]
    what = rule_name(node, place)
    once = node.text("only") == "create"
    draft.writes += [Write(side, name, what, node.entries[side].at, create_only=once) for name in names]
    if narrowed:
        draft.paths |= {(side, name) for name in names}


def source_of(node: MapNode, side: str, place: Place) -> End:
    """Give the source's end, with its field if the source is no more than a path."""
    if figure_of(node.get("from"), place) is not None:
        return End(ROLLUP, "", path_field(node.get("from"), place))
    return end_of(place.ground.other(side).side, place, path_field(node.get("from"), place))


def path_field(node: Node | None, place: Place) -> Field | None:
    """Give the field that an expression names if it is no more than a path of a side or of a pick, or a roll-up."""
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        return None
    root, _, path = node.value.partition(".")
    if (figure := figure_of(node, place)) is not None:
        return figure.field
    reach = place.reach.get(root)
    if root == "pick":
        name, _, path = path.partition(".")
        pick = place.ground.picks.get(name)
        reach = None if pick is None or pick.items.built else pick.items
    return field_of(reach, path, place.ground) if reach is not None and path else None


def figure_of(node: Node | None, place: Place) -> Figure | None:
    """Give the roll-up that an expression names if it does no more."""
    text = str(node.value) if isinstance(node, ScalarNode) else ""
    known = place.ground.rollups if ROLLUP in place.roots else {}
    return known.get(text.removeprefix(f"{ROLLUP}.")) if text.startswith(f"{ROLLUP}.") else None


def figures_read(read: Expression, ground: Ground) -> list[Figure]:
    """Give the roll-ups that an expression reads."""
    names = dict.fromkeys(path.split(".")[0] for path in sorted(read.reads.get(ROLLUP, ())))
    return [ground.rollups[name] for name in names if name in ground.rollups]


def condition(node: Node | None, place: Place, draft: Draft, *, only: bool = False) -> Expression | None:
    """Compile a `when`; refuse one that holds because a record is missing that may be missing."""
    read = read_expression(node, place.ground, draft, place.reach, place.roots, only=only)
    if read is not None and isinstance(node, ScalarNode):
        for side in sorted(place.ground.creates & set(read.reads)):
            guard(node, side, draft)
    return read


def sides_read(read: Expression, place: Place) -> frozenset[tuple[str, str]]:
    """Give which paths of which side an expression reads, from the record on."""
    found: set[tuple[str, str]] = set()
    for root, paths in read.reads.items():
        if root in place.reach:
            found |= {(root, whole(place.reach[root], path)) for path in paths} or {(root, "")}
        elif root == "parent":
            found |= {(path.split(".")[0], path.partition(".")[2]) for path in paths}
    found |= place.ground.picked(read)
    return frozenset(found).union(*(figure.partners for figure in figures_read(read, place.ground)))


def blank_of(node: MapNode, drift: Drift | None, ground: Ground, draft: Draft) -> Blank:
    """Give what a blank source does; `drift`: of a one-way rule, None: of a pair, where neither is the source."""
    found = Blank(node.text("blank", ground.blank))
    if found is Blank.ALWAYS and drift is not Drift.RESTORE:
        other = "a pair has no source" if drift is None else f"drift: {drift} leaves what someone wrote into the target"
        mend = "write blank: clear" if drift is None else "write drift: restore beside it, or blank: clear"
        draft.error("blank-always", f"blank: always is for what only the source may say, and {other}", node.at, mend)
    return found


def personal(node: MapNode, fields: list[Field | None]) -> bool:
    """Say whether a rule carries personal data: as written, else as the systems say."""
    return node.flag("pii", default=any(found.personal for found in fields if found is not None))


def rule_digest(node: MapNode, place: Place, reads: list[Expression | None]) -> str:
    """Digest a rule with all that its meaning hangs on: defaults, settings and tables that it names."""
    ground = place.ground
    names = {path.split(".")[0] for read in reads if read for path in read.reads.get("settings", ())}
    settings = {name: ground.settings.get(name) for name in sorted(names)}
    text = str(essence(node))
    tables = {name: table for name, table in sorted(ground.tables.items()) if name in text}
    figures = [figure.digest for read in reads if read for figure in figures_read(read, ground)]
    return digest(essence(node), place.conflict, place.drift, ground.blank, settings, tables, *figures)
