"""Picks (LANGUAGE §8), compiled: what may be picked, and what rules may read of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tieout.language.nodes import MapNode, Node, ScalarNode
from tieout.mapping.compiled import Expression, ListRule, OneWay, Path, Rule
from tieout.mapping.draft import Draft, Ground, PickReach, Reach
from tieout.mapping.list_items import source_items
from tieout.mapping.names import field_of, read_expression, read_path, use, whole
from tieout.mapping.pick import PREFIX, Pick
from tieout.mapping.sources import find_source
from tieout.mapping.syntax import blanked
from tieout.model import Kind

ROOTS = frozenset({"settings", "run"})
"""What a pick sees beside the records: neither the link, which may not be there yet, nor another pick."""
_PICKED = re.compile(r"(?<![\w.])pick(?=\.)")


@dataclass(frozen=True, slots=True)
class Picks:
    """The picks of a mapping: those that are right, and what rules may read of each."""

    made: tuple[Pick, ...]
    reach: Mapping[str, PickReach]


def picks(root: MapNode, ground: Ground, draft: Draft) -> Picks:
    """Compile all picks; of one that is wrong any name may be read, so that it is told once."""
    table = root.table("picks")
    made: list[Pick] = []
    reach: dict[str, PickReach] = {}
    for name in table.entries:
        reach[name] = PickReach(Reach(ground.ends[0], built=True))
        one = _pick(name, table.table(name), ground, draft)
        if one is not None:
            made.append(one[0])
            reach[name] = one[1]
    return Picks(tuple(made), reach)


def as_rules_say(
    made: Sequence[Pick], rules: Sequence[Rule], lists: Sequence[ListRule], others: Iterable[Expression | None]
) -> tuple[Pick, ...]:
    """Give the picks with what rules make of them: what one with `pii` reads is personal, and who reads them when.

    `others`: what is read beside the rules' own conditions and sources (checks, arguments of transforms).
    """
    inner = [rule for rows in lists for rule in rows.rules]
    private = [rule for rule in (*rules, *inner) if isinstance(rule, OneWay) and rule.pii]
    personal = _picked(case.source for rule in private for case in rule.cases)
    later = [rule for rule in rules if not (isinstance(rule, OneWay) and rule.only == "create")]
    of_lists = [read for rows in lists for read in (rows.source, rows.where, *_of_rounding(rows))]
    lasting = _picked([*(read for rule in (*later, *inner) for read in _reads_of(rule)), *of_lists, *others])
    names = {path.partition(".")[0] for path in lasting}
    return tuple(
        replace(one, personal=one.personal | _below(one.name, personal), lasting=one.name in names) for one in made
    )


def _reads_of(rule: Rule) -> list[Expression | None]:
    if not isinstance(rule, OneWay):
        return [rule.when, rule.default]
    return [rule.when, *(read for case in rule.cases for read in (case.when, case.source))]


def _of_rounding(rows: ListRule) -> list[Expression | None]:
    return [] if rows.rounding is None else [*rows.rounding.equal, rows.rounding.row]


def _picked(reads: Iterable[Expression | None]) -> set[str]:
    return {path for read in reads if read is not None for path in read.reads.get("pick", ())}


def _below(name: str, paths: Iterable[str]) -> frozenset[str]:
    return frozenset(path.removeprefix(f"{name}.") for path in paths if path.startswith(f"{name}."))


def _pick(name: str, node: MapNode, ground: Ground, draft: Draft) -> tuple[Pick, PickReach] | None:
    wrong = len(draft.problems)
    records = ground.records()
    found = _options(name, node, ground, draft)
    if found is None:
        return None
    of, source, items = found
    where = _expression(node.get("where"), ground, draft, {**records, "item": items})
    default = _expression(node.get("default"), ground, draft, records)
    key = _path(node.get("key"), items, ground, draft)
    show = [_path(item, items, ground, draft) for item in node.list("show")]
    if key is None or len(draft.problems) > wrong:
        return None
    shown = tuple(path for path in show if path is not None)
    reads = frozenset(spot for one in (of, where, default) if one is not None for spot in _reads(one, items, ground))
    tested = frozenset(where.reads.get("item", ())) if where is not None else frozenset[str]()
    pick = Pick(
        name=name,
        of=of,
        source=source,
        where=where,
        key=key,
        ask=node.text("ask"),
        show=shown,
        default=default,
        required=node.flag("required", default=True),
        personal=_personal((key, *shown), of, items, ground),
        list=f"{items.end.side}.{items.lists[0]}" if len(items.lists) == 1 and not items.built else None,
        at=node.at,
        record=_record(items),
    )
    return pick, PickReach(items, reads, tested)


def _record(items: Reach) -> tuple[str, str, Path] | None:
    """Find out whose records the items of a list are, and where their ids stand, as far as the system says so."""
    kind = items.end.type
    if kind is None or items.built or len(items.lists) != 1:
        return None
    known, id_ = kind.fields.get(items.lists[0]), kind.children.get(items.lists[0])
    if known is None or not known.refers_to or id_ is None:
        return None
    return items.end.side, known.refers_to[0], Path(id_, tuple(id_.split(".")))


def _options(
    name: str, node: MapNode, ground: Ground, draft: Draft
) -> tuple[Expression | None, tuple[str, str] | None, Reach] | None:
    """Give where the options come from: an expression, or a side and an object, and what one of them is."""
    written = node.get("of")
    if isinstance(written, MapNode):
        found = find_source(written, ground, draft)
        if found is None:
            return None
        end = replace(found[1], side=f"{PREFIX}{name}")
        return None, (found[0], end.object), Reach(end)
    of = _expression(written, ground, draft, ground.records())
    if of is None:
        return None
    items = _items(of, ground)
    return (of, None, items) if _is_list(node, of, items, draft) else None


def settle(made: Iterable[Pick], draft: Draft) -> None:
    """Note what is read of records that are options as read of their object, and not of a side."""
    for one in made:
        if one.source is not None:
            own = {path for side, path in draft.paths if side == one.rule}
            draft.source_paths |= {(*one.source, path) for path in own}
    draft.paths = {(side, path) for side, path in draft.paths if not side.startswith(PREFIX)}


def _expression(node: Node | None, ground: Ground, draft: Draft, reach: Mapping[str, Reach]) -> Expression | None:
    if isinstance(node, ScalarNode) and (found := _PICKED.search(blanked(str(node.value)))):
        message = "no pick is made by another one: each must be chosen before anything is read of it"
        draft.error("pick-in-pick", message, node.inside(found.start()), "read the record that the other pick reads")
        return None
    return read_expression(node, ground, draft, reach, ROOTS)


def _items(of: Expression, ground: Ground) -> Reach:
    """Find out whose items the expression gives; of items that are built, or of both sides, any name may be right."""
    read = [source_items(side, of, ground) for side in ground.sides if side in of.reads]
    if len(read) == 1:
        return read[0]
    given = frozenset(name for one in read for name in one.given)
    return Reach(ground.ends[0], built=True, given=given)


def _is_list(node: MapNode, of: Expression, items: Reach, draft: Draft) -> bool:
    """Refuse a plain path that is described and is no list: there is nothing to pick from."""
    kind = items.end.type
    path = of.text.partition(".")[2]
    if kind is None or items.built or path not in kind.fields or path in kind.children:
        return True
    if kind.fields[path].kind is Kind.LIST:
        return True
    told = f"{path} of {items.end} is a {kind.fields[path].kind.value}, not a list"
    draft.error("wrong-kind", told, node.entries["of"].at, "name a list of the record")
    return False


def _path(node: Node | None, items: Reach, ground: Ground, draft: Draft) -> Path | None:
    path = read_path(node, draft, ())
    if path is not None and node is not None:
        use(path.text, node.at, items, ground, draft)
    return path


def _reads(read: Expression, items: Reach, ground: Ground) -> Iterable[tuple[str, str]]:
    for root, paths in read.reads.items():
        if root in ground.sides:
            yield from ((root, path) for path in paths or {""})
        elif root == "item" and items.lists and not items.built:
            yield from ((items.end.side, whole(items, path)) for path in paths)


def _personal(paths: Iterable[Path], of: Expression | None, items: Reach, ground: Ground) -> frozenset[str]:
    """Give the paths of an item that are personal data; of a built item all, if it is built of personal data."""
    if of is None or not items.built:
        found = ((path.text, field_of(items, path.text, ground)) for path in paths)
        return frozenset(text for text, field in found if field is not None and field.personal)
    read = (field_of(Reach(ground.end(side)), path, ground) for side in ground.sides for path in of.reads.get(side, ()))
    personal = any(field is not None and field.personal for field in read)
    return frozenset(path.text for path in paths) if personal else frozenset()
