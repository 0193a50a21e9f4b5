"""Names in paths and expressions, held against what the systems describe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tieout.language.nodes import Node, ScalarNode
from tieout.mapping.catalogue import near, through_reference
from tieout.mapping.compiled import Expression, Path
from tieout.mapping.draft import Draft, Ground, Reach
from tieout.mapping.expressions import parse
from tieout.mapping.paths import parse_path
from tieout.model import Field, Kind, ObjectType
from tieout.problems import Position

RUN = ("today", "environment")
RUN_ONLY = ("time", "id", "by")
"""Only in rules with `only:`: they differ in every run."""

ROUNDING = ("amount", "account")
"""What the row of a rounding line sees."""


def read_path(node: Node | None, draft: Draft, sides: Iterable[str]) -> Path | None:
    """Read a bare path; what is wrong with it goes into the draft."""
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        return None
    found = parse_path(node.value, sides)
    if isinstance(found, Path):
        return found
    draft.error(found.code, found.message, node.inside(found.offset), _mended(found.mend))
    return None


def _mended(text: str) -> str:
    return f"write {text}" if text else ""


def field_of(reach: Reach, path: str, ground: Ground) -> Field | None:
    """Give the field that a path means where it stands."""
    catalogue = ground.catalogue
    if not reach.lists:
        return catalogue.field(reach.end, path)
    for above in reach.lists:
        found = catalogue.field(reach.end, f"{above}.{path}")
        if found:
            return found
    return None


def whole(reach: Reach, path: str) -> str:
    """Give a path from the record on."""
    return f"{reach.lists[0]}.{path}" if reach.lists else path


def use(path: str, at: Position, reach: Reach, ground: Ground, draft: Draft) -> Field | None:
    """Note that a path is read, check that it is there and can be read; give its field."""
    end = reach.end
    found = field_of(reach, path, ground)
    if found is None:
        if end.type is None:
            draft.paths.add((end.side, whole(reach, path)))
        elif not reach.built and not _given(reach, path, end.type):
            _unknown(path, at, reach, draft)
        return None
    draft.paths.add((end.side, found.path))
    if not found.readable:
        draft.error(
            "not-readable", f"{found.path} of {end} can only be written", at, "leave it out of expressions and pairs"
        )
    if found.kind is Kind.MONEY and found.currency and ground.catalogue.field(end, found.currency):
        draft.paths.add((end.side, found.currency))
    return found


def _given(reach: Reach, path: str, kind: ObjectType) -> bool:
    """Say whether an expression may give this name to an item that it builds, and no list says otherwise."""
    head = path.split(".", maxsplit=1)[0]
    below = tuple(f"{above}.{head}." for above in reach.lists)
    return head in reach.given and not any(known.startswith(below) for known in kind.fields)


def _unknown(path: str, at: Position, reach: Reach, draft: Draft) -> None:
    kind = reach.end.type
    if kind is None:
        return
    above = f"{reach.lists[0]}." if reach.lists else ""
    end, behind = reach.end, _hidden(kind, above + path)
    if behind:
        message = f"{path} of {end} is read through {behind}, and this login has no right to {behind}"
        mend = f"give the login the right to read {behind}: {kind.hides}; then tieout check --online"
        draft.out_of_sight((end.connection, behind), message, at, mend)
        return
    names = [known.removeprefix(above) for known in kind.fields if known.startswith(above)]
    reference = through_reference(kind, above + path)
    nearest = near(path, names)
    what = f"items of {reach.lists[0]} in {end}" if reach.lists else str(end)
    message = f"there is no field {path} in {what}"
    if reference:
        message += f" (read through the reference {reference})"
    mend = ""
    if kind.hides:
        message += " that this login sees: it is misspelt, or the login has no right to it"
        mend = f"tieout describe {end.connection} {end.object} lists what it sees; the right is given in {kind.hides}"
    draft.lacking("unknown-field", message, at, f"{end.connection}: {end.object}.{above}{path}", nearest, mend)


def _hidden(kind: ObjectType, path: str) -> str:
    """Give the object that a path leads through and the login does not see; "" if none is known."""
    names = path.split(".")
    heads = (".".join(names[:cut]) for cut in range(1, len(names) + 1))
    return next((kind.hidden[head] for head in heads if head in kind.hidden), "")


def read_expression(
    node: Node | None,
    ground: Ground,
    draft: Draft,
    reach: Mapping[str, Reach],
    extra: Iterable[str] = (),
    *,
    only: bool = False,
) -> Expression | None:
    """Compile an expression and check every name in it; None if it is not there or wrong."""
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        return None
    items = frozenset(name for name, stands in reach.items() if stands.lists or (name == "item" and stands.built))
    parsed = parse(node.value, frozenset({*reach, *extra}), items=items)
    for found in parsed.problems:
        draft.error(found.code, found.message, node.inside(found.offset), _mended(found.mend))
    if parsed.expression is None:
        return None
    _check_reads(node, parsed.expression, ground, draft, reach, only=only)
    return parsed.expression


def place(node: ScalarNode, name: str) -> Position:
    """Say where a name stands in an expression, as far as that can be told."""
    text = str(node.value)
    for wanted in (name, name.split(".", 1)[-1], name.rsplit(".", 1)[-1]):
        found = re.search(rf"(?<![\w.]){re.escape(wanted)}(?!\w)", text) or re.search(re.escape(wanted), text)
        if found:
            return node.inside(found.start())
    return node.at


def _check_reads(
    node: ScalarNode, read: Expression, ground: Ground, draft: Draft, reach: Mapping[str, Reach], *, only: bool
) -> None:
    for root in sorted(read.reads):
        paths = sorted(path for path in read.reads[root] if path)
        if root in reach:
            for path in paths:
                use(path, place(node, f"{root}.{path}"), reach[root], ground, draft)
        elif root == "run":
            _run(node, paths, draft, only=only)
        elif root == "rounding":
            _one_of(node, "rounding", paths, ROUNDING, draft)
        elif root in _CHECKS:
            _CHECKS[root](node, paths, ground, draft)


def _parent(node: ScalarNode, paths: list[str], ground: Ground, draft: Draft) -> None:
    for path in paths:
        side, _, rest = path.partition(".")
        at = place(node, f"parent.{path}")
        if side not in ground.sides:
            message = f"parent. is followed by a side, not by {side}"
            draft.error("unknown-name", message, at, nearest=near(side, ground.sides) or ground.sides)
        elif rest:
            use(rest, at, Reach(ground.end(side)), ground, draft)


def _pick(node: ScalarNode, paths: list[str], ground: Ground, draft: Draft) -> None:
    for path in paths:
        name, _, rest = path.partition(".")
        at = place(node, f"pick.{path}")
        pick = ground.picks.get(name)
        if pick is None:
            there = f"there are: {', '.join(ground.picks)}" if ground.picks else f"make one: `picks: {{{name}: …}}`"
            draft.error("unknown-name", f"there is no pick {name}", at, there, near(name, ground.picks))
        elif rest:
            use(rest, at, pick.items, ground, draft)
        else:
            _whole_item(pick.items, draft)


def _whole_item(items: Reach, draft: Draft) -> None:
    """Have an item that is read as a whole, as `get()` with a setting does, read with all that it has."""
    heads = tuple(f"{above}." for above in items.lists)
    known = items.end.type.fields.items() if items.end.type is not None and not items.built else ()
    draft.paths |= {
        (items.end.side, path)
        for path, field in known
        if (not heads or path.startswith(heads)) and field.readable and field.kind not in {Kind.LIST, Kind.GROUP}
    }


def _settings(node: ScalarNode, paths: list[str], ground: Ground, draft: Draft) -> None:
    for name in dict.fromkeys(path.split(".")[0] for path in paths):
        if name in ground.settings:
            continue
        mend = f"give it a value: `settings: {{{name}: …}}` in the mapping, in tieout.yaml or under a connection"
        message = f"there is no setting {name}"
        draft.error("unknown-setting", message, place(node, f"settings.{name}"), mend, near(name, ground.settings))


def _run(node: ScalarNode, paths: list[str], draft: Draft, *, only: bool) -> None:
    for path in paths:
        at = place(node, f"run.{path}")
        if path == "today":
            draft.clock = True
        if path in RUN or (only and path in RUN_ONLY):
            continue
        if path in RUN_ONLY:
            message = f"run.{path} differs in every run, so this rule would write in every run"
            draft.error("run-without-only", message, at, "add `only: create` or `only: change`")
        else:
            draft.error("unknown-name", f"run has no {path}", at, nearest=near(path, RUN + RUN_ONLY) or RUN)


def _one_of(node: ScalarNode, root: str, paths: list[str], known: tuple[str, ...], draft: Draft) -> None:
    for path in paths:
        if path not in known:
            at = place(node, f"{root}.{path}")
            draft.error("unknown-name", f"{root} has no {path}", at, nearest=near(path, known) or known)


def _rollup(node: ScalarNode, paths: list[str], ground: Ground, draft: Draft) -> None:
    known = sorted(ground.rollups)
    for path in paths or [""]:
        name, _, key = path.partition(".")
        at, figure = place(node, f"rollup.{name}"), ground.rollups.get(name)
        if figure is None:
            mend = f"there are: {', '.join(known)}" if known else "roll-ups stand under `rollups`"
            draft.error("unknown-name", f"there is no roll-up {name}".rstrip(), at, mend, near(name, known))
        elif figure.absent is not None:
            draft.problems += figure.absent.problems
            draft.missing += figure.absent.missing
            draft.hidden |= figure.absent.hidden
        elif key and not figure.keyed:
            draft.error("unknown-name", f"rollup.{name} has no {key}: it has no `per`", at, f"write rollup.{name}")


def _link(node: ScalarNode, paths: list[str], ground: Ground, draft: Draft) -> None:
    known = ["part", *(f"{side}.{what}" for side in ground.sides for what in ("id", "url", "connection"))]
    for path in paths:
        if path not in known and path not in ground.sides:
            at = place(node, f"link.{path}")
            draft.error("unknown-name", f"link has no {path}", at, nearest=near(path, known) or known)


_CHECKS = {"parent": _parent, "settings": _settings, "link": _link, "pick": _pick, "rollup": _rollup}
