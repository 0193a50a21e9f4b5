"""A tree becomes a closure: no interpreter, and no float, at run time.

A property test holds the closures to jmespath's own answers. They differ on purpose where LANGUAGE §1 says so: nulls
pass through functions, true is not 1 inside lists either, and a name missing from a record is `Undecided`, not null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, cast

from tieout.mapping import functions
from tieout.mapping.compiled import ExpressionFailed, Undecided, holds
from tieout.mapping.syntax import Node
from tieout.model import Value

Run = Callable[[Value], Value]


@dataclass(frozen=True, slots=True)
class Place:
    """What the current value is where a node stands."""

    roots: frozenset[str]
    """Roots that are records: a name that such a record lacks is Undecided."""
    top: bool = False
    """The current value is the scope."""
    record: bool = False
    """The current value is such a record or an object in it."""

    @property
    def item(self) -> Place:
        """Give the place inside a projection: an item of a list that is known as a whole."""
        return Place(self.roots)

    def below(self, names: tuple[str, ...]) -> Place:
        """Give the place after a walk along names."""
        return Place(self.roots, record=names[0] in self.roots if self.top else self.record)

    def after(self, node: Node) -> Place:
        """Give the place after this step."""
        if node.kind in {"current", "identity"}:
            return self
        if node.kind == "field":
            return self.below((str(node.value),))
        if node.kind == "subexpression" and all(child.kind == "field" for child in node.children):
            return self.below(tuple(str(child.value) for child in node.children))
        return self.item


def compile_node(node: Node, place: Place) -> Run:
    """Compile a tree that stands at this place."""
    return _MAKERS[node.kind](node, place)


def _chain(runs: tuple[Run, ...]) -> Run:
    def run(value: Value) -> Value:
        for step in runs:
            value = step(value)
        return value

    return run


def _walk(names: tuple[str, ...], place: Place) -> Run:
    if not place.top:
        return _strict(names, names) if place.record else _lenient(names)
    if names[0] == "pick" and len(names) > 1:
        # A pick that nobody has made yet is unknown, not null; what an item lacks is null, as in every list.
        return _chain((_lenient(names[:1]), _strict(names[1:2], names[:2]), _lenient(names[2:])))
    if names[0] not in place.roots:
        return _lenient(names)
    # `parent` holds the two documents, of which one may not be there.
    given = 2 if names[0] == "parent" else 1
    if len(names) <= given:
        return _lenient(names)
    if given == 1:
        return _of_root(names)
    return _chain((_lenient(names[:given]), _strict(names[given:], names)))


def _lenient(names: tuple[str, ...]) -> Run:
    def run(value: Value) -> Value:
        for name in names:
            if not isinstance(value, Mapping):
                return None
            value = value.get(name)
        return value

    return run


def _strict(names: tuple[str, ...], whole: tuple[str, ...]) -> Run:
    def run(value: Value) -> Value:
        for name in names:
            if not isinstance(value, Mapping):
                return None
            if name not in value:
                raise Undecided(f"{'.'.join(whole)} is not known of this record")
            value = value[name]
        return value

    return run


def _of_root(names: tuple[str, ...]) -> Run:
    """Compile the path of a root that is a record: the most frequent expression of all, so the fastest."""
    root, below = names[0], names[1:]

    def run(scope: Value) -> Value:
        value: Any = cast("Mapping[str, Value]", scope).get(root)
        for name in below:
            if value is None:
                return None
            try:
                value = value[name]
            except KeyError:
                raise Undecided(f"{'.'.join(names)} is not known of this record") from None
            except TypeError:
                return None
        return cast("Value", value)

    return run


def _literal(node: Node, _place: Place) -> Run:
    value = node.value
    return lambda _: value


def _field(node: Node, place: Place) -> Run:
    return _walk((str(node.value),), place)


def _current(_node: Node, _place: Place) -> Run:
    return lambda value: value


def _steps(node: Node, place: Place) -> Run:
    """Compile what goes on step by step; names in a row become one walk."""
    runs: list[Run] = []
    steps = list(node.children)
    while steps:
        names = tuple(str(step.value) for step in takewhile(lambda step: step.kind == "field", steps))
        if names:
            runs.append(_walk(names, place))
            place = place.below(names)
            del steps[: len(names)]
        else:
            step = steps.pop(0)
            runs.append(compile_node(step, place))
            place = place.after(step)
    return runs[0] if len(runs) == 1 else _chain(tuple(runs))


def _comparator(node: Node, place: Place) -> Run:
    left, right = (compile_node(child, place) for child in node.children)
    if node.value == "eq":
        return lambda value: functions.equal(left(value), right(value))
    if node.value == "ne":
        return lambda value: not functions.equal(left(value), right(value))
    accepted = {"lt": (-1,), "lte": (-1, 0), "gt": (1,), "gte": (1, 0)}[str(node.value)]

    def run(value: Value) -> Value:
        order = functions.ordered(left(value), right(value))
        return None if order is None else order in accepted

    return run


def _or(node: Node, place: Place) -> Run:
    left, right = (compile_node(child, place) for child in node.children)

    def run(value: Value) -> Value:
        first = left(value)
        return first if holds(first) else right(value)

    return run


def _and(node: Node, place: Place) -> Run:
    left, right = (compile_node(child, place) for child in node.children)

    def run(value: Value) -> Value:
        first = left(value)
        return right(value) if holds(first) else first

    return run


def _not(node: Node, place: Place) -> Run:
    inner = compile_node(node.children[0], place)
    return lambda value: not holds(inner(value))


def _index(node: Node, _place: Place) -> Run:
    place = cast("int", node.bounds[0])

    def run(value: Value) -> Value:
        if not isinstance(value, list | tuple):
            return None
        return value[place] if -len(value) <= place < len(value) else None

    return run


def _slice(node: Node, _place: Place) -> Run:
    bounds = slice(*node.bounds)
    return lambda value: list(value)[bounds] if isinstance(value, list | tuple) else None


def _flatten(node: Node, place: Place) -> Run:
    inner = compile_node(node.children[0], place)

    def run(value: Value) -> Value:
        base = inner(value)
        if not isinstance(base, list | tuple):
            return None
        flat: list[Value] = []
        for item in base:
            if isinstance(item, list | tuple):
                flat.extend(item)
            else:
                flat.append(item)
        return flat

    return run


def _projection(node: Node, place: Place) -> Run:
    base = compile_node(node.children[0], place)
    each = compile_node(node.children[1], place.item)
    objects = node.kind == "value_projection"
    condition = compile_node(node.children[2], place.item) if node.kind == "filter_projection" else None

    def run(value: Value) -> Value:
        found = base(value)
        if objects:
            items = list(found.values()) if isinstance(found, Mapping) else None
        else:
            items = list(found) if isinstance(found, list | tuple) else None
        if items is None:
            return None
        if condition is not None:
            items = [item for item in items if holds(condition(item))]
        return [given for given in map(each, items) if given is not None]

    return run


def _select_list(node: Node, place: Place) -> Run:
    parts = [compile_node(child, place) for child in node.children]
    return lambda value: None if value is None else [part(value) for part in parts]


def _select_object(node: Node, place: Place) -> Run:
    parts = [(str(pair.value), compile_node(pair.children[0], place)) for pair in node.children]
    return lambda value: None if value is None else {key: part(value) for key, part in parts}


def _function(node: Node, place: Place) -> Run:
    name = str(node.value)
    if functions.SIGNATURES[name].key:
        key = compile_node(node.children[1].children[0], place.item)
        return _keyed(name, compile_node(node.children[0], place), key)
    arguments = [compile_node(child, place) for child in node.children]
    if name == "not_null":
        return _not_null(arguments)
    return _plain(functions.PLAIN[name], arguments)


def _plain(function: Callable[..., Value], arguments: list[Run]) -> Run:
    def run(value: Value) -> Value:
        given = [argument(value) for argument in arguments]
        return None if None in given else function(*given)

    return run


def _not_null(arguments: list[Run]) -> Run:
    def run(value: Value) -> Value:
        for argument in arguments:
            given = argument(value)
            if given is not None:
                return given
        return None

    return run


def _keyed(name: str, base: Run, key: Run) -> Run:
    choose = functions.sorted_by if name == "sort_by" else functions.extreme

    def run(value: Value) -> Value:
        found = base(value)
        if found is None:
            return None
        if not isinstance(found, list | tuple):
            raise ExpressionFailed(f"{name}() needs a list, not {functions.name_of(found)}")
        items = list(found)
        return choose(items, [key(item) for item in items], name)

    return run


_MAKERS: Mapping[str, Callable[[Node, Place], Run]] = {
    "literal": _literal,
    "field": _field,
    "current": _current,
    "identity": _current,
    "subexpression": _steps,
    "index_expression": _steps,
    "pipe": _steps,
    "comparator": _comparator,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
    "index": _index,
    "slice": _slice,
    "flatten": _flatten,
    "projection": _projection,
    "value_projection": _projection,
    "filter_projection": _projection,
    "multi_select_list": _select_list,
    "multi_select_dict": _select_object,
    "function_expression": _function,
}
