"""create, update, delete and leave: words or conditions, made into policies."""

from __future__ import annotations

from collections.abc import Mapping

from tieout.language.nodes import MapNode, Node, ScalarNode
from tieout.mapping.compiled import Act, Expression, Policy
from tieout.mapping.draft import Draft, Ground, Reach
from tieout.mapping.guards import unguarded
from tieout.mapping.names import read_expression
from tieout.model import Verb
from tieout.problems import Position

ABSENT: Mapping[str, str] = {"create": "never", "update": "always", "delete": "keep", "leave": "keep"}
"""The word where the key is absent."""
OTHERWISE: Mapping[str, str] = {"create": "never", "update": "hold", "delete": "keep", "leave": "keep"}
VERBS: Mapping[Act, Verb] = {Act.DELETE: Verb.DELETE, Act.ARCHIVE: Verb.ARCHIVE, Act.VOID: Verb.VOID}


def words(written: Node | None, kind: str) -> set[str]:
    """Give every word that a policy can come to."""
    if isinstance(written, ScalarNode):
        return {str(written.value)}
    if isinstance(written, MapNode):
        do = written.text("do", "always" if kind in {"create", "update"} else "keep")
        rest = written.get("otherwise")
        otherwise = {OTHERWISE[kind]} if rest is None else words(rest, kind)
        return {do, *otherwise} if "when" in written.entries else {do}
    return {ABSENT[kind]}


def may(written: Node | None, kind: str) -> bool:
    """Say whether a create or update can happen at all."""
    return bool(words(written, kind) - {"never", "hold"})


def policy(root: MapNode, kind: str, side: str, ground: Ground, draft: Draft) -> Policy:
    """Compile the policy of one kind for one side."""
    written = root.table(kind).get(side)
    if isinstance(written, MapNode):
        return _conditional(written, kind, side, ground, draft)
    return _plain(str(written.value) if isinstance(written, ScalarNode) else ABSENT[kind], kind)


def _plain(word: str, kind: str) -> Policy:
    ask = word == "review"
    return Policy(Act.ALWAYS if ask else Act(word), ask=ask, otherwise=Act(OTHERWISE[kind]))


def _conditional(written: MapNode, kind: str, side: str, ground: Ground, draft: Draft) -> Policy:
    do = _plain(written.text("do", "always"), kind)
    when = _when(written, kind, side, ground, draft)
    rest = written.get("otherwise")
    nested = _conditional(rest, kind, side, ground, draft) if isinstance(rest, MapNode) else None
    if "otherwise" in written.entries and "when" not in written.entries:
        at = written.key_at("otherwise")
        draft.warn("unreachable", "without `when`, `otherwise` never happens", at, "give a `when`, or leave it out")
    _edited(written, do.do, draft)
    return Policy(
        do.do,
        ask=do.ask or written.flag("ask"),
        when=when,
        otherwise=nested or Act(written.text("otherwise", OTHERWISE[kind])),
        edited=written.text("edited", "review"),
    )


def _edited(written: MapNode, do: Act, draft: Draft) -> None:
    if do is Act.KEEP and "when" not in written.entries:
        for key in ("ask", "edited"):
            if key in written.entries:
                draft.warn("unreachable", f"with `keep` nothing is done, so `{key}` means nothing", written.key_at(key))


def _when(written: MapNode, kind: str, side: str, ground: Ground, draft: Draft) -> Expression | None:
    node = written.get("when")
    other = ground.other(side)
    # A record that is to be created does not exist yet, so the condition cannot see it.
    reach = {other.side: Reach(other)} if kind == "create" else ground.records()
    compiled = read_expression(node, ground, draft, reach, ("settings", "run"))
    if compiled is not None and kind == "delete" and isinstance(node, ScalarNode):
        guard(node, other.side, draft)
    return compiled


def guard(node: ScalarNode, side: str, draft: Draft) -> None:
    """Refuse a condition that holds because this side's record does not exist."""
    opened = unguarded(str(node.value), side)
    if opened:
        draft.error(opened.code, opened.message, node.inside(opened.offset), f"write {opened.mend}")


def need_verbs(root: MapNode, side: str, ground: Ground, draft: Draft) -> None:
    """Check that the system can do what the policies of this side ask for."""
    end = ground.end(side)
    if end.type is None:
        return
    for kind in ("delete", "leave"):
        written = root.table(kind).get(side)
        for word in sorted(words(written, kind)):
            verb = VERBS.get(Act(word))
            if verb is not None and verb not in end.type.verbs:
                _lacks(f"{end} cannot {word}", [*_able(end.type.verbs), "hold", "keep"], word, written, draft)
    if may(root.table("create").get(side), "create") and Verb.CREATE not in end.type.verbs:
        at = _at(root.table("create").get(side), "do", root.key_at("create"))
        draft.error("missing-capability", f"{end} cannot be created", at, f"write create: {{{side}: never}}")


def _able(verbs: Mapping[Verb, int]) -> list[str]:
    return [act.value for act, verb in VERBS.items() if verb in verbs]


def _lacks(message: str, choices: list[str], word: str, written: Node | None, draft: Draft) -> None:
    if written is None:
        return
    if isinstance(written, MapNode):
        written = _saying(written, word)
    key = "do" if isinstance(written, MapNode) and written.text("do") == word else "otherwise"
    draft.error("missing-capability", message, _at(written, key, written.at), f"one of {', '.join(choices)}")


def _saying(written: MapNode, word: str) -> MapNode:
    """Give the condition that says a word: this one, or the one under its `otherwise`."""
    rest = written.get("otherwise")
    return _saying(rest, word) if isinstance(rest, MapNode) and written.text("do") != word else written


def _at(written: Node | None, key: str, default: Position) -> Position:
    if isinstance(written, MapNode) and key in written.entries:
        return written.entries[key].at
    return written.at if written else default
