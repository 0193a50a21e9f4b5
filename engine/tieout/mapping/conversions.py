"""`as` and `compare`: the transforms of a rule, found by name, their arguments checked, bound to the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tieout.language.nodes import ListNode, MapNode, Node, ScalarNode, value
from tieout.language.validation import validate
from tieout.mapping.catalogue import near
from tieout.mapping.compiled import Missing
from tieout.mapping.draft import Draft, Ground, Reach
from tieout.mapping.names import read_expression
from tieout.mapping.transforms import bind_chain
from tieout.model import Value
from tieout.problems import Position
from tieout.transform import Binding, Bound, End, Misused, OneWay, Scope


@dataclass(frozen=True, slots=True)
class Step:
    """One transform of a chain, as written."""

    name: str
    argument: Node | None
    at: Position


def steps(written: Node) -> Iterator[Step]:
    """Take a chain apart: a word, `{word: argument}`, or a list of these."""
    match written:
        case ScalarNode(value=str(name)):
            yield Step(name, None, written.at)
        case MapNode():
            for name, argument in written.entries.items():
                yield Step(name, argument, written.key_at(name))
        case ListNode():
            for item in written.items:
                yield from steps(item)


@dataclass(frozen=True, slots=True)
class Use:
    """The two ends of a rule, and what its expressions may read."""

    source: End
    target: End
    pair: bool
    reach: Mapping[str, Reach]
    extra: frozenset[str]
    only: bool = False


def bind(written: Node | None, use: Use, ground: Ground, draft: Draft) -> Bound | None:
    """Bind a chain; None if it is not there or wrong."""
    if written is None:
        return None
    chain = list(steps(written))
    usable = [_usable(step, ground, draft) for step in chain]
    if not all(usable) or not chain:
        return None
    binding = Binding(
        argument=None,
        source=use.source,
        target=use.target,
        pair=use.pair,
        tables=ground.tables,
        expression=_expressions(written, use, ground, draft),
        currency=_currency(use.source, ground),
    )
    before = len(draft.problems)
    try:
        return bind_chain(value(written), ground.transforms, binding)
    except Misused as misuse:
        if len(draft.problems) == before:
            at = chain[0].argument.at if len(chain) == 1 and chain[0].argument else chain[0].at
            draft.error("lossy-pair" if isinstance(misuse, OneWay) else "misused-transform", str(misuse), at)
        return None


def _currency(source: End, ground: Ground) -> Callable[[Scope], Value] | None:
    from tieout.mapping.amounts import coin_of  # noqa: PLC0415  # it takes chains apart with what stands here

    figure = ground.rollups.get(source.field.path) if source.side == "rollup" and source.field is not None else None
    if figure is not None:
        coin = next(iter(figure.coins), None)
    else:
        coin = coin_of(ground.end(source.side), source.field, ground)
    return None if coin is None else lambda scope: _told(coin.seen(scope))


def _told(code: Value | Missing) -> Value:
    return None if isinstance(code, Missing) else code


def _usable(step: Step, ground: Ground, draft: Draft) -> bool:
    transform = ground.transforms.get(step.name)
    if transform is None:
        nearest = near(step.name, ground.transforms)
        mend = "" if nearest else f"there are: {', '.join(sorted(ground.transforms))}"
        draft.error("unknown-transform", f"there is no transform {step.name}", step.at, mend, nearest)
        return False
    return _argument_fits(step, transform.arguments, ground, draft)


def _argument_fits(step: Step, schema: Mapping[str, object] | None, ground: Ground, draft: Draft) -> bool:
    given = step.argument if not (isinstance(step.argument, ScalarNode) and step.argument.value is None) else None
    if schema is None:
        if given is not None:
            draft.error("misused-transform", f"{step.name} takes no argument", given.at, f"write as: {step.name}")
        return given is None
    if given is None:
        if not ground.transforms[step.name].optional_argument:
            summary = ground.transforms[step.name].summary
            mend = f"write as: {{{step.name}: …}}"
            draft.error("misused-transform", f"{step.name} needs an argument ({summary})", step.at, mend)
            return False
        return True
    found = validate(given, schema, f"{step.name}:")
    draft.problems += found
    return not found


def _expressions(written: Node, use: Use, ground: Ground, draft: Draft) -> Callable[[str], Callable[[Scope], Value]]:
    def compiled(text: str) -> Callable[[Scope], Value]:
        node = next((leaf for leaf in _texts(written) if leaf.value == text), ScalarNode(text, written.at))
        read = read_expression(node, ground, draft, use.reach, use.extra, only=use.only)
        if read is None:
            raise Misused(f"{text!r} is no expression that can be read here")
        draft.argument_reads.append((read, node))
        return read

    return compiled


def _texts(node: Node) -> Iterator[ScalarNode]:
    match node:
        case ScalarNode(value=str()):
            yield node
        case MapNode():
            for inner in node.entries.values():
                yield from _texts(inner)
        case ListNode():
            for item in node.items:
                yield from _texts(item)
