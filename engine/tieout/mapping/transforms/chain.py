"""Several transforms in a row are one conversion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tieout.model import Value
from tieout.toolkit import nearest
from tieout.transform import Binding, Bound, Misused, Scope, Transform


@dataclass(frozen=True, slots=True)
class Chain(Bound):
    """Transforms one after the other; towards the first side in the opposite order."""

    steps: tuple[Bound, ...]
    target: str
    exact: bool
    names: frozenset[str]
    converts: bool = False
    tells: bool = False

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:
        """Convert step by step."""
        for step in self.steps if to == self.target else reversed(self.steps):
            value = step.convert(value, to=to, scope=scope, currency=currency)
        return value

    def evidence(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Mapping[str, Value]:
        """Tell what all steps rest on."""
        told: dict[str, Value] = {}
        for step in self.steps if to == self.target else reversed(self.steps):
            told |= step.evidence(value, to=to, scope=scope, currency=currency) if step.tells else {}
            value = step.convert(value, to=to, scope=scope, currency=currency)
        return told

    def same(self, one: Value, other: Value, *, on: str) -> bool:
        """Compare as the step next to that side does."""
        return self.steps[-1 if on == self.target else 0].same(one, other, on=on)


def bind_chain(written: object, transforms: Mapping[str, Transform], binding: Binding) -> Bound:
    """Bind what stands under `as` or `compare`: a name, `{name: argument}`, or a list of these; raises Misused.

    `binding.argument` is not used: each transform gets its own.
    """
    bound: list[Bound] = []
    for name, argument in _steps(written):
        step = _bind(name, argument, transforms, binding)
        bound.append(step)
        binding = replace(binding, converted=step.gives()) if step.converts else binding
    if len(bound) == 1:
        return bound[0]
    if not bound:
        raise Misused("a transform is missing here")
    exact = all(step.exact for step in bound)
    names = frozenset[str]().union(*(step.names for step in bound))
    converts, tells = any(step.converts for step in bound), any(step.tells for step in bound)
    return Chain(tuple(bound), binding.target.side, exact, names, converts, tells)


def _steps(written: object) -> Iterator[tuple[str, object]]:
    if isinstance(written, str):
        yield written, None
    elif isinstance(written, Mapping):
        for name, argument in written.items():
            yield str(name), argument
    elif isinstance(written, list | tuple):
        for part in written:
            yield from _steps(part)
    else:
        raise Misused("a transform is a name, {name: argument}, or a list of these")


def _bind(name: str, argument: object, transforms: Mapping[str, Transform], binding: Binding) -> Bound:
    transform = transforms.get(name)
    if transform is None:
        near = nearest(name, transforms, most=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(transforms))}"
        raise Misused(f"there is no transform {name!r}; {hint}")
    if argument is not None and transform.arguments is None:
        raise Misused(f"{name} takes no argument: write as: {name}")
    if argument is None and transform.arguments is not None and not transform.optional_argument:
        raise Misused(f"{name} needs an argument: write as: {{{name}: ...}} ({transform.summary})")
    return transform.bind(replace(binding, argument=argument))
