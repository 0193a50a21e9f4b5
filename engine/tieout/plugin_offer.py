"""What one plugin's hooks gave, checked piece by piece: a wrong type is found here and not in the middle of a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tieout.adapter import Adapter

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from tieout.hookspecs import RateSource
    from tieout.transform import Transform

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class Wrong(Exception):
    """A plugin gives something else than its hooks promise; the message is for the listing."""


@dataclass(frozen=True, slots=True)
class Offer:
    """All that one plugin offers."""

    adapters: tuple[Adapter, ...] = ()
    transforms: tuple[Transform, ...] = ()
    rate_sources: tuple[RateSource, ...] = ()
    packs: Mapping[str, Traversable] = field(default_factory=dict)

    def named(self, kind: str) -> Mapping[str, Any]:
        """Give one kind (the name of a field) by name."""
        things = getattr(self, kind)
        return things if isinstance(things, Mapping) else {thing.name: thing for thing in things}


def checked(results: Mapping[str, list[Any]]) -> Offer:
    """Check what each hook returned, a list with one result or none. Raises Wrong."""
    return Offer(
        tuple(_listed(results, "tieout_adapters", _adapter)),
        tuple(_listed(results, "tieout_transforms", _transform)),
        tuple(_listed(results, "tieout_rate_sources", _rate_source)),
        _packs(results["tieout_packs"]),
    )


def _listed(results: Mapping[str, list[Any]], hook: str, check: Any) -> Iterable[Any]:
    names: set[str] = set()
    for result in results[hook]:
        if isinstance(result, str | bytes | Mapping) or not isinstance(result, Iterable):
            raise Wrong(f"{hook} must give a list, not {_kind(result)}")
        for thing in result:
            check(hook, thing)
            name = _name(hook, thing.name)
            if name in names:
                raise Wrong(f"{hook} gives two things named {name!r}")
            names.add(name)
            yield thing


def _adapter(hook: str, thing: object) -> None:
    if isinstance(thing, type):
        raise Wrong(f"{hook} must give instances: {thing.__name__}() instead of {thing.__name__}")
    if not isinstance(thing, Adapter):
        raise Wrong(f"{hook} must give instances of tieout.adapter.Adapter, not {_kind(thing)}")
    if not isinstance(getattr(thing, "name", None), str):
        raise Wrong(f"{type(thing).__name__} has no name")
    if not isinstance(thing.version, str) or not isinstance(thing.port, int):
        raise Wrong(f"the version of {type(thing).__name__} must be text and its port a number")


def _transform(hook: str, thing: object) -> None:
    from tieout.transform import Transform  # noqa: PLC0415  # only for plugins that offer some

    if not isinstance(thing, Transform):
        made = (
            f": {thing.__name__}() instead of {thing.__name__}" if isinstance(thing, type) else f", not {_kind(thing)}"
        )
        raise Wrong(f"{hook} must give instances of tieout.transform.Transform{made}")
    if not isinstance(getattr(thing, "name", None), str):
        raise Wrong(f"{type(thing).__name__} has no name")


def _rate_source(hook: str, thing: object) -> None:
    if not isinstance(getattr(thing, "name", None), str) or not callable(getattr(thing, "rate", None)):
        raise Wrong(f"{hook} must give objects with a name and rate(currency, base, day), not {_kind(thing)}")


def _packs(results: list[Any]) -> Mapping[str, Traversable]:
    found: dict[str, Traversable] = {}
    for result in results:
        if not isinstance(result, Mapping):
            raise Wrong(f"tieout_packs must give {{name: folder}}, not {_kind(result)}")
        for name, folder in result.items():
            if not callable(getattr(folder, "is_dir", None)):
                raise Wrong(f"tieout_packs must give a pathlib.Path or Traversable for {name!r}, not {_kind(folder)}")
            if not folder.is_dir():
                raise Wrong(f"the pack {name!r} names a folder that is not there: {folder}")
            found[_name("tieout_packs", name)] = folder
    return found


def _name(hook: str, name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Wrong(f"{hook} gives the name {name!r}; a name is lower-case letters, digits, - and _")
    return name


def _kind(thing: object) -> str:
    return "None" if thing is None else f"a {type(thing).__name__}"
